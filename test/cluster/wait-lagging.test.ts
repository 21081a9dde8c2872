/** Waits that come to a watch which somebody else began: what it has not told of yet is neither absent nor done. */
import { expect, test } from "bun:test";
import type { Cluster, KubeObject } from "../../src/cluster/cluster.ts";
import { type AppliedRef, waitReady } from "../../src/cluster/wait/wait.ts";
import { eventually } from "../rig/eventually.ts";

const never = new AbortController().signal;
const path = "/apis/apps/v1/namespaces/default/deployments";
const deadlineMs = 600_000;

function deployment(name: string, uid: string, generation: number, observedGeneration = generation): KubeObject {
  const status = { observedGeneration, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  const conditions = [{ type: "Available", status: "True" }];
  const metadata = { name, namespace: "default", uid, generation, resourceVersion: String(generation) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: { replicas: 1 },
    status: { ...status, conditions },
  };
}

const ref = (name: string): AppliedRef => ({ apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name });

/** A server whose watch of Deployments says what the test says, and when. */
function server(listed: readonly KubeObject[], there: ReadonlyMap<string, KubeObject>) {
  const encoder = new TextEncoder();
  const opened = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
  const asked: string[] = [];
  const cluster: Cluster = {
    context: "lagging",
    namespace: "default",
    endpoint: { url: "https://lagging.example.com", tls: {}, headers: async () => ({}) },
    async fetch(target, { query, signal } = {}) {
      asked.push(target);
      const items = target === path ? listed : [];
      if (query?.watch === undefined && !target.startsWith(`${path}/`))
        return Response.json({ metadata: { resourceVersion: "1" }, items });
      if (query?.watch === undefined) {
        const object = there.get(target.slice(path.length + 1));
        return object ? Response.json(object) : Response.json({ reason: "NotFound", code: 404 }, { status: 404 });
      }
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          if (target === path) opened.resolve(controller);
          signal?.addEventListener("abort", () => controller.error(signal.reason), { once: true });
        },
      });
      return new Response(body);
    },
  };
  return {
    cluster,
    asked,
    async tell(type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject): Promise<void> {
      (await opened.promise).enqueue(encoder.encode(`${JSON.stringify({ type, object })}\n`));
    },
  };
}

/** Its states as they come; `ended` with the failure's words, or "". */
function wait(cluster: Cluster, of: AppliedRef) {
  const states: string[] = [];
  const waiting = Promise.withResolvers<void>();
  const onChange = (_ref: unknown, { state, message }: { readonly state: string; readonly message: string }) => {
    states.push(`${state}: ${message}`);
    waiting.resolve();
  };
  const ended = waitReady(cluster, [of], { deadlineMs, onChange }, never).then(
    () => "",
    (thrown: Error) => thrown.message,
  );
  return { states, ended, begun: waiting.promise };
}

/** Another wait, which holds the watch open. */
async function begun(at: ReturnType<typeof server>): Promise<ReturnType<typeof wait>> {
  const first = wait(at.cluster, ref("first"));
  await first.begun;
  return first;
}

const coming = "progressing: waiting for its new state to be told";

test("an object that was created a moment ago is waited for, not called absent", async () => {
  const first = deployment("first", "1", 1, 0);
  const at = server([first], new Map([["second", deployment("second", "2", 1, 0)]]));
  const other = await begun(at);
  const second = wait(at.cluster, { ...ref("second"), uid: "2", generation: 1 });
  await second.begun;
  expect(second.states).toEqual([coming]);
  await at.tell("ADDED", deployment("second", "2", 1));
  expect(await second.ended).toBe("");
  await at.tell("MODIFIED", deployment("first", "1", 1));
  expect(await other.ended).toBe("");
});

test("one that is gone by the time of the wait fails it", async () => {
  const at = server([deployment("first", "1", 1, 0)], new Map());
  const other = await begun(at);
  expect(await wait(at.cluster, { ...ref("second"), uid: "2" }).ended).toContain("does not exist");
  await at.tell("MODIFIED", deployment("first", "1", 1));
  await other.ended;
});

test.each([
  ["of an older generation", deployment("second", "2", 1)],
  ["that had its name before", deployment("second", "0", 7)],
])("a ready object %s is not what is waited for", async (_which, before) => {
  const first = deployment("first", "1", 1, 0);
  const at = server([first, before], new Map());
  const other = await begun(at);
  const second = wait(at.cluster, { ...ref("second"), uid: "2", generation: 2 });
  await second.begun;
  expect(second.states).toEqual([coming]);
  if (before.metadata.uid !== "2") {
    await at.tell("DELETED", before);
    await at.tell("MODIFIED", {
      ...first,
      spec: { replicas: 3 },
      status: { observedGeneration: 1, updatedReplicas: 1 },
    });
    await eventually("a look after the deletion", () => (other.states.length > 1 ? true : undefined));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await at.tell("MODIFIED", deployment("second", "2", 2, 1));
  await at.tell("MODIFIED", deployment("second", "2", 2));
  expect(await second.ended).toBe("");
  await at.tell("MODIFIED", deployment("first", "1", 1));
  await other.ended;
});

test("many waits at once do not list all at once", async () => {
  let open = 0;
  let most = 0;
  const answers: (() => void)[] = [];
  const ended = new AbortController();
  const cluster: Cluster = {
    context: "busy",
    namespace: "default",
    endpoint: { url: "https://busy.example.com", tls: {}, headers: async () => ({}) },
    async fetch(_target, { query } = {}) {
      if (query?.watch !== undefined) return new Promise<Response>(() => undefined);
      most = Math.max(most, ++open);
      await new Promise<void>((resolve) => answers.push(resolve));
      open--;
      return Response.json({ metadata: { resourceVersion: "1" }, items: [] });
    },
  };
  const waits = Array.from({ length: 100 }, (_, i) =>
    waitReady(cluster, [{ ...ref("web"), namespace: `n${i}` }], { deadlineMs }, ended.signal).catch(() => "failed"),
  );
  let answered = 0;
  await eventually("every wait has listed", () => {
    answered += answers.length;
    for (const answer of answers.splice(0)) answer();
    // Deployments, ReplicaSets, pods and events of each namespace.
    return answered >= 400 || undefined;
  });
  ended.abort();
  await Promise.all(waits);
  expect(most).toBeLessThanOrEqual(4 * 16);
});
