/**
 * Hides secret values in text that a tool printed or that devloop prints about a tool.
 * Masks whole values and, for a value of several lines, each line. Values under four characters are left alone: masking
 * every "1" would make the message unreadable and not hide the secret.
 */
const shortest = 4;
const hidden = "***";

/** A function that masks every secret in a text. Longer secrets are masked first, so that no part of one remains. */
export function masker(secrets: readonly string[]): (text: string) => string {
  const parts = [...new Set(secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)]))]
    .filter((part) => part.length >= shortest)
    .sort((a, b) => b.length - a.length);
  if (parts.length === 0) return (text) => text;
  return (text) => parts.reduce((masked, part) => masked.replaceAll(part, hidden), text);
}
