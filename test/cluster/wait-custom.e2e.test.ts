/** Objects of a kind of one's own: with the test in the place of their controller, and without any. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { KubeObject } from "../../src/cluster/cluster.ts";
import { applyObject } from "../../src/cluster/objects/apply.ts";
import { deleteObject, getObject } from "../../src/cluster/objects/objects.ts";
import { kindOf, refOf } from "../../src/cluster/objects/resources.ts";
import { waitReady } from "../../src/cluster/wait/wait.ts";
import { eventually } from "../rig/eventually.ts";
import { kubectl } from "../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../rig/proxied-cluster.ts";

const signal = new AbortController().signal;
const deadlineMs = 600_000;
let at: ProxiedCluster;
let group: string;
beforeAll(async () => {
  at = await proxiedCluster("custom");
  group = `${at.namespace}.example.com`;
  await apply(definition());
  await kindOf(at.cluster, `${group}/v1`, "Thing", signal, 30_000);
});
afterAll(async () => {
  await deleteObject(at.cluster, refOf(definition()), {}, signal);
  await at[Symbol.asyncDispose]();
});

function definition(): KubeObject {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things", singular: "thing", listKind: "ThingList" },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema }],
    },
  };
}

const thing = (name: string, spec: object = {}): KubeObject => ({
  apiVersion: `${group}/v1`,
  kind: "Thing",
  metadata: { name, namespace: at.namespace },
  spec,
});

async function apply(object: KubeObject) {
  const live = await getObject(at.cluster, refOf(object), signal);
  return applyObject(at.cluster, object, live, { manager: "devloop", force: true }, signal);
}

async function applied(object: KubeObject) {
  const { uid, generation } = (await apply(object)).object.metadata;
  return { ...refOf(object), uid, generation };
}

/** What its controller would write. */
const tell = (name: string, status: object) =>
  kubectl([
    ...["-n", at.namespace, "patch", `things.${group}`, name, "--subresource=status"],
    ...["--type=merge", "-p", JSON.stringify({ status })],
  ]);

test("its controller's words are waited for, and Ready wins over an attempt that failed", async () => {
  const said: string[] = [];
  const waiting = waitReady(
    at.cluster,
    [await applied(thing("told", { size: 1 }))],
    { deadlineMs, onChange: (_, { state, message }) => said.push(`${state}: ${message}`) },
    signal,
  );
  waiting.catch(() => undefined);
  await eventually("a look", () => said[0]);
  await tell("told", { observedGeneration: 1, conditions: [{ type: "Ready", status: "False", message: "working" }] });
  await eventually("the controller's words", () => said.includes("progressing: working") || undefined);
  await tell("told", {
    conditions: [
      { type: "Failed", status: "True", reason: "RetryLater" },
      { type: "Ready", status: "True" },
    ],
  });
  await waiting;
  expect(said).toEqual([
    "progressing: waiting for its controller to look at it",
    "progressing: working",
    "ready: is ready",
  ]);
});

test("where no controller looks it is taken for ready after a few seconds", async () => {
  const said: string[] = [];
  const onChange = (_: unknown, { state }: { state: string }) => said.push(state);
  await waitReady(at.cluster, [await applied(thing("alone"))], { deadlineMs, onChange }, signal);
  expect(said).toEqual(["progressing", "ready"]);
});

test("a namespace that is being deleted is named where it refuses an object", async () => {
  const name = `${at.namespace}-ending`;
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: name } };
  await kubectl(["create", "namespace", name]);
  try {
    await apply({ ...map, metadata: { ...map.metadata, finalizers: ["example.com/held"] } });
    await kubectl(["delete", "namespace", name, "--wait=false"]);
    const other = { ...map, metadata: { name: "other", namespace: name } };
    const thrown = await eventually("a refusal", async () => {
      const result = await apply(other).catch((error: unknown) => error);
      return result instanceof Error ? result : undefined;
    });
    expect(thrown).toMatchObject({
      diagnostics: [{ suggestion: expect.stringContaining(`the namespace ${name} is being deleted`) }],
    });
  } finally {
    await kubectl(["-n", name, "patch", "configmap", "m", "--type=merge", "-p", '{"metadata":{"finalizers":null}}']);
  }
});
