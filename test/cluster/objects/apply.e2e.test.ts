import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { ApiError } from "../../../src/cluster/connect/api-error.ts";
import { type ApplyOptions, applyObject } from "../../../src/cluster/objects/apply.ts";
import { applyRecord, drift } from "../../../src/cluster/objects/drift.ts";
import { managerEntries } from "../../../src/cluster/objects/managed-fields.ts";
import { getObject, listObjects } from "../../../src/cluster/objects/objects.ts";
import { lastAppliedAnnotation } from "../../../src/cluster/objects/ownership.ts";
import { kubectl } from "../../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";

const signal = new AbortController().signal;
const forced: ApplyOptions = { manager: "devloop", force: true };
let at: ProxiedCluster;
beforeAll(async () => {
  at = await proxiedCluster("apply");
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(() => at.proxy.forget());

function configMap(name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: at.namespace }, data };
}

function service(name: string, ports: readonly object[], more: object = {}): KubeObject {
  const metadata = { name, namespace: at.namespace };
  return { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { app: name }, ports, ...more } };
}

function deployment(name: string, container: object, more: object = {}): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: at.namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "main", image: "none.invalid/none", ...container }] },
      },
      ...more,
    },
  };
}

const apply = (object: KubeObject, live: KubeObject | undefined, options = forced) =>
  applyObject(at.cluster, object, live, options, signal);
const live = (object: KubeObject) =>
  getObject(at.cluster, { ...object, name: object.metadata.name, namespace: at.namespace }, signal);
const byHand = (args: readonly string[], object?: KubeObject) =>
  kubectl(["-n", at.namespace, ...args], object ? JSON.stringify(object) : "");

test("a new object is one write and no other request; the same again is none", async () => {
  const object = configMap("new", { a: "1" });
  const first = await apply(object, undefined);
  expect(first.result).toBe("created");
  expect(at.proxy.requests.map((r) => r.method)).toEqual(["PATCH"]);
  at.proxy.forget();
  expect((await apply(object, first.object)).result).toBe("unchanged");
  expect(at.proxy.writes()).toEqual([]);
});

test("the record of an apply proves that nothing changed, and sees every change by hand", async () => {
  const made = await apply(deployment("drift", {}), undefined);
  const map = configMap("drift", { a: "1", b: "2" });
  const mapMade = await apply(map, undefined);
  const record = applyRecord(deployment("drift", {}), made.object, "devloop");
  const mapRecord = applyRecord(map, mapMade.object, "devloop");
  const look = async (object: KubeObject, known: typeof record | undefined) =>
    drift(object, await live(object), known, "devloop");
  expect(await look(deployment("drift", {}), record)).toBe("equal");
  expect(await look(map, mapRecord)).toBe("equal");
  expect(await look(map, undefined)).toBe("unknown");
  expect(await look(configMap("drift", { a: "1" }), mapRecord)).toBe("changed");

  await byHand(["annotate", "configmap", "drift", "somebody=else"]);
  expect(await look(map, mapRecord)).toBe("equal");
  await byHand(["patch", "configmap", "drift", "-p", '{"data":{"b":"by hand"}}']);
  expect(await look(map, mapRecord)).toBe("changed");
  await byHand(["scale", "deployment", "drift", "--replicas=1"]);
  expect(await look(deployment("drift", {}), record)).toBe("changed");
  await byHand(["delete", "configmap", "drift"]);
  expect(await look(map, mapRecord)).toBe("changed");

  const scaled = await live(deployment("drift", {}));
  const repaired = await apply(deployment("drift", {}), scaled);
  expect(repaired.result).toBe("configured");
  expect(repaired.object.spec.replicas).toBe(0);
});

test("objects of a client-side apply are taken over: the port changes, the removed fields go", async () => {
  const before = service("csa", [{ name: "http", port: 80 }], { sessionAffinity: "ClientIP" });
  const map = configMap("csa", { kept: "1", removed: "2" });
  await byHand(["apply", "-f", "-"], before);
  await byHand(["apply", "-f", "-"], map);

  const changed = service("csa", [{ name: "http", port: 8080 }]);
  const found = await live(changed);
  const preview = await apply(changed, found, { ...forced, dryRun: true });
  expect((preview.object.spec.ports as { port: number }[]).map((p) => p.port)).toEqual([8080]);
  expect(await live(changed)).toEqual(found as KubeObject);
  const after = await apply(changed, found);
  expect(after.result).toBe("configured");
  const ports = (after.object.spec.ports as { port: number }[]).map((p) => p.port);
  expect(ports).toEqual([8080]);
  expect(after.object.spec.sessionAffinity).toBe("None");
  expect(after.object.spec.clusterIP).toBe(found?.spec.clusterIP);
  expect(after.object.metadata.annotations?.[lastAppliedAnnotation]).toBeUndefined();
  expect(managerEntries(after.object).map((e) => [e.manager, e.operation])).toEqual([["devloop", "Apply"]]);

  const smaller = configMap("csa", { kept: "1" });
  expect((await apply(smaller, await live(smaller))).object.data).toEqual({ kept: "1" });
  at.proxy.forget();
  expect((await apply(smaller, await live(smaller))).result).toBe("unchanged");
  expect(at.proxy.writes()).toEqual([]);
});

