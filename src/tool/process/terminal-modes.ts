/**
 * The modes of the terminal on standard input: echo, and input by lines. A program that asks for a password changes
 * them, and leaves them changed when it is killed.
 */

/**
 * Saves the modes.
 * @returns a function that restores them; also called when the process exits before. Idempotent.
 */
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

/** The output of `stty` for the terminal of standard input; undefined where there is no stty, or no terminal. */
function stty(argument: string): string | undefined {
  const program = Bun.which("stty");
  if (program === null) return undefined;
  const ended = Bun.spawnSync([program, argument], { stdin: "inherit", stdout: "pipe", stderr: "ignore" });
  return ended.exitCode === 0 ? ended.stdout.toString().trim() : undefined;
}
