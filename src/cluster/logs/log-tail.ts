/** The last lines of a container's log, as evidence for a failure; read once and limited in size. */
import { startOfText } from "../../std/bytes/bounded-body.ts";
import { linesOf } from "../../std/text/line-splitter.ts";
import type { Cluster } from "../cluster.ts";

/** Limit for the request and for the answer, because a single line may be endless. */
const mostBytes = 256 << 10;

/**
 * At most `lines` lines, oldest first; empty where none exist or none can be read. The last lines of a restarted
 * container are in its previous log; where the wanted log is missing, the other one is read.
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
    const query = {
      container,
      tailLines: String(lines),
      limitBytes: String(mostBytes),
      ...(previous ? { previous: "true" } : {}),
    };
    const response = await cluster.fetch(path, { query, accept: "*/*", signal });
    const text = await startOfText(response, mostBytes);
    if (response.ok && text.trim() !== "") return linesOf(text.trimEnd()).slice(-lines);
  }
  return [];
}
