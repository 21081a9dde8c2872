/** A connection that is given up before it is made. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { dial } from "../../src/cluster/stream/dial.ts";
import { engineAt, ping } from "../../src/image/engine/engine.ts";
import { openExec } from "../../src/image/engine/engine-exec.ts";
import { parseReference } from "../../src/image/reference.ts";
import { registryClient } from "../../src/image/registry/registry.ts";
import { systemClock } from "../../src/std/clock.ts";
import { eventually } from "../rig/eventually.ts";
import { fakeApi } from "../rig/fake-api.ts";
import { type FullPort, fullPort } from "../rig/full-port.ts";
import { plainCluster } from "../rig/plain-cluster.ts";

let full: FullPort;
beforeAll(async () => {
  full = await fullPort();
});
afterAll(() => full[Symbol.asyncDispose]());

type Attempt = (port: number, signal: AbortSignal) => Promise<unknown>;
const secure = (port: number) => plainCluster(port, { url: `https://127.0.0.1:${port}` });
const engine = (port: number) => engineAt({ kind: "tcp", host: "127.0.0.1", port, from: "a test" });

test.each<[string, Attempt]>([
  ["a stream of a cluster", (port, signal) => dial(plainCluster(port), signal)],
  ["a stream of a cluster by TLS", (port, signal) => dial(secure(port), signal)],
  ["a stream by a proxy", (port, signal) => dial(plainCluster(1, { proxy: `http://127.0.0.1:${port}` }), signal)],
  ["a stream by a proxy and TLS", (port, signal) => dial({ ...secure(1), ...proxied(port) }, signal)],
  ["a request to an engine", (port, signal) => ping(engine(port), signal)],
  ["a request to an engine by TLS", (port, signal) => ping(secureEngine(port), signal)],
  ["a command in an engine's container", (port, signal) => openExec(halfEngine(port), "c", ["a"], () => {}, signal)],
  [
    "a question to a registry",
    (port, signal) =>
      registryClient(async () => undefined, [], systemClock, []).digest(
        parseReference(`127.0.0.1:${port}/a:1`),
        signal,
      ),
  ],
])("%s whose connection hangs obeys its signal", async (_name, attempt) => {
  const controller = new AbortController();
  const before = await onTheirWay();
  const outcome = attempt(full.port, controller.signal).then(
    () => "an answer",
    (thrown: unknown) => thrown,
  );
  // It is on its way before it is given up.
  await reaches(before + 1);
  const reason = new Error("given up");
  controller.abort(reason);
  expect(await outcome).toBe(reason);
});

test("requests of a cluster obey theirs, directly and by a proxy of each kind", async () => {
  await using api = await fakeApi(() => Response.json({}));
  const hanging = `http://127.0.0.1:${full.port}`;
  const proxies = ["http", "https", "socks5"].map((scheme) => `${scheme}://127.0.0.1:${full.port}`);
  const clusters = [
    await api.connect({}, { server: hanging }),
    ...(await Promise.all(
      proxies.map((HTTPS_PROXY) => api.connect({}, { server: "https://api.invalid", env: { HTTPS_PROXY } })),
    )),
  ];
  for (const cluster of clusters) {
    const controller = new AbortController();
    const before = await onTheirWay();
    const asked = cluster.fetch("/", { signal: controller.signal }).catch((thrown: unknown) => thrown);
    const streamed = dial(cluster, controller.signal).catch((thrown: unknown) => thrown);
    await reaches(before + 2);
    const reason = new Error("given up");
    controller.abort(reason);
    expect([await asked, await streamed]).toEqual([reason, reason]);
  }
});

/** Connections to the full port that the kernel waits for (state 02), those among them that fill it. */
async function onTheirWay(): Promise<number> {
  const port = full.port.toString(16).toUpperCase().padStart(4, "0");
  const waiting = new RegExp(`: [0-9A-F]{8}:[0-9A-F]{4} [0-9A-F]{8}:${port} 02 `, "g");
  return ((await Bun.file("/proc/net/tcp").text()).match(waiting) ?? []).length;
}

const reaches = (count: number) =>
  eventually(`${count} connections on their way`, async () => (await onTheirWay()) >= count || undefined);

function proxied(port: number): Pick<Cluster, "endpoint"> {
  const { endpoint } = secure(1);
  return { endpoint: { ...endpoint, proxy: `http://127.0.0.1:${port}` } };
}

function secureEngine(port: number) {
  return engineAt({ kind: "tcp", host: "127.0.0.1", port, tls: { verify: false }, from: "a test" });
}

/** Answers requests, and hangs where a command is to be attached to. */
function halfEngine(port: number) {
  return { ...engine(port), request: () => Promise.resolve(Response.json({ Id: "e" })) };
}

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
