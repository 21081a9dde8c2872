/**
 * A command in the form that a reader can type into a POSIX shell. For messages only: the text is never given to a
 * shell.
 */

/** Words joined by spaces, quoted where a shell would read them otherwise. */
export function shellWords(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