test("a take-over that meets another writer is made for the version that it met", async () => {
  const map = configMap("raced", { kept: "1", removed: "2" });
  await byHand(["apply", "-f", "-"], map);
  const stale = await live(map);
  await byHand(["label", "configmap", "raced", "met=1"]);
  const smaller = configMap("raced", { kept: "1" });
  const after = await apply(smaller, stale);
  expect(after.object.data).toEqual({ kept: "1" });
  expect(after.object.metadata.labels).toEqual({ met: "1" });
});

test("without force, a conflict names the other manager and its fields, and nothing is written", async () => {
  await byHand(
    ["apply", "--server-side", "--field-manager=colleague", "-f", "-"],
    configMap("shared", { a: "theirs" }),
  );
  const ours = configMap("shared", { a: "ours" });
  const refused = await apply(ours, await live(ours), { manager: "devloop", force: false }).catch((e) => e);
  expect(refused).toBeInstanceOf(ApiError);
  expect(refused.reason).toBe("Conflict");
  expect(refused.message).toBe(
    `cannot apply configmap/shared in namespace ${at.namespace}: "colleague" manages .data.a`,
  );
  expect((await live(ours))?.data).toEqual({ a: "theirs" });
  expect((await apply(ours, await live(ours))).object.data).toEqual({ a: "ours" });
});

test("a key twice, refused by server-side apply, goes the three-way path with one notice", async () => {
  const twice = deployment("twice", {
    env: [
      { name: "A", value: "1" },
      { name: "A", value: "2" },
    ],
  });
  const made = await apply(twice, undefined);
  expect(made.result).toBe("created");
  expect(made.notice).toContain('env: duplicate entries for key [name="A"]');
  at.proxy.forget();
  const again = await apply(twice, await live(twice));
  expect(again.result).toBe("unchanged");
  expect(at.proxy.writes()).toEqual([]);

  const record = applyRecord(twice, again.object, "devloop");
  expect(drift(twice, await live(twice), record, "devloop")).toBe("equal");

  const less = { ...twice, metadata: { ...twice.metadata, labels: { tier: "x" } } };
  expect((await apply(less, await live(less))).object.metadata.labels).toEqual({ tier: "x" });
  const gone = await apply(twice, await live(twice));
  expect(gone.object.metadata.labels).toBeUndefined();

  const clean = deployment("twice", { env: [{ name: "A", value: "3" }] });
  const cleaned = await apply(clean, await live(clean));
  expect(cleaned.notice).toBeUndefined();
  expect(cleaned.object.spec.template.spec.containers[0].env).toEqual([{ name: "A", value: "3" }]);
});

test("a client-side object with a key twice is taken over once the manifest is clean", async () => {
  const twice = deployment("csatwice", {
    env: [
      { name: "A", value: "1" },
      { name: "A", value: "2" },
    ],
  });
  await byHand(["apply", "-f", "-"], twice);
  const clean = deployment("csatwice", { env: [{ name: "A", value: "2" }] });
  const after = await apply(clean, await live(clean));
  expect(after.object.spec.template.spec.containers[0].env).toEqual([{ name: "A", value: "2" }]);
});

test("fixed fields and invalid objects are told apart, before anything is written", async () => {
  await apply(deployment("fixed", {}), undefined);
  const moved = deployment("fixed", {}, { selector: { matchLabels: { app: "fixed", more: "1" } } });
  (moved.spec.template.metadata.labels as Record<string, string>).more = "1";
  const found = await live(moved);
  at.proxy.forget();
  const refused = await apply(moved, found).catch((e) => e);
  expect(refused.reason).toBe("Immutable");
  const invalid = await apply(deployment("fixed", { ports: [{ containerPort: 99999 }] }), found).catch((e) => e);
  expect(invalid.reason).toBe("Invalid");
  expect(invalid.message).toContain("must be between 1 and 65535");
  expect(at.proxy.writes()).toEqual([]);
});

test("a kind that nobody serves and a namespace that is not there are plain errors", async () => {
  const metadata = { name: "x", namespace: at.namespace };
  const unknown = await apply({ apiVersion: "none.example.com/v1", kind: "Thing", metadata }, undefined).catch(
    (e) => e,
  );
  expect(unknown.message).toBe("Thing of none.example.com/v1: the cluster does not serve this kind");
  const nowhere = configMap("x", {});
  const lost = await apply({ ...nowhere, metadata: { name: "x", namespace: "not-there" } }, undefined).catch((e) => e);
  expect(lost.reason).toBe("NotFound");
  expect(lost.message).toContain('namespaces "not-there" not found');
});

