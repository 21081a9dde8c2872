import { afterAll, beforeAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { type Forward, openForward } from "../../../src/dev/forward/forward.ts";
import type { ForwardEntry } from "../../../src/dev/forward/resource.ts";
import type { PortsWait } from "../../../src/dev/forward/target.ts";
import type { Event } from "../../../src/event/event.ts";
import type { BuiltImage } from "../../rig/built-on-node.ts";
import { eventually } from "../../rig/eventually.ts";
import { kubectl } from "../../rig/kubectl.ts";
import { applyPortPods, firstPage, type PodOptions, page, portServerOnNode, ports } from "../../rig/port-pods.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";
import { echoThrough, type TcpClient, tcpClient } from "../../rig/tcp-client.ts";

let image: BuiltImage;
let at: ProxiedCluster;
beforeAll(async () => {
  image = await portServerOnNode("forward");
  at = await proxiedCluster("forward");
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  await image[Symbol.asyncDispose]();
});

type ForwardEvent = Event & { readonly type: "forward" };

/** A workload of its own and forwards to it. */
function workload(name: string) {
  const where = { namespace: at.namespace, image: image.reference, name };
  const events: Event[] = [];
  const open = (port: number | string, more: Partial<ForwardEntry> = {}, portsWait: PortsWait = "accepts"): Forward =>
    openForward(
      {
        resourceType: "Deployment",
        resourceName: name,
        namespace: at.namespace,
        port,
        address: "127.0.0.1",
        localPort: 0,
        ...more,
      },
      { cluster: at.cluster, emit: (event) => void events.push(event), portsWait },
    );
  const told = () => events.filter((event): event is ForwardEvent => event.type === "forward");
  const apply = (version: string, options?: PodOptions) =>
    applyPortPods(where, version, { ready: "serving", ...options });
  return {
    apply,
    open,
    events,
    told,
    remove: () => kubectl(["-n", at.namespace, "delete", "deployment,service", name, "--wait=false"]),
  };
}

test("bytes, many connections, and a neighbour that stands still", async () => {
  const { apply, open, told } = workload("bytes");
  await apply("v1");
  using web = open("http");
  using service = open(80, { resourceType: "service" });
  using echo = open(ports.echo);
  using stalled = open(ports.stalled);
  // The pod may not exist yet: the first connection waits for it.
  expect(await firstPage(web.localPort)).toBe("v1");
  expect(await page(service.localPort)).toBe("v1");
  expect(told().filter((e) => e.status === "listening")).toHaveLength(4);

  expect(await echoThrough(echo.localPort, randomBytes(50_000_000))).toBe(-1);

  using held = tcpClient(stalled.localPort);
  for (let i = 0; i < 40; i++) held.write(new Uint8Array(1 << 20));
  const many = await Promise.all(
    Array.from({ length: 100 }, (_, i) => echoThrough(echo.localPort, randomBytes(1000 + i * 997))),
  );
  expect(many.every((difference) => difference === -1)).toBe(true);
  expect(await page(web.localPort)).toBe("v1");
  expect(process.memoryUsage().rss).toBeLessThan(700 << 20);
});

test("the server's end reaches the client whole, and the client's end is held while an answer may come", async () => {
  const { apply, open } = workload("ends");
  await apply("v1");
  using web = open("http");
  expect(await firstPage(web.localPort)).toBe("v1");
  using closing = open(ports.closing);
  using slow = open(ports.slow);
  using resetting = open(ports.resetting);
  const answer = await tcpClient(closing.localPort).over;
  expect(answer).toEqual({ bytes: Buffer.from("v1\n"), how: "ended" });
  const client = tcpClient(slow.localPort);
  client.write("asked and ended at once");
  client.end();
  expect((await client.over).bytes.toString()).toBe("1\n2\n3\n4\n5\n");
  const broken = tcpClient(resetting.localPort);
  await eventually("half of the answer", () => (broken.received().length > 0 ? true : undefined));
  broken.write("go on");
  expect((await broken.over).how).toBe("reset");
});

test("a port that nobody listens on: a reset, never an empty answer; other ports go on", async () => {
  const { apply, open, events } = workload("refused");
  await apply("v1");
  using web = open("http");
  using nobody = open(ports.nobody);
  expect(await firstPage(web.localPort)).toBe("v1");
  const client = tcpClient(nobody.localPort);
  client.write("GET / HTTP/1.0\r\n\r\n");
  expect(await client.over).toEqual({ bytes: Buffer.alloc(0), how: "reset" });
  await eventually("the warning", () => events.find((event) => event.type === "notice"));
  const began = performance.now();
  expect((await tcpClient(nobody.localPort).over).how).toBe("reset");
  // Known by now: nobody waits for it as for a pod that may come.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(await page(web.localPort)).toBe("v1");
});

test("a connection during a roll-out waits and is answered by the new pod; no connection is refused", async () => {
  const { apply, open, told } = workload("rollout");
  await apply("v1", { strategy: "Recreate" });
  using web = open("http");
  expect(await firstPage(web.localPort)).toBe("v1");
  await apply("v2", { strategy: "Recreate", delay: 3 });
  const answers: string[] = [];
  await eventually("the new version", async () => {
    answers.push(await page(web.localPort));
    return answers.at(-1) === "v2" ? true : undefined;
  });
  expect([...new Set(answers)].filter((answer) => answer !== "v1" && answer !== "v2")).toEqual([]);
  const states = told().map(({ status }) => status);
  expect(states.filter((status) => status === "switched")).toHaveLength(2);
  expect(states.at(-1)).toBe("switched");
  expect(states.lastIndexOf("waiting")).toBeGreaterThan(states.indexOf("switched"));
});

test("a new pod takes over once its port answers, before it is ready; with `ready` not before", async () => {
  const { apply, open, told } = workload("takeover");
  await apply("v1", { grace: 20 });
  using early = open("http");
  using patient = open("http", {}, "ready");
  expect(await firstPage(early.localPort)).toBe("v1");
  expect(await firstPage(patient.localPort)).toBe("v1");
  await apply("v2", { ready: "told", grace: 20 });
  await eventually("the early one", async () => ((await page(early.localPort)) === "v2" ? true : undefined));
  expect(await page(patient.localPort)).toBe("v1");
  await fetch(`http://127.0.0.1:${early.localPort}/be-ready`, { keepalive: false });
  await eventually("the patient one", async () => ((await page(patient.localPort)) === "v2" ? true : undefined));
  expect(told().filter(({ status }) => status === "waiting").length).toBeLessThanOrEqual(2);
});

test("a connection that is busy outlives the switch; an idle one is closed so that its client comes back", async () => {
  const { apply, open, told } = workload("busy");
  await apply("v1", { grace: 15 });
  using web = open("http");
  expect(await firstPage(web.localPort)).toBe("v1");
  using echo = open(ports.echo);
  using stalled = open(ports.stalled);
  using idle = tcpClient(echo.localPort);
  idle.write("hello");
  await eventually("the echo", () => (idle.received().length === 5 ? true : undefined));
  using busy = tcpClient(stalled.localPort);
  busy.write("a question that is never answered");
  await eventually("all to be connected", () =>
    told().filter((e) => e.status === "switched").length === 3 ? true : undefined,
  );
  await apply("v2", { grace: 15 });
  const over = (client: TcpClient, name: string) => client.over.then(({ how }) => `${name} ${how}`);
  expect(await Promise.race([over(busy, "busy"), over(idle, "idle")])).toBe("idle ended");
  // Its pod was told to end, ignores that, and is killed after its grace.
  expect((await busy.over).how).toBe("reset");
});

test("the way to the API server is cut again and again: connections break, the forward does not", async () => {
  const { apply, open } = workload("cuts");
  await apply("v1");
  using web = open("http");
  using echo = open(ports.echo);
  expect(await firstPage(web.localPort)).toBe("v1");
  for (let i = 0; i < 5; i++) {
    const client = tcpClient(echo.localPort);
    client.write("x");
    await eventually("the echo", () => (client.received().length === 1 ? true : undefined));
    at.proxy.cut();
    expect((await client.over).how).toBe("reset");
    // The cut of the page's own tunnel may show only to the next request.
    await eventually("the page", async () => ((await page(web.localPort)) === "v1" ? true : undefined));
  }
});

test("a gateway that passes no SPDY: the same over a WebSocket", async () => {
  await using other = await proxiedCluster("forward-ws");
  other.proxy.rule("POST", /\/portforward$/, { kind: "answer", status: 400, body: "upgrade not supported" });
  await applyPortPods({ namespace: other.namespace, image: image.reference, name: "ports" }, "v1", {
    ready: "serving",
  });
  const entry = { resourceType: "service", resourceName: "ports", namespace: other.namespace, address: "127.0.0.1" };
  const options = { cluster: other.cluster, emit: () => undefined };
  using web = openForward({ ...entry, port: "web" }, options);
  expect(await firstPage(web.localPort)).toBe("v1");
  using echo = openForward({ ...entry, port: "echo" }, options);
  expect(await echoThrough(echo.localPort, randomBytes(20_000_000))).toBe(-1);
  expect(other.proxy.count("GET", /\/portforward$/)).toBeGreaterThan(0);
});

test("a wished port that is taken: the next one, and the line says who has it", async () => {
  const { open, events } = workload("taken");
  using taken = twoFreePorts();
  using forward = open(80, { localPort: taken.port });
  expect(forward.localPort).toBe(taken.port + 1);
  const notice = await eventually("the notice", () => events.find((event) => event.type === "notice"));
  expect(notice.text).toContain(`local port ${taken.port} is taken by`);
  expect(notice.text).toContain(`(pid ${process.pid})`);
});

/** A listener whose next port is free: below those that the system gives out by itself, so it stays so. */
function twoFreePorts(): ReturnType<typeof listen> {
  for (let port = 20_000; port < 30_000; port += 2) {
    try {
      listen(port + 1).stop();
      return listen(port);
    } catch {
      // Somebody has one of them.
    }
  }
  throw new Error("no two free ports");
}

function listen(port: number) {
  return Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
}
