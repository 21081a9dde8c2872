/** What a cluster answers on each of the two ways to it, a request and a raw connection; as a program, of a kubeconfig. */

import type { Cluster } from "../../src/cluster/cluster.ts";
import { connect } from "../../src/cluster/connect/connect.ts";
import { listObjects } from "../../src/cluster/objects/objects.ts";
import { dial } from "../../src/cluster/stream/dial.ts";

export interface Reached {
  readonly namespaces: readonly string[];
  /** The first line of the answer on a connection such as exec, logs and forwards are made of. */
  readonly raw: string;
}

export async function reach(cluster: Cluster): Promise<Reached> {
  const signal = AbortSignal.timeout(60_000);
  const { items } = await listObjects(cluster, { apiVersion: "v1", kind: "Namespace" }, signal);
  const socket = await dial(cluster, signal);
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.listen({
    data: (bytes) => resolve(Buffer.from(bytes).toString()),
    drained: () => undefined,
    closed: () => resolve(""),
  });
  socket.write(Buffer.from("GET /livez HTTP/1.1\r\nHost: cluster\r\n\r\n"));
  const [raw = ""] = (await promise).split("\r\n");
  socket.terminate();
  return { namespaces: items.map(({ metadata }) => metadata.name), raw };
}

if (import.meta.main) {
  const reached = await reach(await connect({ kubeconfig: process.argv[2], env: {} }));
  console.log(JSON.stringify(reached));
  process.exit(0);
}
