/** A command as a reader can type it into a POSIX shell. For messages only: nothing here is ever given to a shell. */

/** Words quoted where a shell would read them otherwise, joined by spaces. */
export function shellWords(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