test("an apply survives lost answers, races and a busy server, and is one object", async () => {
  const object = configMap("faulty", { a: "1" });
  at.proxy.rule("PATCH", /configmaps\/faulty/, { kind: "lose-answer" }, 1);
  const busy = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "TooManyRequests", code: 429 };
  at.proxy.rule("PATCH", /configmaps\/faulty/, { kind: "answer", status: 429, body: busy, retryAfter: 0 }, 2);
  const race = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "Conflict",
    message: "modified",
    code: 409,
  };
  at.proxy.rule("PATCH", /configmaps\/faulty/, { kind: "answer", status: 409, body: race }, 1);
  await apply(object, undefined);
  expect((await live(object))?.data).toEqual({ a: "1" });
  expect(at.proxy.count("PATCH", /faulty/)).toBe(5);
});

test("a dry run tells what would happen and does nothing", async () => {
  const object = configMap("dry", { a: "1" });
  expect((await apply(object, undefined, { ...forced, dryRun: true })).result).toBe("created");
  expect(await live(object)).toBeUndefined();
  const made = await apply(object, undefined);
  const changed = configMap("dry", { a: "2" });
  expect((await apply(changed, made.object, { ...forced, dryRun: true })).result).toBe("configured");
  const listed = await listObjects(
    at.cluster,
    { apiVersion: "v1", kind: "ConfigMap", namespace: at.namespace },
    signal,
  );
  expect(listed.items.find((item) => item.metadata.name === "dry")?.data).toEqual({ a: "1" });
});

test("objects of every ordinary kind, applied twice, are unchanged the second time, by both proofs", async () => {
  const metadata = { name: "kinds", namespace: at.namespace };
  const labels = { app: "kinds" };
  const container = {
    name: "c",
    image: "none.invalid/none",
    resources: { limits: { cpu: "1000m", memory: "1024Mi" } },
  };
  const template = { metadata: { labels }, spec: { containers: [container], securityContext: {} } };
  const work = { selector: { matchLabels: labels }, template };
  const jobTemplate = { spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } } };
  const backend = { service: { name: "kinds", port: { number: 80 } } };
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "kinds" };
  const objects: KubeObject[] = [
    { apiVersion: "v1", kind: "Secret", metadata, stringData: { a: "1" }, data: { b: btoa("2") } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata,
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } },
    },
    service(
      "kinds",
      [
        { name: "a", port: 80 },
        { name: "b", port: 81, protocol: "UDP", targetPort: "x" },
      ],
      { type: "NodePort" },
    ),
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { ...work, replicas: 0 } },
    { apiVersion: "apps/v1", kind: "StatefulSet", metadata, spec: { ...work, replicas: 0, serviceName: "kinds" } },
    { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { schedule: "0 0 1 1 *", jobTemplate } },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata,
      spec: { rules: [{ host: "a.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }] },
    },
    { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec: { podSelector: {}, ingress: [{}] } },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: { maxUnavailable: "50%", selector: { matchLabels: labels } },
    },
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata,
      spec: { maxReplicas: 2, scaleTargetRef },
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    },
  ];
  for (const object of objects) {
    const name = `${object.kind}`;
    const first = await apply(object, undefined);
    expect([name, first.result]).toEqual([name, "created"]);
    const record = applyRecord(object, first.object, "devloop");
    at.proxy.forget();
    const now = await live(object);
    expect([name, drift(object, now, record, "devloop")]).toEqual([name, "equal"]);
    expect([name, (await apply(object, now)).result]).toEqual([name, "unchanged"]);
    expect(at.proxy.writes()).toEqual([]);
  }
});

test("a custom resource right after its definition", async () => {
  const group = `${at.namespace}.example.com`;
  const schema = {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: { type: "object", properties: { size: { type: "integer", default: 3 }, name: { type: "string" } } },
      },
    },
  };
  const definition: KubeObject = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
  const widget = {
    apiVersion: `${group}/v1`,
    kind: "Widget",
    metadata: { name: "w", namespace: at.namespace },
    spec: { name: "x" },
  };
  await using gone = { [Symbol.asyncDispose]: async () => void (await kubectl(["delete", "crd", `widgets.${group}`])) };
  expect(gone).toBeDefined();
  await expect(apply(widget, undefined)).rejects.toThrow("does not serve this kind");
  await apply(definition, undefined);
  const made = await apply(widget, undefined, { ...forced, kindWaitMs: 20_000 });
  expect(made.object.spec).toEqual({ name: "x", size: 3 });
  expect((await apply(widget, made.object)).result).toBe("unchanged");
  const wrong = { ...widget, spec: { name: "x", colour: "red" } };
  await expect(apply(wrong, made.object)).rejects.toThrow("colour");
});
