/**
 * Docker's credential helpers: programs named `docker-credential-NAME` that keep registry passwords in a keychain.
 * Their output on success is secret and never shown; of a failure only the last line is shown.
 */
import { run } from "../process/run.ts";

type Answer =
  | { readonly kind: "found"; readonly username: string; readonly secret: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "failed"; readonly why: string };

/**
 * Cloud helpers use the network; a helper without output for this long probably waits for input that the user does not
 * see.
 */
const limitMs = 15_000;
/** The protocol's text for a keychain without an entry, and variants of some helpers. */
const nothingWords =
  /credentials not found|not found in the keychain|no credentials|specified item could not be found/i;

/**
 * The credentials that the helper has for a registry.
 * @throws the signal's reason when cancelled
 */
export async function askCredentialHelper(
  helper: string,
  registry: string,
  signal: AbortSignal,
  timeoutMs = limitMs,
): Promise<Answer> {
  const binary = `docker-credential-${helper}`;
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), timeoutMs);
  const during = AbortSignal.any([signal, tooLate.signal]);
  const finished = await run({ argv: [binary, "get"], stdin: registry }, during).finally(() => clearTimeout(timer));
  signal.throwIfAborted();
  if (finished.kind === "missing") return { kind: "failed", why: `${binary} is not on PATH` };
  if (finished.kind === "cancelled") return { kind: "failed", why: `it said nothing for ${timeoutMs / 1000} s` };
  if (finished.kind === "killed") return { kind: "failed", why: `it was ended by ${finished.signal}` };
  if (finished.code !== 0) {
    // The protocol prints failures to standard output, where a success has the secret.
    const words = `${finished.stdout}\n${finished.stderr}`.trim();
    if (nothingWords.test(words)) return { kind: "nothing" };
    return { kind: "failed", why: words.split("\n").at(-1) || `it failed with exit code ${finished.code}` };
  }
  try {
    const { Username, Secret } = JSON.parse(finished.stdout) as { Username?: unknown; Secret?: unknown };
    if (typeof Username === "string" && typeof Secret === "string")
      return { kind: "found", username: Username, secret: Secret };
  } catch {
    // The output may hold the secret, so it is not shown.
  }
  return { kind: "failed", why: "it did not answer as a credential helper does" };
}
