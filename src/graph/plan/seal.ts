/**
 * Seals: keyed hashes that replace possibly secret values in keys, records and logs. Equal values give equal seals, so
 * a change shows; the value itself is never written, and without the store's secret a guess cannot be checked against a
 * seal.
 */
import { Failure } from "../../diag/failure.ts";
import { randomHex } from "../../std/random.ts";

const mark = "sealed:";

/**
 * @param secret the store's own (`Store.secret`); another secret gives other seals and therefore other keys
 * @returns the function that builders get as `seal`
 */
export function sealer(secret: string): (value: string) => string {
  return (value) => mark + new Bun.CryptoHasher("sha256", secret).update(value).digest("hex").slice(0, 32);
}

/** The begin of a team's secret, by which another text is not mistaken for one. */
const teamMark = "devloop-team-1-";

/** A new secret for a team to share. Its owners can find each other's results and check guesses against their seals. */
export function makeTeamSecret(): string {
  return teamMark + randomHex(32);
}

/** Functions of a team's secret. Each has a derived key of its own, so that none reveals anything of another. */
export interface TeamKeys {
  /** As `sealer`, equal on every machine of the team. */
  readonly seal: (value: string) => string;
  /** The name of a shared result. Without the secret it does not show which inputs the result belongs to. */
  readonly nameOf: (sharedKey: string) => string;
}

/** @throws Failure for a text that is no team secret */
export function teamKeys(secret: string): TeamKeys {
  if (!new RegExp(`^${teamMark}[0-9a-f]{64}$`).test(secret)) throw new Failure("this is no secret of a team");
  const derived = (use: string) => new Bun.CryptoHasher("sha256", secret).update(`devloop ${use}`).digest("hex");
  const naming = derived("result name");
  return {
    seal: sealer(derived("seal")),
    nameOf: (sharedKey) => new Bun.CryptoHasher("sha256", naming).update(sharedKey).digest("hex"),
  };
}

/** Whether a text has the form of a seal. A user's value in this form is hidden too, which is safe. */
export function isSealed(text: string): boolean {
  return text.startsWith(mark);
}
