/** How much an API server, or whoever answers in its place, can make devloop keep. */
import { expect, test } from "bun:test";
import { requestJson } from "../../src/cluster/connect/request.ts";
import { logTail } from "../../src/cluster/logs/log-tail.ts";
import { namespaceContents } from "../../src/cluster/objects/namespace-contents.ts";
import { listObjects } from "../../src/cluster/objects/objects.ts";
import { openExec } from "../../src/cluster/stream/exec.ts";
import { Failure } from "../../src/diag/failure.ts";
import { fakeApi } from "../rig/fake-api.ts";
import { plainCluster } from "../rig/plain-cluster.ts";

const { signal } = new AbortController();
const pod = { name: "web", namespace: "shop" };

/** A body that goes on for as long as it is read; `sent` counts its bytes. */
function endless(piece: Uint8Array) {
  const state = { sent: 0 };
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        state.sent += piece.length;
        controller.enqueue(piece);
      },
    });
  return { state, body };
}

test("a log's last words are asked for with a limit, and one that a server ignores is kept", async () => {
  const { state, body } = endless(Buffer.alloc(64 << 10, "a line\n"));
  await using api = await fakeApi(() => new Response(body()));
  const lines = await logTail(await api.connect(), pod, "main", "current", 3, signal);
  const query = new URL(api.requests[0]?.url ?? "").searchParams;
  expect([query.get("tailLines"), query.get("limitBytes")]).toEqual(["3", String(256 << 10)]);
  expect(lines.slice(0, 2)).toEqual(["a line", "a line"]);
  expect(state.sent).toBeLessThan(32 << 20);
});

test("one line without an end is no more than the limit", async () => {
  const { body } = endless(Buffer.alloc(64 << 10, "x"));
  await using api = await fakeApi(() => new Response(body()));
  const [line, ...more] = await logTail(await api.connect(), pod, "main", "current", 3, signal);
  expect([line?.length, more]).toEqual([256 << 10, []]);
});

test("a list comes in pages of five hundred, and one that never ends is refused", async () => {
  const items = Array.from({ length: 500 }, (_, i) => ({ metadata: { name: `n${i}`, uid: `u${i}` } }));
  const page = { metadata: { resourceVersion: "1", continue: "more" }, items };
  const kinds = {
    kind: "APIGroupDiscoveryList",
    items: [
      {
        metadata: { name: "" },
        versions: [
          {
            version: "v1",
            resources: [
              { resource: "secrets", scope: "Namespaced", verbs: ["list"], responseKind: { kind: "Secret" } },
            ],
          },
        ],
      },
    ],
  };
  const none = { kind: "APIGroupDiscoveryList", items: [] };
  await using api = await fakeApi(({ url }) => {
    const { pathname } = new URL(url);
    return Response.json(pathname === "/api" ? kinds : pathname === "/apis" ? none : page);
  });
  const cluster = await api.connect();
  const list = listObjects(cluster, { apiVersion: "v1", kind: "Pod" }, signal);
  await expect(list).rejects.toThrow("cannot list Pod objects: there are more than 200000");
  await expect(list).rejects.toBeInstanceOf(Failure);
  expect(new URL(api.requests[0]?.url ?? "").searchParams.get("limit")).toBe("500");
  expect(api.requests.length).toBe(401);
  await expect(namespaceContents(cluster, "shop", signal)).rejects.toThrow("there are more than 200000");
});

test("an answer that never ends is refused, with what it was for", async () => {
  const { body } = endless(Buffer.alloc(1 << 20, " "));
  await using api = await fakeApi(() => new Response(body()));
  const asked = requestJson(await api.connect(), "/api/v1/pods", {}, "cannot list pods");
  await expect(asked).rejects.toThrow("cannot list pods: the answer is longer than 256 MiB");
  await expect(asked).rejects.toBeInstanceOf(Failure);
});

test("of a refusal that never ends, the begin is shown", async () => {
  const { state, body } = endless(Buffer.alloc(64 << 10, "no "));
  await using api = await fakeApi(() => new Response(body(), { status: 403 }));
  const asked = requestJson(await api.connect(), "/api/v1/pods", {}, "cannot list pods");
  await expect(asked).rejects.toThrow(/^cannot list pods: no no (no )*n?o?$/);
  expect(state.sent).toBeLessThan(64 << 20);
});

test("a command's status has a limit, and channels that nobody knows say nothing", async () => {
  const own = Bun.serve<undefined>({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, at) => void at.upgrade(request, { headers: { "Sec-WebSocket-Protocol": "v5.channel.k8s.io" } }),
    websocket: {
      open(socket) {
        for (const channel of [0, 4, 7, 255]) socket.send(Buffer.concat([Buffer.of(channel), Buffer.from("noise")]));
        socket.send(Buffer.concat([Buffer.of(1), Buffer.from("output")]));
        for (let i = 0; i < 400; i++) socket.send(Buffer.concat([Buffer.of(3), Buffer.alloc(64 << 10, "x")]));
        socket.close();
      },
      message: () => undefined,
    },
  });
  await using stream = await openExec(
    plainCluster(own.port ?? 0),
    { ...pod, pod: "web", container: "main" },
    ["x"],
    signal,
  );
  let output = "";
  for await (const bytes of stream.stdout) output += Buffer.from(bytes).toString();
  expect(output).toBe("output");
  const thrown = await stream.exit.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Failure);
  expect((thrown as Failure).message.length).toBeLessThan(1000);
  await own.stop(true);
});
