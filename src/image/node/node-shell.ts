/** One shell inside a node, kept open: a command costs under a millisecond instead of the start of an exec. */
import { Failure } from "../../diag/failure.ts";
import { type KeptShell, keptShell, type Payload, type ShellResult, shellArgv } from "../../std/bytes/kept-shell.ts";
import { TooLong } from "../../std/text/too-long.ts";
import type { Engine } from "../engine/engine.ts";
import { openExec } from "../engine/engine-exec.ts";

export interface NodeShell extends AsyncDisposable {
  readonly container: string;
  /** True once the stream has ended: the owner then opens another shell. */
  readonly broken: boolean;
  /**
   * As `KeptShell.run`.
   * @throws Failure when the stream breaks
   */
  run(command: string, signal: AbortSignal, input?: Payload): Promise<ShellResult>;
}

export async function openNodeShell(engine: Engine, container: string, signal: AbortSignal): Promise<NodeShell> {
  // The shell prints nothing before the first command.
  let shell: KeptShell | undefined;
  const stream = await openExec(engine, container, shellArgv, (name, data) => shell?.take(name, data), signal);
  const kept = keptShell({
    write: (data) => stream.write(data),
    closed: stream.closed,
    cut: async () => stream[Symbol.asyncDispose](),
    lost: () => lostShell(container),
  });
  shell = kept;
  return {
    container,
    get broken() {
      return kept.broken;
    },
    run: (command, stop, input) =>
      kept.run(command, stop, input).catch((thrown: unknown) => {
        throw thrown instanceof TooLong ? new Failure(`the node ${container}: ${thrown.message}`) : thrown;
      }),
    [Symbol.asyncDispose]: () => kept.end(),
  };
}

function lostShell(container: string): Failure {
  return new Failure({
    severity: "error",
    message: `the connection into the node ${container} was cut`,
    suggestion: "check that the node's container still runs",
    passing: true,
  });
}
