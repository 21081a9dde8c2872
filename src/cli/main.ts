/**
 * Entry: from argv to a command to an exit code. Imports nothing that `version` and `--help` do not need; a command's
 * code is loaded when it is run. The first Ctrl-C cancels, the second ends the process at once; a closed pipe ends it
 * without a message.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command, Invocation } from "../command/command.ts";
import { parseFlags } from "../command/flags.ts";
import { planVariable } from "../deploy/helm/plan-variable.ts";
import { type ExitCode, exitCode } from "../diag/exit.ts";
import { closest } from "../std/text/edit-distance.ts";
import { visible } from "../std/text/visible.ts";
import { commands } from "./commands.ts";
import { globalFlags } from "./flag-table.ts";
import { commandHelp, overview } from "./help.ts";
import { notYet } from "./not-yet.ts";
import { outputOf, quietWhenClosed } from "./output.ts";
import { cancelOnSignals, exitCodeAfter, staysUntilSignal } from "./signals.ts";
import { terminalOf } from "./terminal.ts";

/** Runs one command line and returns its exit code. Never throws for an error of the user. */
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
  if (!command) return unknown(name);
  const parsed = parseFlags(rest, [...command.flags, ...globalFlags], await withSkaffoldEnv(env));
  if ("usage" in parsed) return usage(parsed.usage, parsed.suggestion, command);
  if (parsed.flags.bool("help")) {
    say(commandHelp(command, globalFlags));
    return exitCode.ok;
  }
  const [least, most] = command.args;
  if (parsed.args.length < least || parsed.args.length > most) {
    const got = parsed.args.length === 0 ? "none" : `${parsed.args.length}: ${parsed.args.join(" ")}`;
    const message = `${command.name} takes ${argumentCount(least, most)}, got ${got}`;
    return usage(message, command.usage && `write devloop ${command.name} ${command.usage}`, command);
  }
  const helped = name === "help" ? parsed.args[0] : undefined;
  if (helped !== undefined && !commands.some((c) => c.name === helped)) return unknown(helped);
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
    commands,
    terminal: terminalOf(stdout, stderr),
    staysUntilSignal,
  };
  return exitCodeAfter(await runGuarded(command, invocation));

  function unknown(word: string): ExitCode {
    if (notYet.has(word)) return usage(`devloop has no ${word} yet`, notYet.get(word));
    const near = closest(
      word,
      commands.map((c) => c.name),
    );
    return usage(`unknown command ${JSON.stringify(word)} for "devloop"`, near && `did you mean ${near}?`);
  }

  function usage(message: string, suggestion?: string, of?: Command): ExitCode {
    stderr.write(`error: ${visible(message)}\n`);
    if (suggestion) stderr.write(`  hint: ${suggestion}\n`);
    stderr.write(`See "devloop ${of ? `${of.name} ` : ""}--help".\n`);
    return exitCode.usage;
  }
}

/** `no arguments`, `1 argument`, `2 or 3 arguments`. */
function argumentCount(least: number, most: number): string {
  if (most === 0) return "no arguments";
  return `${least === most ? least : `${least} or ${most}`} argument${most === 1 ? "" : "s"}`;
}

/** `skaffold.env` in the folder where devloop was started sets flags, too; the environment wins. */
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
    const diagnostics = diagnosticsOf(thrown);
    invocation.stderr.write(`${printDiagnostics(diagnostics)}\n`);
    const traced = diagnostics.some(({ details }) => details !== undefined);
    if (!(thrown instanceof Failure) && thrown instanceof Error && !traced)
      invocation.stderr.write(`${thrown.stack ?? ""}\n`);
    return exitCode.failed;
  }
}

/** The command name is the first word that is no flag; global flags may precede it. */
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
  // Set where helm has started the program as its post-renderer.
  const plan = process.env[planVariable];
  if (plan !== undefined) process.exit(await (await import("../deploy/helm/post-render.ts")).postRenderProgram(plan));
  process.exitCode = await main(process.argv.slice(2), process.env);
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(process.exitCode);
}
