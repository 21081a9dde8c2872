/**
 * Runs one external command to its end. Only this file and the watchdog start processes that devloop waits for.
 * Arguments are a list and never pass through a shell. The child leads its own process group, unless it is lent the
 * terminal; cancelling ends the whole group, first with SIGTERM, then with SIGKILL. Output is read line by line,
 * secrets masked. Variables for devloop's own runtime are removed, because another program built on the same runtime
 * would read them.
 */
import { Failure } from "../../diag/failure.ts";
import { systemClock } from "../../std/clock.ts";
import { adopt, end, groupOf, readyWatchdog } from "./children.ts";
import type { Command, EnvDelta, Finished, Printed, Stream } from "./command.ts";
import { type Kept, readLines } from "./lines.ts";
import { masker } from "./mask.ts";
import { locate } from "./program.ts";
import { shellWords } from "./shell-words.ts";
import { keepModes } from "./terminal-modes.ts";

const defaultCaptureBytes = 8 * 1024 * 1024;
const defaultGraceMs = 3000;
const tailLines = 20;
/** How long output is read after the command has ended, because a background child may hold the pipe open forever. */
const drainMs = 500;

/**
 * Runs the command and returns how it ended. Never rejects for a failure of the command; a cancellation is an outcome
 * too.
 * @throws Failure where the working directory does not exist or the process cannot be started
 */
export async function run(command: Command, signal: AbortSignal): Promise<Finished> {
  const started = systemClock.now();
  const mask = masker(command.secrets ?? []);
  const tail: string[] = [];
  const printed = (stdout?: Kept, stderr?: Kept): Printed => ({
    stdout: mask(stdout?.text ?? ""),
    stderr: mask(stderr?.text ?? ""),
    truncated: Boolean(stdout?.truncated || stderr?.truncated),
    tail,
    seconds: (systemClock.now() - started) / 1000,
  });
  if (signal.aborted) return { kind: "cancelled", ...printed() };

  const env = childEnvironment(command.env ?? {});
  const binary = locate(command.argv[0], env.PATH, command.cwd);
  if (binary === undefined) return { kind: "missing", binary: command.argv[0] };
  readyWatchdog();
  const restore = command.terminal === undefined ? undefined : keepModes();
  const child = start(command, binary, env);
  const target = command.terminal === undefined ? groupOf(child.pid) : child.pid;
  const release = adopt(target);
  const drained = new AbortController();
  const onLine = (stream: Stream) => (line: string) => {
    const masked = mask(line);
    tail.push(masked);
    if (tail.length > tailLines) tail.shift();
    command.onLine?.(masked, stream);
  };
  const limit = command.captureBytes ?? defaultCaptureBytes;
  const outputs = Promise.all([
    readLines(child.stdout, limit, onLine("stdout"), drained.signal),
    child.stderr ? readLines(child.stderr, limit, onLine("stderr"), drained.signal) : undefined,
  ]);
  let ending: Promise<void> | undefined;
  const cancel = () => {
    ending = end(target, command.graceMs ?? defaultGraceMs);
  };
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    await child.exited;
    await ending;
    const timer = setTimeout(() => drained.abort(), drainMs);
    const [stdout, stderr] = await outputs.finally(() => clearTimeout(timer));
    const all = printed(stdout, stderr);
    if (ending !== undefined) return { kind: "cancelled", ...all };
    if (child.signalCode) return { kind: "killed", signal: String(child.signalCode), ...all };
    return { kind: "exited", code: child.exitCode ?? 0, ...all };
  } finally {
    signal.removeEventListener("abort", cancel);
    release();
    restore?.();
  }
}

/**
 * Runs the command and expects exit code 0.
 * @throws Failure with the command line and its last lines; the signal's reason when cancelled
 */
export async function must(command: Command, signal: AbortSignal): Promise<Printed> {
  const finished = await run(command, signal);
  if (finished.kind === "exited" && finished.code === 0 && !finished.truncated) return finished;
  if (finished.kind === "cancelled") throw signal.reason;
  throw new Failure(failed(command, finished));
}

/** The diagnostic for an unsuccessful outcome. `what` replaces the general first sentence. */
export function failed(command: Command, finished: Exclude<Finished, { kind: "cancelled" }>, what?: string) {
  const mask = masker(command.secrets ?? []);
  return {
    severity: "error" as const,
    message: what ?? `${command.argv[0]} ${outcome(finished)}`,
    command: mask(shellWords(command.argv)),
    ...(finished.kind === "missing" ? {} : { details: finished.tail.map(mask) }),
    ...(finished.kind === "missing" ? { suggestion: `install ${finished.binary}, or put it on PATH` } : {}),
  };
}

/** How the command ended, as the end of a sentence. */
function outcome(finished: Exclude<Finished, { kind: "cancelled" }>): string {
  if (finished.kind === "missing") return "was not found on PATH";
  if (finished.kind === "killed") return `was ended by ${finished.signal}`;
  return finished.code === 0 ? "printed more than can be read" : `failed with exit code ${finished.code}`;
}

/** The environment of a child. Bun reads two variables in every program built with it: they are removed. */
export function childEnvironment(delta: EnvDelta): Record<string, string> {
  const merged = { ...process.env, ...delta, BUN_OPTIONS: undefined, BUN_BE_BUN: undefined };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** A path is relative to the working directory; a name is looked up on PATH. */
function start(command: Command, binary: string, env: Record<string, string>) {
  const { stdin, terminal } = command;
  try {
    return Bun.spawn([binary, ...command.argv.slice(1)], {
      argv0: command.argv[0],
      env,
      detached: terminal === undefined,
      stdout: "pipe",
      stderr: terminal?.errors ? "inherit" : "pipe",
      stdin: terminal
        ? "inherit"
        : stdin === undefined
          ? "ignore"
          : typeof stdin === "string"
            ? new TextEncoder().encode(stdin)
            : stdin,
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure({
      severity: "error",
      message: `cannot start ${command.argv[0]}: ${why}`,
      command: masker(command.secrets ?? [])(shellWords(command.argv)),
    });
  }
}
