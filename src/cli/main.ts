/**
 * Entry: argv -> command -> exit code. Imports nothing that `version` and `--help` do not need; a command's code is
 * loaded when it is run. The first Ctrl-C cancels, the second ends the process at once; a closed pipe ends it quietly.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ExitCode, exitCode } from "../diag/exit.ts";
import { closest } from "../std/edit-distance.ts";
import type { Command, Invocation } from "./command.ts";
import { commands } from "./commands.ts";
import { globalFlags } from "./flag-table.ts";
import { parseFlags } from "./flags.ts";
import { commandHelp, overview } from "./help.ts";
import { outputOf, quietWhenClosed } from "./output.ts";
import { cancelOnSignals } from "./signals.ts";

/** Runs one command line and gives its exit code. Never throws for what the user did. */
export async function main(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const [stdout, stderr] = [outputOf(process.stdout), outputOf(process.stderr)];
  const say = (text: string) => stdout.write(`${text}\n`);
  const [name, ...rest] = splitName(argv);
  if (name === undefined) {
    const parsed = parseFlags(rest, globalFlags, {});
    if ("usage" in parsed) return usage(parsed.usage, parsed.suggestion);
    say(overview(commands, globalFlags));
    return exitCode.ok;
  }
  const command = commands.find((c) => c.name === name);
  if (!command) {
    const near = closest(
      name,
      commands.map((c) => c.name),
    );
    return usage(`unknown command ${JSON.stringify(name)} for "devloop"`, near && `did you mean ${near}?`);
  }
  const parsed = parseFlags(rest, [...command.flags, ...globalFlags], await withSkaffoldEnv(env));
  if ("usage" in parsed) return usage(parsed.usage, parsed.suggestion, command);
  if (parsed.flags.bool("help")) {
    say(commandHelp(command, globalFlags));
    return exitCode.ok;
  }
  const [least, most] = command.args;
  if (parsed.args.length < least || parsed.args.length > most) {
    const want = most === 0 ? "no" : least === most ? `${least}` : `${least} to ${most}`;
    const got = parsed.args.length === 0 ? "none" : `${parsed.args.length}: ${parsed.args.join(" ")}`;
    return usage(`${command.name} takes ${want} arguments, got ${got}`, undefined, command);
  }
  const invocation: Invocation = {
    command: name,
    flags: parsed.flags,
    args: parsed.args,
    argv,
    env,
    cwd: process.cwd(),
    stdout,
    stderr,
    signal: cancelOnSignals(),
  };
  return runGuarded(command, invocation);

  function usage(message: string, suggestion?: string, of?: Command): ExitCode {
    stderr.write(`error: ${message}\n`);
    if (suggestion) stderr.write(`  hint: ${suggestion}\n`);
    stderr.write(`See "devloop ${of ? `${of.name} ` : ""}--help".\n`);
    return exitCode.usage;
  }
}

/** `skaffold.env` where devloop was started sets flags, too; what the environment says already wins. */
async function withSkaffoldEnv(env: Readonly<Record<string, string | undefined>>) {
  const cwd = process.cwd();
  if (!existsSync(join(cwd, "skaffold.env"))) return env;
  const { readSkaffoldEnv } = await import("../config/load/env-files.ts");
  return { ...readSkaffoldEnv(cwd, env).variables, ...env };
}

async function runGuarded(command: Command, invocation: Invocation): Promise<ExitCode> {
  try {
    const { run } = await command.load();
    return await run(invocation);
  } catch (thrown) {
    const { diagnosticsOf, Failure, isCancelled } = await import("../diag/failure.ts");
    if (isCancelled(thrown, invocation.signal)) return exitCode.ok;
    const { printDiagnostics } = await import("../diag/print.ts");
    invocation.stderr.write(`${printDiagnostics(diagnosticsOf(thrown))}\n`);
    if (!(thrown instanceof Failure) && thrown instanceof Error) invocation.stderr.write(`${thrown.stack ?? ""}\n`);
    return exitCode.failed;
  }
}

/** The command name is the first word that is no flag; global flags may stand before it. */
function splitName(argv: readonly string[]): [string | undefined, ...string[]] {
  let skip = false;
  for (const [i, word] of argv.entries()) {
    if (skip) skip = false;
    else if (!word.startsWith("-")) return [word, ...argv.slice(0, i), ...argv.slice(i + 1)];
    else
      skip =
        !word.includes("=") &&
        globalFlags.some((f) => f.type !== "bool" && (word === `--${f.name}` || word === `-${f.short}`));
  }
  return [undefined, ...argv];
}

if (import.meta.main) {
  quietWhenClosed();
  process.exitCode = await main(process.argv.slice(2), process.env);
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(process.exitCode);
}
