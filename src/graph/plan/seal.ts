/**
 * Values that may be secret, as they enter keys, records and logs: a keyed hash. Equal values give equal seals, so a
 * change is seen; the value itself is never written, and without the store's secret nobody can try guesses against it.
 */
import { Failure } from "../../diag/failure.ts";
import { randomHex } from "../../std/random.ts";

const mark = "sealed:";

/**
 * @param secret the store's own (`Store.secret`); another secret gives other seals, hence other keys
 * @returns the function that builders know as `seal`
 */
export function sealer(secret: string): (value: string) => string {
  return (value) => mark + new Bun.CryptoHasher("sha256", secret).update(value).digest("hex").slice(0, 32);
}

/** What a team's secret begins with, so that nobody takes something else for one. */
const teamMark = "devloop-team-1-";

/** A new secret for a team to share: whoever has it finds the others' results and can tell what their seals hide. */
export function makeTeamSecret(): string {
  return teamMark + randomHex(32);
}

/** What a team's secret is used for. Each use has a key of its own, so that none of them says anything of another. */
export interface TeamKeys {
  /** As `sealer`, equal on every machine of the team. */
  readonly seal: (value: string) => string;
  /** The name under which a result is kept for the others: nobody outside can tell for which inputs it was made. */
  readonly nameOf: (sharedKey: string) => string;
}

/** @throws Failure for a text that is no such secret */
export function teamKeys(secret: string): TeamKeys {
  if (!new RegExp(`^${teamMark}[0-9a-f]{64}$`).test(secret)) throw new Failure("this is no secret of a team");
  const derived = (use: string) => new Bun.CryptoHasher("sha256", secret).update(`devloop ${use}`).digest("hex");
  const naming = derived("result name");
  return {
    seal: sealer(derived("seal")),
    nameOf: (sharedKey) => new Bun.CryptoHasher("sha256", naming).update(sharedKey).digest("hex"),
  };
}

/** Whether a text is a seal. A user's own value that only looks like one is hidden too: the safe side. */
export function isSealed(text: string): boolean {
  return text.startsWith(mark);
}
