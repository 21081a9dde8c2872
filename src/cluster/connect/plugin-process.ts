/**
 * Starts credential plugins as processes of the process layer. Decides what a user sees of one: the lines of its
 * standard error as they come, and a message after some time without an answer. A plugin that may ask its user gets the
 * terminal, including standard error.
 */
import type { Event } from "../../event/event.ts";
import type { Clock } from "../../std/clock.ts";
import type { Command } from "../../tool/process/command.ts";
import { run } from "../../tool/process/run.ts";
import type { Loan, Terminal } from "../../tool/process/terminal.ts";
import type { PluginCommand, PluginHost } from "./exec-plugin.ts";

/** How long a plugin may run without output before a message says so. */
const quietMs = 5_000;

export interface PluginMeans {
  /** Absent where no plugin can ask its user. */
  readonly terminal?: Terminal | undefined;
  /** Gets the output of plugins. Absent: only the message of a failed plugin is shown. */
  readonly emit?: ((event: Event) => void) | undefined;
  readonly clock: Clock;
}

export function pluginProcesses({ terminal, emit = () => undefined, clock }: PluginMeans): PluginHost {
  const start = async (command: PluginCommand, signal: AbortSignal, loan: Loan | undefined) => {
    const { argv, env, plugin, context } = command;
    const tell = (event: Event) => (loan ? loan.between(() => emit(event)) : emit(event));
    const ended = new AbortController();
    const waited = () => tell({ type: "credential-plugin", plugin, context, status: "waited-for" });
    clock.sleep(quietMs, ended.signal).then(waited, () => undefined);
    try {
      return await run(
        {
          argv,
          env,
          onLine: (line, stream) => {
            if (stream === "stderr") tell({ type: "credential-plugin", plugin, context, status: "said", line });
          },
          ...(loan ? { terminal: { errors: loan.hasErrors } satisfies Command["terminal"] } : {}),
        },
        signal,
      );
    } finally {
      ended.abort();
    }
  };
  return {
    hasTerminal: () => terminal?.isHere() ?? false,
    async run(command, signal) {
      const lent = command.interactive ? terminal : undefined;
      const finished = await (lent
        ? lent.lend((loan) => start(command, signal, loan), signal)
        : start(command, signal, undefined));
      if (finished.kind === "missing") return { kind: "missing" };
      if (finished.kind === "cancelled") throw signal.reason;
      const { stdout, stderr } = finished;
      if (finished.kind === "killed") return { kind: "killed", signal: finished.signal, stderr };
      return { kind: "exited", code: finished.code, stdout, stderr };
    },
  };
}
