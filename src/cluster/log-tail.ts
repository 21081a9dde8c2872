/** The last lines that a container logged: evidence for a failure, never a stream. */
import type { Cluster } from "./cluster.ts";

/**
 * At most `lines` lines, oldest first; empty where there are none or they cannot be had. A container that was started
 * again has its words in the previous log; where the asked one is gone, the other is read.
 */
export async function logTail(
  cluster: Cluster,
  pod: { readonly name: string; readonly namespace: string },
  container: string,
  which: "current" | "previous",
  lines: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log`;
  const order = which === "previous" ? [true, false] : [false, true];
  for (const previous of order) {
    const query = { container, tailLines: String(lines), ...(previous ? { previous: "true" } : {}) };
    const response = await cluster.fetch(path, { query, accept: "*/*", signal });
    const text = await response.text();
    if (response.ok && text.trim() !== "") return text.trimEnd().split("\n").slice(-lines);
  }
  return [];
}
