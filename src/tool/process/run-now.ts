/**
 * Runs a short command synchronously: for template functions, which are called in the middle of an expansion. Every
 * other command goes through `run.ts`.
 */
import { childEnvironment } from "./run.ts";
import { shellWords } from "./shell-words.ts";

const longestMs = 60_000;

/**
 * The trimmed standard output.
 * @throws Error with how the command ended, and its last line of standard error
 */
export function runCommandNow(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): string {
  const [binary] = argv;
  if (binary === undefined) throw new Error("no command is given");
  const found = Bun.which(binary, { PATH: env.PATH ?? "" });
  if (!found) throw new Error(`${binary} was not found on PATH`);
  const ended = Bun.spawnSync([found, ...argv.slice(1)], {
    env: childEnvironment(env),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: longestMs,
  });
  if (ended.exitCode === 0) return ended.stdout.toString().trim();
  const said = ended.stderr.toString().trim().split("\n").at(-1) ?? "";
  throw new Error(`${shellWords(argv)} failed with ${ended.exitCode ?? ended.signalCode}${said ? `: ${said}` : ""}`);
}
