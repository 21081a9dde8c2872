/** A connection that is given up before it is made. */
import { expect, test } from "bun:test";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { dial } from "../../src/cluster/stream/dial.ts";

test("cancelled while it connects, it rejects once, with the signal's reason, and nothing is left to reject", async () => {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const endpoint = { url: `http://127.0.0.1:${server.port}`, tls: {}, headers: async () => ({}) };
  const unhandled: unknown[] = [];
  const note = (thrown: unknown) => unhandled.push(thrown);
  process.on("unhandledRejection", note);
  try {
    const controller = new AbortController();
    const dialled = dial({ context: "test", endpoint } as unknown as Cluster, controller.signal);
    controller.abort(new DOMException("given up", "AbortError"));
    expect(await dialled.catch((thrown: unknown) => thrown)).toBe(controller.signal.reason);
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", note);
  }
});
