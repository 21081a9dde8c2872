/**
 * Docker's credential helpers: programs named `docker-credential-NAME` that keep registry passwords in a keychain. What
 * they print is secret and is never shown; a helper that is missing or fails counts as one that has nothing.
 */
import { run } from "./run.ts";

interface Credential {
  readonly Username: string;
  readonly Secret: string;
}

/** What the helper keeps for a registry; undefined where it keeps nothing. */
export async function askCredentialHelper(
  helper: string,
  registry: string,
  signal: AbortSignal,
): Promise<Credential | undefined> {
  const finished = await run({ argv: [`docker-credential-${helper}`, "get"], stdin: registry }, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind !== "exited" || finished.code !== 0) return undefined;
  try {
    const { Username, Secret } = JSON.parse(finished.stdout) as Partial<Credential>;
    return typeof Username === "string" && typeof Secret === "string" ? { Username, Secret } : undefined;
  } catch {
    return undefined;
  }
}
