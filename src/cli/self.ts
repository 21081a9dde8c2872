/** The command that starts this program again: the compiled binary alone, or the runtime with the entry file. */
export function selfProgram(): readonly string[] {
  const isCompiled = /^(?:\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/i.test(Bun.main);
  return isCompiled ? [process.execPath] : [process.execPath, Bun.main];
}
