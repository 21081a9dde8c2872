/** The last lines that a container logged: evidence for a failure, never a stream, and never more than can be read. */
import { startOfText } from "../../std/bytes/bounded-body.ts";
import { linesOf } from "../../std/text/line-splitter.ts";
import type { Cluster } from "../cluster.ts";

/** The server cuts lines off at its end, and not before what was asked for: a line alone may have no end. */
const mostBytes = 256 << 10;

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
