/** What a pod says last, where the log's connection breaks as the pod ends. Time stands still unless the test lets it pass. */
import { expect, test } from "bun:test";
import type { Cluster, KubeObject } from "../../src/cluster/cluster.ts";
import { followLog } from "../../src/cluster/logs/pod-logs.ts";
import { virtualClock } from "../rig/virtual-clock.ts";

const never = new AbortController().signal;
const target = { namespace: "default", pod: "web", uid: "1", container: "main" };
const line = (second: number, text: string) => `2030-01-01T00:00:0${second}.5Z ${text}\n`;

/** A log that comes in these answers; with `cut` the connection breaks behind it. */
type Answer = { readonly text: string; readonly cut?: boolean };

/** The pod is there until time passes, or until its last answer was read with `goneAfter`. */
function server(answers: readonly Answer[], goneAfter = Number.POSITIVE_INFINITY) {
  const clock = virtualClock();
  const began = clock.now();
  let asked = 0;
  const cluster: Cluster = {
    context: "fake",
    namespace: "default",
    endpoint: { url: "https://fake.example.com", tls: {}, headers: async () => ({}) },
    async fetch(path) {
      const gone = clock.now() > began || asked >= goneAfter;
      if (gone) return Response.json({ kind: "Status", code: 404, reason: "NotFound" }, { status: 404 });
      if (!path.endsWith("/log")) return Response.json(pod);
      const { text, cut } = answers[asked++] ?? { text: "" };
      return new Response(
        new ReadableStream<Uint8Array>({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(text));
            if (!cut) controller.close();
          },
          pull(controller) {
            if (cut) controller.error(new TypeError("the socket was closed"));
          },
        }),
      );
    },
  };
  return { cluster, clock };
}

const pod: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", uid: "1" },
  status: { containerStatuses: [{ name: "main", restartCount: 0, containerID: "c", state: { running: {} } }] },
};

async function followed({ cluster, clock }: ReturnType<typeof server>): Promise<readonly string[]> {
  const lines: string[] = [];
  const view = { pod: () => pod, changed: () => new Promise<void>(() => undefined) };
  const following = followLog(cluster, target, { view, clock, onLine: (text) => lines.push(text) }, never);
  let over = false;
  const done = following.finally(() => {
    over = true;
  });
  while (!over) await Promise.race([done, clock.advance(100)]);
  await done;
  return lines;
}

test("a connection that broke is opened again before the pod can be gone", async () => {
  const said = await followed(
    server([
      { text: line(1, "working") + line(2, "stop").slice(0, -3), cut: true },
      { text: line(1, "working") + line(2, "stop") + line(3, "bye") },
    ]),
  );
  expect(said).toEqual(["working", "stop", "bye"]);
});

test("the begin of a line is handed on where the pod is gone by then", async () => {
  const said = await followed(server([{ text: `${line(1, "working")}2030-01-01T00:00:02.5Z goodb`, cut: true }], 1));
  expect(said).toEqual(["working", "goodb"]);
});

test("a last line without a line end is a line, although its container was still running when the log was asked for", async () => {
  expect(await followed(server([{ text: line(1, "bye").trimEnd() }], 1))).toEqual(["bye"]);
});

test("where the container is not started again, the reading ends with its last line, although the pod stays", async () => {
  const ended: KubeObject = {
    ...pod,
    status: {
      containerStatuses: [{ name: "main", restartCount: 0, containerID: "c", state: { terminated: { exitCode: 0 } } }],
    },
  };
  const lines: string[] = [];
  const cluster: Cluster = {
    ...server([]).cluster,
    fetch: async (path) =>
      path.endsWith("/log") ? new Response(line(1, "working") + line(2, "bye")) : Response.json(ended),
  };
  const view = { pod: () => ended, changed: () => new Promise<void>(() => undefined) };
  await followLog(cluster, target, { view, untilEnded: true, onLine: (text) => lines.push(text) }, never);
  expect(lines).toEqual(["working", "bye"]);
});
