import { expect, test } from "bun:test";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { waitReady } from "../../src/cluster/wait/wait.ts";

test("a wait that is cancelled while its watches are opened ends with the reason, and nothing else is heard of it", async () => {
  const asked = Promise.withResolvers<void>();
  const silent: Cluster = {
    context: "silent",
    namespace: "default",
    endpoint: { url: "https://silent.example.com", tls: {}, headers: async () => ({}) },
    fetch(_path, { signal } = {}) {
      asked.resolve();
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    },
  };
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => void unheard.push(reason);
  process.on("unhandledRejection", hear);
  try {
    const cancel = new AbortController();
    const refs = ["web", "site"].map((name) => ({ apiVersion: "apps/v1", kind: "Deployment", name }));
    const wait = waitReady(silent, refs, { deadlineMs: 60_000 }, cancel.signal);
    await asked.promise;
    cancel.abort();
    expect(await wait.catch((thrown: unknown) => thrown)).toBe(cancel.signal.reason);
    // Rejections that nobody took are told once the queue is empty.
    await new Promise((resolve) => setImmediate(resolve));
    expect(unheard).toEqual([]);
  } finally {
    process.off("unhandledRejection", hear);
  }
});
