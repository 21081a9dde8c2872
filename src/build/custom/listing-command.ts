/**
 * Runs `dependencies.command` and reads the list of files that it prints. As in the reference tool the words are split
 * at spaces and the folder is the one where devloop was started; a command with shell syntax runs in a shell.
 */
import type { Place } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import { failed, run } from "../../tool/process/run.ts";
import { shellCommand } from "./shell.ts";

/**
 * @returns paths as printed
 * @throws Failure where the command fails or prints something else; the signal's reason
 */
export async function listedByCommand(
  line: string,
  { image, cwd, at }: { readonly image: string; readonly cwd: string; readonly at: Place },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const command = { argv: /[|&;<>$`'\\*?~\n]/.test(line) ? shellCommand(line) : words(line), cwd };
  const what = `custom.dependencies.command of ${image}`;
  const finished = await run(command, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind !== "exited" || finished.code !== 0) {
    const diagnostic = failed(command, finished);
    throw new Failure({ ...diagnostic, message: `${what}: ${diagnostic.message}`, at });
  }
  const list = parsed(finished.stdout);
  if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  throw new Failure({
    severity: "error",
    message: `${what} has to print a JSON list of files and printed something else`,
    at,
    details: finished.stdout.trimEnd().split("\n").slice(0, 5),
    suggestion: 'print one list of texts, such as ["main.c", "lib/a.c"], and nothing else to the standard output',
  });
}

function words(line: string): [string, ...string[]] {
  const [first = "", ...rest] = line.split(" ").filter((word) => word !== "");
  return [first, ...rest];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
