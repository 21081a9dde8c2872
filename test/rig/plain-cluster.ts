/** A cluster that is only an address: for what opens its own connections, against servers of a few lines. */
import type { Cluster } from "../../src/cluster/cluster.ts";

export function plainCluster(port: number, more: Partial<Cluster["endpoint"]> = {}): Cluster {
  const url = `http://127.0.0.1:${port}`;
  return {
    context: "plain",
    namespace: "default",
    endpoint: { url, tls: {}, headers: async () => ({ Authorization: "Bearer plain" }), ...more },
    fetch: (path, options = {}) =>
      fetch(url + path, { method: options.method ?? "GET", signal: options.signal ?? null }),
  };
}
