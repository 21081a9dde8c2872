/**
 * The output of a command: one bus, the plain view on it, and counts of what failed. Decides only where text goes:
 * ordinary text to standard output, or to standard error where standard output is kept for a result.
 */

import { Bus } from "../event/bus.ts";
import type { Clock } from "../std/clock.ts";
import type { LogPrefixMode } from "../ui/log-prefix.ts";
import { painter } from "../ui/paint.ts";
import { type Level, levels, PlainView } from "../ui/plain.ts";
import type { Invocation } from "./command.ts";

/** Read whenever they are needed, because a reload may change them. */
export interface ViewOptions {
  readonly logPrefix: LogPrefixMode;
  /** What is shown of a log's lines that are JSON; absent: all of them. */
  readonly logFields?: readonly string[];
  /** Where ordinary text goes; `none`: only diagnostics are shown. Default: standard output. */
  readonly text?: "stdout" | "stderr" | "none";
}

/** Opens the view, which shows everything that is emitted on the bus from now on. */
export function openView(invocation: Invocation, clock: Clock, options: ViewOptions): Bus {
  const { flags, env, stdout, stderr } = invocation;
  const text = options.text ?? "stdout";
  const target = text === "stderr" ? stderr : stdout;
  const view = new PlainView({
    ...(text === "none" ? {} : { out: (line) => target.write(`${line}\n`) }),
    err: (complaint) => stderr.write(complaint),
    paint: painter(target.isTerminal, env, flags.int("color") ?? 34),
    level: levelOf(flags.text("verbosity")),
    timestamps: flags.bool("timestamps"),
    get logPrefix() {
      return options.logPrefix;
    },
    get logFields() {
      return options.logFields ?? [];
    },
    cwd: invocation.cwd,
  });
  const bus = new Bus(clock);
  bus.subscribe(view.show);
  return bus;
}

/** The reference tool's names of levels, some of which are equal here. */
export function levelOf(verbosity: string | undefined): Level {
  if (verbosity === "panic" || verbosity === "fatal") return "error";
  if (verbosity === "warning") return "warn";
  if (verbosity === "trace") return "debug";
  return levels.find((level) => level === verbosity) ?? "warn";
}
