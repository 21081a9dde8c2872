/**
 * Hides secret values in text that a tool printed or that we print about a tool.
 *
 * Masks whole values and, of a value with several lines, each line. Values under four characters are left alone:
 * masking every "1" would hide the message and not the secret.
 */
const shortest = 4;
const hidden = "***";

/** A function that replaces every secret in a text. Longer secrets are replaced first, so that none is half shown. */
export function masker(secrets: readonly string[]): (text: string) => string {
  const parts = [...new Set(secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)]))]
    .filter((part) => part.length >= shortest)
    .sort((a, b) => b.length - a.length);
  if (parts.length === 0) return (text) => text;
  return (text) => parts.reduce((masked, part) => masked.replaceAll(part, hidden), text);
}
