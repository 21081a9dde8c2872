/** What becomes of logs and port-forwards when a pass does not get to know what is in the cluster. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { openStreams } from "../../../src/dev/project/streams.ts";
import type { Event } from "../../../src/event/event.ts";
import type { DeployedObject } from "../../../src/phase/deploy/deployer.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { eventually } from "../../rig/eventually.ts";
import { fakeApi } from "../../rig/fake-api.ts";

const deployment: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: { template: { spec: { containers: [{ name: "main", ports: [{ containerPort: 45_871 }] }] } } },
};
const service: KubeObject = { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "shop" } };
const deployed: readonly DeployedObject[] = [
  { module: "m", object: deployment, uid: "uid-of-web" },
  { module: "m", object: service, uid: "uid-of-service" },
];
const pod = (name: string) => ({
  metadata: { name, namespace: "shop", uid: name, resourceVersion: "2", ownerReferences: [{ uid: "uid-of-web" }] },
  spec: { containers: [{ name: "main", image: "other" }] },
  status: { phase: "Running", containerStatuses: [{ name: "main", state: { running: {} } }] },
});
/** An answer that goes on for ever, after this line. */
const stream = (line: Promise<string>) =>
  new Response(
    new ReadableStream({
      start(to) {
        to.enqueue(new TextEncoder().encode("\n"));
        void line.then((text) => to.enqueue(new TextEncoder().encode(`${text}\n`)));
      },
    }),
  );
const listOf = (...items: object[]) => Response.json({ metadata: { resourceVersion: "1" }, items });

const passed = (deployed: readonly DeployedObject[] | undefined) => ({
  outputs: new Map(),
  scopes: [undefined],
  deployed,
  images: [],
  modules: [],
});

test("they go on, and end only with objects that are known to be gone", async () => {
  const restarted = Promise.withResolvers<void>();
  await using api = await fakeApi((request) => {
    const { pathname, searchParams } = new URL(request.url);
    const next = restarted.promise.then(() => JSON.stringify({ type: "ADDED", object: pod("web-2") }));
    if (searchParams.has("watch")) return stream(pathname.endsWith("/pods") ? next : new Promise(() => undefined));
    if (pathname.endsWith("/log")) return stream(new Promise(() => undefined));
    const name = /\/pods\/([^/]+)$/.exec(pathname)?.[1];
    if (name !== undefined) return Response.json(pod(name));
    if (pathname.endsWith("/pods")) return listOf(pod("web-1"));
    if (pathname.endsWith("/services")) return listOf({ ...service, spec: { ports: [{ port: 45_872 }] } });
    return listOf();
  });
  const cluster = await api.connect();
  const ports: number[] = [];
  const emit = (event: Event) => {
    if (event.type === "forward" && event.status === "listening") ports.push(event.localPort);
  };
  await using streams = openStreams(
    { cluster, namespace: "shop" },
    { modes: ["services", "pods"], logs: true, clock: systemClock, emit },
  );
  /** Whether the port takes a connection. */
  const listens = async (port: number) => {
    try {
      (await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => undefined } })).end();
      return true;
    } catch {
      return false;
    }
  };
  const listening = () => Promise.all(ports.map(listens));
  const logs = () => api.requests.filter(({ url }) => url.includes("/web-1/log")).length;

  streams.passed(passed(deployed));
  await eventually("both forwards and the log", () => (ports.length === 2 && logs() === 1) || undefined);

  streams.passed(passed(undefined));
  expect(await listening()).toEqual([true, true]);
  // An apply that failed does not know the uid; pods of the workload are followed all the same.
  streams.passed(passed(deployed.map(({ module, object }) => ({ module, object }))));
  expect(await listening()).toEqual([true, true]);
  expect(ports).toHaveLength(2);
  restarted.resolve();
  await eventually(
    "the log of the next pod",
    () => api.requests.some(({ url }) => url.includes("/web-2/log")) || undefined,
  );

  streams.passed(passed([]));
  expect(await listening()).toEqual([false, false]);
});
