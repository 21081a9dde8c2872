/** A shell that stays open in a container, over an exec stream started with `shellArgv`. */
import { Failure } from "../../diag/failure.ts";
import { type KeptShell, keptShell } from "../../std/bytes/kept-shell.ts";
import type { ExecStream, ExecTarget } from "./exec.ts";

export function execShell(stream: ExecStream, target: ExecTarget): KeptShell {
  const text = new TextEncoder();
  const shell = keptShell({
    write: (data) => stream.write(typeof data === "string" ? text.encode(data) : data),
    closed: stream.exit.then(
      () => undefined,
      () => undefined,
    ),
    cut: async () => stream[Symbol.asyncDispose](),
    lost: () => new Failure(`the connection into the container ${target.container} of ${target.pod} was cut`),
  });
  const read = async (name: "stdout" | "stderr") => {
    for await (const data of stream[name]) shell.take(name, data);
  };
  // A broken stream is reported by its exit.
  void Promise.allSettled([read("stdout"), read("stderr")]);
  return shell;
}
