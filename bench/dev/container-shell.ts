/** A shell in a container of the session, kept open: the floor under every copy of a file. */
import type { Cluster } from "../../src/cluster/cluster.ts";
import { type ExecTarget, openExec } from "../../src/cluster/stream/exec.ts";
import { type KeptShell, keptShell, shellArgv } from "../../src/std/bytes/kept-shell.ts";

export interface ContainerShell extends AsyncDisposable {
  write(path: string, bytes: Uint8Array): Promise<void>;
}

export async function containerShell(cluster: Cluster, target: ExecTarget): Promise<ContainerShell> {
  const end = new AbortController();
  const stream = await openExec(cluster, target, shellArgv, end.signal, { stdin: true });
  const encoder = new TextEncoder();
  const shell: KeptShell = keptShell({
    write: (data) => stream.write(typeof data === "string" ? encoder.encode(data) : data),
    closed: stream.exit.then(
      () => undefined,
      () => undefined,
    ),
    cut: async () => end.abort(),
    lost: () => new Error("the stream into the container was cut"),
  });
  const taking = (["stdout", "stderr"] as const).map(async (name) => {
    for await (const data of stream[name]) shell.take(name, data);
  });
  return {
    async write(path, bytes) {
      const { code, stderr } = await shell.run(`cat >${path}`, end.signal, { bytes: bytes.length, chunks: [bytes] });
      if (code !== 0) throw new Error(stderr);
    },
    async [Symbol.asyncDispose]() {
      await stream[Symbol.asyncDispose]();
      await Promise.allSettled(taking);
    },
  };
}
