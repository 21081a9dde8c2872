/**
 * The message of a failed file operation for people: the system's text without its code, its call and a second path.
 */

/** For example `no such file or directory` from `ENOENT: no such file or directory, open '/x'`. */
export function fileErrorWords(thrown: unknown): string {
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return /^E[A-Z0-9]+: (.+?), \w+(?: '.*)?$/s.exec(words)?.[1] ?? words;
}
