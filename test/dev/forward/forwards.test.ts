/** Which local port each of several forwards gets, with a cluster that knows Services and no pods. */
import { expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { Forwards } from "../../../src/dev/forward/forwards.ts";
import type { ForwardEntry } from "../../../src/dev/forward/resource.ts";
import type { Event } from "../../../src/event/event.ts";
import { eventually } from "../../rig/eventually.ts";

/** Ports of the Service `shop`, listed when the gate opens. */
function clusterWith(ports: readonly number[], gate: Promise<unknown> = Promise.resolve(), refuses = false): Cluster {
  const service = {
    metadata: { name: "shop", namespace: "n", uid: "1", resourceVersion: "1" },
    spec: { ports: ports.map((port) => ({ port, protocol: "TCP" })) },
  };
  return {
    context: "c",
    namespace: "n",
    endpoint: { url: "http://none", tls: {}, headers: async () => ({}) },
    async fetch(path, { query, signal } = {}) {
      const never = new Promise<never>((_, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true }),
      );
      if (!path.endsWith("/services") || query?.watch !== undefined) return never;
      await Promise.race([gate, never]);
      if (refuses) return Response.json({ kind: "Status", code: 403, message: "no" }, { status: 403 });
      return Response.json({ metadata: { resourceVersion: "1" }, items: [service] });
    },
  };
}

const entry = (resourceName: string, more: Partial<ForwardEntry>): ForwardEntry => ({
  resourceType: "service",
  resourceName,
  namespace: "n",
  port: 80,
  address: "127.0.0.1",
  ...more,
});

function listen(port: number) {
  return Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
}

/** A port that is taken, before two that are free; below those that the system gives out by itself. */
function takenBeforeFree(): ReturnType<typeof listen> {
  for (let port = 21_000; port < 30_000; port += 3) {
    try {
      for (const free of [port + 1, port + 2]) listen(free).stop(true);
      return listen(port);
    } catch {
      // Somebody has one of them.
    }
  }
  throw new Error("no three ports");
}

function forwardsOf(cluster: Cluster) {
  const events: Event[] = [];
  const forwards = new Forwards({ cluster, emit: (event) => void events.push(event) });
  const portOf = (name: string, port: number | string = 80) =>
    forwards.open.find(({ entry: own }) => own.resourceName === name && own.port === port)?.localPort;
  return { forwards, portOf, events };
}

test.each([["first"], ["last"]])("a fallback leaves the port that another entry wishes for, asked for %s", (order) => {
  using taken = takenBeforeFree();
  const entries = [entry("a", { localPort: taken.port }), entry("b", { localPort: taken.port + 1 })];
  const { forwards, portOf } = forwardsOf(clusterWith([]));
  using _ = forwards;
  forwards.set({ entries: order === "first" ? entries : entries.toReversed() });
  expect([portOf("a"), portOf("b")]).toEqual([taken.port + 2, taken.port + 1]);
});

test("a local port that is written goes to its entry, before any that has the same port by default", () => {
  using taken = takenBeforeFree();
  const wish = taken.port + 1;
  const { forwards, portOf } = forwardsOf(clusterWith([]));
  using _ = forwards;
  forwards.set({ entries: [entry("default", { port: wish }), entry("written", { localPort: wish })] });
  expect(portOf("written")).toBe(wish);
  expect(portOf("default", wish)).toBe(taken.port + 2);
});

test("a fallback waits until the ports of Services are known, and leaves those, too", async () => {
  using taken = takenBeforeFree();
  const gate = Promise.withResolvers<void>();
  const { forwards, portOf } = forwardsOf(clusterWith([taken.port + 1], gate.promise));
  using _ = forwards;
  const entries = [entry("a", { localPort: taken.port }), entry("b", { localPort: taken.port + 2 })];
  forwards.set({ entries, services: [{ namespace: "n", name: "shop" }] });
  expect([portOf("a"), portOf("b")]).toEqual([undefined, taken.port + 2]);
  gate.resolve();
  await eventually("the fallback", () => portOf("a"));
  expect(portOf("shop", taken.port + 1)).toBe(taken.port + 1);
  expect(portOf("a")).toBeGreaterThan(taken.port + 2);
});

test("where Services may not be listed nobody waits for them", async () => {
  using taken = takenBeforeFree();
  const { forwards, portOf } = forwardsOf(clusterWith([], Promise.resolve(), true));
  using _ = forwards;
  const services = [{ namespace: "n", name: "shop" }];
  forwards.set({ entries: [entry("a", { localPort: taken.port })], services });
  expect(await eventually("the fallback", () => portOf("a"))).toBe(taken.port + 1);
});

test("a wished port that another program has is told with its holder; one that was not wished for is not", async () => {
  using taken = takenBeforeFree();
  const { forwards, portOf, events } = forwardsOf(clusterWith([]));
  using _ = forwards;
  const notices = () => events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
  forwards.set({ entries: [entry("free", { localPort: 0 }), entry("a", { localPort: taken.port })] });
  const text = await eventually("the notice", () => notices()[0]);
  expect(text).toStartWith(`local port ${taken.port} is taken by `);
  expect(text).toEndWith(`: service/a is forwarded from ${portOf("a")}`);
  const free = entry("b", { localPort: taken.port + 2 });
  forwards.set({ entries: [entry("a", { localPort: taken.port }), free] });
  expect(portOf("b")).toBe(taken.port + 2);
  expect(notices()).toHaveLength(1);
});

test("a type that cannot be forwarded to is a warning, told once; the others go on", () => {
  using taken = takenBeforeFree();
  const { forwards, portOf, events } = forwardsOf(clusterWith([]));
  using _ = forwards;
  const entries = [entry("x", { resourceType: "ingress" }), entry("a", { localPort: taken.port + 1 })];
  forwards.set({ entries });
  forwards.set({ entries });
  expect(portOf("a")).toBe(taken.port + 1);
  const warned = events.flatMap((event) => (event.type === "diagnostic" ? [event.diagnostic] : []));
  expect(warned).toEqual([{ severity: "warning", message: "cannot forward a port of a ingress" }]);
});

test("a forward that is no longer wanted is closed, and says so; one that is kept has its listener on", () => {
  using taken = takenBeforeFree();
  const { forwards, portOf, events } = forwardsOf(clusterWith([]));
  using _ = forwards;
  const [a, b] = [entry("a", { localPort: taken.port + 1 }), entry("b", { localPort: taken.port + 2 })];
  forwards.set({ entries: [a, b] });
  forwards.set({ entries: [b] });
  expect([portOf("a"), portOf("b")]).toEqual([undefined, taken.port + 2]);
  const told = events.flatMap((event) => (event.type === "forward" ? [`${event.resource} ${event.status}`] : []));
  expect(told).toEqual(["service/a listening", "service/b listening", "service/a closed"]);
  listen(taken.port + 1).stop(true);
});
