/**
 * How the terminal of standard input is set: whether it echoes what is typed, and hands it over by lines. A program that
 * asks for a password changes that, and leaves it so where it is ended in the middle of it.
 */

/** Notes the modes. @returns sets them as they were; also done where the process exits before that. Idempotent. */
export function keepModes(): () => void {
  const saved = stty("-g");
  if (saved === undefined || saved === "") return () => undefined;
  const restore = () => {
    process.off("exit", restore);
    stty(saved);
  };
  process.on("exit", restore);
  return restore;
}

/** What `stty` prints for the terminal of standard input; undefined where there is no stty, or no terminal. */
function stty(argument: string): string | undefined {
  const program = Bun.which("stty");
  if (program === null) return undefined;
  const ended = Bun.spawnSync([program, argument], { stdin: "inherit", stdout: "pipe", stderr: "ignore" });
  return ended.exitCode === 0 ? ended.stdout.toString().trim() : undefined;
}
