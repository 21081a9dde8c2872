/** What a failed file operation says to people: the system's words without its code, its call and the path again. */

/** `no such file or directory` of `ENOENT: no such file or directory, open '/x'`. */
export function fileErrorWords(thrown: unknown): string {
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return /^E[A-Z0-9]+: (.+?), \w+(?: '.*)?$/s.exec(words)?.[1] ?? words;
}
