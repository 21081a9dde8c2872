import { afterAll, beforeAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { type Forward, openForward } from "../../../src/dev/forward/forward.ts";
import type { ForwardEntry } from "../../../src/dev/forward/resource.ts";
import type { PortsWait } from "../../../src/dev/forward/target.ts";
import type { Event } from "../../../src/event/event.ts";
import type { BuiltImage } from "../../rig/built-on-node.ts";
import { eventually } from "../../rig/eventually.ts";
import { kubectl } from "../../rig/kubectl.ts";
import { applyPortPods, type PodOptions, portServerOnNode, ports } from "../../rig/port-pods.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";
import { echoThrough, tcpClient } from "../../rig/tcp-client.ts";

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
  const apply = (version: string, options?: PodOptions) => applyPortPods(where, version, options);
  return {
    apply,
    open,
    events,
    told,
    remove: () => kubectl(["-n", at.namespace, "delete", "deployment,service", name, "--wait=false"]),
  };
}

async function page(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/index.html`, { keepalive: false });
  return (await response.text()).trim();
}

test("bytes, many connections, and a neighbour that stands still", async () => {
  const { apply, open, told } = workload("bytes");
  await apply("v1");
  using web = open("http");
  using service = open(80, { resourceType: "service" });
  using echo = open(ports.echo);
  using stalled = open(ports.stalled);
  // The pod may not exist yet: the first connection waits for it.
  expect(await page(web.localPort)).toBe("v1");
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
  expect(await page(web.localPort)).toBe("v1");
  const client = tcpClient(nobody.localPort);
  client.write("GET / HTTP/1.0\r\n\r\n");
  expect(await client.over).toEqual({ bytes: Buffer.alloc(0), how: "reset" });
  await eventually("the warning", () => events.find((event) => event.type === "notice"));
  const began = performance.now();
  expect((await tcpClient(nobody.localPort).over).how).toBe("reset");
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(await page(web.localPort)).toBe("v1");
});

test("a connection during a roll-out waits and is answered by the new pod; no connection is refused", async () => {
  const { apply, open, told } = workload("rollout");
  await apply("v1", { strategy: "Recreate" });
  using web = open("http");
  expect(await page(web.localPort)).toBe("v1");
  await apply("v2", { strategy: "Recreate", delay: 1 });
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
  await apply("v1", { grace: 5 });
  using early = open("http");
  using patient = open("http", {}, "ready");
  expect(await page(early.localPort)).toBe("v1");
  expect(await page(patient.localPort)).toBe("v1");
  await apply("v2", { readyAfter: 5, grace: 5 });
  await eventually("the early one", async () => ((await page(early.localPort)) === "v2" ? true : undefined));
  expect(await page(patient.localPort)).toBe("v1");
  await eventually("the patient one", async () => ((await page(patient.localPort)) === "v2" ? true : undefined));
  expect(told().filter(({ status }) => status === "waiting").length).toBeLessThanOrEqual(2);
});

test("a connection that is busy outlives the switch; an idle one is closed so that its client comes back", async () => {
  const { apply, open, told } = workload("busy");
  await apply("v1", { grace: 6 });
  using echo = open(ports.echo);
  using stalled = open(ports.stalled);
  using idle = tcpClient(echo.localPort);
  idle.write("hello");
  await eventually("the echo", () => (idle.received().length === 5 ? true : undefined));
  using busy = tcpClient(stalled.localPort);
  busy.write("a question that is never answered");
  await eventually("both to be connected", () =>
    told().filter((e) => e.status === "switched").length === 2 ? true : undefined,
  );
  await apply("v2", { grace: 6 });
  expect((await idle.over).how).toBe("ended");
  expect(busy.socket.destroyed).toBe(false);
  // Its pod was told to end, ignores that, and is killed after its grace.
  expect((await busy.over).how).toBe("reset");
});

test("the way to the API server is cut again and again: connections break, the forward does not", async () => {
  const { apply, open } = workload("cuts");
  await apply("v1");
  using web = open("http");
  using echo = open(ports.echo);
  expect(await page(web.localPort)).toBe("v1");
  for (let i = 0; i < 5; i++) {
    const client = tcpClient(echo.localPort);
    client.write("x");
    await eventually("the echo", () => (client.received().length === 1 ? true : undefined));
    at.proxy.cut();
    expect((await client.over).how).toBe("reset");
    expect(await page(web.localPort)).toBe("v1");
  }
});

test("a gateway that passes no SPDY: the same over a WebSocket", async () => {
  await using other = await proxiedCluster("forward-ws");
  other.proxy.rule("POST", /\/portforward$/, { kind: "answer", status: 400, body: "upgrade not supported" });
  await applyPortPods({ namespace: other.namespace, image: image.reference, name: "ports" }, "v1");
  const entry = { resourceType: "service", resourceName: "ports", namespace: other.namespace, address: "127.0.0.1" };
  using echo = openForward({ ...entry, port: "echo" }, { cluster: other.cluster, emit: () => undefined });
  expect(await echoThrough(echo.localPort, randomBytes(20_000_000))).toBe(-1);
  expect(other.proxy.count("GET", /\/portforward$/)).toBeGreaterThan(0);
});

test("a wished port that is taken: the next one, and the line says who has it", async () => {
  const { open, events } = workload("taken");
  using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  using forward = open(80, { localPort: taken.port });
  expect(forward.localPort).toBe(taken.port + 1);
  const notice = await eventually("the notice", () => events.find((event) => event.type === "notice"));
  expect(notice.text).toContain(`local port ${taken.port} is taken by`);
  expect(notice.text).toContain(`(pid ${process.pid})`);
});
