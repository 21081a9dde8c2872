import { afterAll, beforeAll, expect, test } from "bun:test";
import type { KubeObject, ObjectRef } from "../../../src/cluster/cluster.ts";
import { applyObject } from "../../../src/cluster/objects/apply.ts";
import { getObject } from "../../../src/cluster/objects/objects.ts";
import { refOf } from "../../../src/cluster/objects/resources.ts";
import { type WaitOptions, waitReady } from "../../../src/cluster/wait/wait.ts";
import type { Diagnostic } from "../../../src/diag/diagnostic.ts";
import { Failure } from "../../../src/diag/failure.ts";
import { contentReference } from "../../../src/image/reference.ts";
import { eventually } from "../../rig/eventually.ts";
import { busyboxesOnNode, busyboxOnNode, deliverToNodes, type NodeImage } from "../../rig/image-on-node.ts";
import { kubectl } from "../../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";
import { scratchImages } from "../../rig/scratch-image.ts";

const signal = new AbortController().signal;
let at: ProxiedCluster;
let image: NodeImage;
beforeAll(async () => {
  [at, image] = await Promise.all([proxiedCluster("wait"), busyboxOnNode("wait")]);
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  await image[Symbol.asyncDispose]();
});

const serve = ["/bin/busybox", "httpd", "-f", "-p", "8080"];
const sh = (script: string) => ["/bin/busybox", "sh", "-c", script];
/** Far beyond what anything here takes: a failure that comes at all comes before it. */
const deadlineMs = 600_000;

/** Ready once the test has made the file in the container. */
const readyWith = (file: string) => ({
  readinessProbe: { exec: { command: ["/bin/busybox", "test", "-e", file] }, periodSeconds: 1, timeoutSeconds: 30 },
});
/** Without a probe a container counts as ready for as long as it takes to crash. */
const neverReady = { readinessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 3600 } };
const touch = (name: string, file: string) =>
  eventually(`${file} in ${name}`, () =>
    kubectl(["-n", at.namespace, "exec", `deployment/${name}`, "--", "/bin/busybox", "touch", file]),
  );

function pod(container: object, more: object = {}) {
  const main = { name: "main", image: image.reference, command: serve, ...container };
  return { terminationGracePeriodSeconds: 0, containers: [main], ...more };
}

function deployment(name: string, container: object = {}, more: object = {}, spec: object = {}): KubeObject {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: pod(container, more) };
  const metadata = { name, namespace: at.namespace };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: { selector: { matchLabels: labels }, template, ...spec },
  };
}

function job(name: string, command: readonly string[], spec: object = {}): KubeObject {
  const template = { spec: pod({ command }, { restartPolicy: "Never" }) };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: at.namespace },
    spec: { template, ...spec },
  };
}

async function applied(object: KubeObject): Promise<ObjectRef> {
  const live = await getObject(at.cluster, refOf(object), signal);
  await applyObject(at.cluster, object, live, { manager: "devloop", force: true }, signal);
  return refOf(object);
}

async function waitFor(objects: readonly KubeObject[], options: Partial<WaitOptions> = {}): Promise<readonly string[]> {
  const said: string[] = [];
  const refs = await Promise.all(objects.map(applied));
  const onChange: WaitOptions["onChange"] = (ref, judgement, pending, total) =>
    said.push(`${ref.kind}/${ref.name} ${judgement.state}: ${judgement.message} [${pending}/${total}]`);
  await waitReady(at.cluster, refs, { deadlineMs, onChange, ...options }, signal);
  return said;
}

async function failing(object: KubeObject, options: Partial<WaitOptions> = {}): Promise<Diagnostic> {
  const thrown = await waitFor([object], options).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Failure);
  await kubectl(["-n", at.namespace, "delete", object.kind, object.metadata.name, "--wait=false"]);
  return (thrown as Failure).diagnostics[0] as Diagnostic;
}

test("workloads of every kind become ready by watches alone", async () => {
  at.proxy.forget();
  const labels = { app: "set" };
  const set = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod({}) } };
  const metadata = { name: "set", namespace: at.namespace };
  // A list and a watch for each of: the five kinds, replica sets and events; pods are waited for and explain.
  const reads = () => at.proxy.requests.filter((r) => r.method === "GET" && !/\/(good|set|single)$/.test(r.path));
  const waiting = waitFor([
    deployment("good", readyWith("/ready")),
    { apiVersion: "apps/v1", kind: "StatefulSet", metadata, spec: { ...set, serviceName: "set" } },
    { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: set },
    { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: "single" }, spec: pod({}) },
    job("good", sh("exit 0")),
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} },
    { apiVersion: "v1", kind: "Service", metadata, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata,
      spec: { defaultBackend: { service: { name: "set", port: { number: 80 } } } },
    },
  ]);
  await Promise.race([eventually("every watch", () => reads().length >= 14 || undefined), waiting]);
  await touch("good", "/ready");
  const said = await waiting;
  expect(said).toContainEqual(expect.stringMatching(/^Deployment\/good ready: is ready \[\d\/5\]$/));
  expect(said.filter((line) => /^\S+ ready: /.test(line)).toSorted()).toEqual([
    expect.stringContaining("DaemonSet/set "),
    expect.stringContaining("Deployment/good "),
    expect.stringContaining("Job/good "),
    expect.stringContaining("Pod/single "),
    expect.stringContaining("StatefulSet/set "),
  ]);
  expect(said.at(-1)).toEndWith("[0/5]");
  expect(reads()).toHaveLength(14);
});

test("a change is never ready on the old generation", async () => {
  await waitFor([deployment("again", {}, {}, { strategy: { type: "Recreate" } })]);
  const said = await waitFor([
    deployment("again", { env: [{ name: "N", value: "2" }] }, {}, { strategy: { type: "Recreate" } }),
  ]);
  expect(said.length).toBeGreaterThan(1);
  expect(said[0]).toContain("progressing");
  expect(said.at(-1)).toContain("ready: is ready");
});

test("an image that cannot be pulled", async () => {
  const d = await failing(deployment("noimage", { image: "none.invalid/none:1" }));
  expect(d.message).toStartWith(
    `deployment/noimage in namespace ${at.namespace}: container main cannot pull the image none.invalid/none:1: `,
  );
  expect(d.message).toContain("none.invalid");
  expect(d.suggestion).toContain("image's name and tag");
});

test("a crash at start, with its last log lines", async () => {
  const command = sh("for i in $(/bin/busybox seq 1 30); do echo line $i; done; exit 3");
  const d = await failing(deployment("crash", { command, ...neverReady }));
  expect(d.message).toBe(`deployment/crash in namespace ${at.namespace}: container main crashed with exit code 3`);
  expect(d.details).toEqual(Array.from({ length: 20 }, (_, i) => `main: line ${i + 11}`));
});

test("a command that is not in the image, and a missing ConfigMap", async () => {
  const absent = await failing(deployment("absent", { command: ["/not/there"] }));
  expect(absent.message).toContain("container main cannot start: ");
  expect(absent.message).toContain("/not/there");
  const config = await failing(deployment("config", { envFrom: [{ configMapRef: { name: "missing" } }] }));
  expect(config.message).toBe(
    `deployment/config in namespace ${at.namespace}: container main cannot start: configmap "missing" not found`,
  );
});

test("no node to run on, with the scheduler's words", async () => {
  const d = await failing(deployment("nonode", {}, { nodeSelector: { nowhere: "true" } }));
  expect(d.message).toMatch(
    /^deployment\/nonode in namespace \S+: pod nonode-\S+ cannot be scheduled: 0\/\d nodes are available: /,
  );
  expect(d.suggestion).toContain("node selector");
});

test("a probe that fails is named at the deadline, and a liveness probe when it has killed twice", async () => {
  const probe = (path: string) => ({ httpGet: { path, port: 8080 }, periodSeconds: 1, failureThreshold: 1 });
  const late = await failing(deployment("unready", { readinessProbe: probe("/nope") }), { deadlineMs: 15_000 });
  expect(late.message).toContain("was not ready within 15 s: container main is not ready: readiness probe failed");
  expect(late.message).toContain("404");
  const killed = await failing(deployment("killed", { livenessProbe: probe("/nope"), readinessProbe: probe("/nope") }));
  expect(killed.message).toContain("is restarted: liveness probe failed");
});

test("a single kill by a liveness probe is a slow start: the container that comes up after it is ready", async () => {
  const volume = { volumeMounts: [{ name: "kept", mountPath: "/kept" }] };
  // The first life never serves; the second finds the file of the first.
  const script =
    "[ -e /kept/once ] && exec /bin/busybox httpd -f -p 8080; /bin/busybox touch /kept/once; /bin/busybox sleep 3600";
  const livenessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 2, failureThreshold: 1 };
  const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
  const said = await waitFor([
    deployment(
      "slow-once",
      { command: sh(script), livenessProbe, readinessProbe, ...volume },
      { volumes: [{ name: "kept", emptyDir: {} }] },
    ),
  ]);
  expect(said.at(-1)).toContain("ready: is ready");
  expect(said.filter((line) => /^\S+ failed: /.test(line))).toEqual([]);
});

test("a container without a probe that crashes at once is never ready", async () => {
  const names = ["1", "2", "3"].map((n) => `brief-${n}`);
  const states: string[] = [];
  const onChange: WaitOptions["onChange"] = (_, { state }) => states.push(state);
  const ended = await Promise.all(
    names.map((name) => failing(deployment(name, { command: sh("echo boom; exit 1") }), { onChange })),
  );
  for (const { message, details } of ended) {
    expect(message).toContain("container main crashed with exit code 1");
    expect(details).toContain("main: boom");
  }
  expect(states).not.toContain("ready");
});

test("a Pod whose image is changed is ready by its new container alone", async () => {
  const name = "in-place";
  // The image of two layers ends at once, with the same command.
  await using images = await busyboxesOnNode("in-place", [[1], [1], [1, 1]]);
  const command = sh("[ -e /data1/layer1 ] && exit 1; exec /bin/busybox sleep 3600");
  const one = (nth: number): KubeObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: at.namespace },
    spec: pod({ command, image: images.references[nth] }),
  });
  await waitFor([one(0)]);
  const containers: string[] = [];
  const run = async (nth: number) => {
    const was = await getObject(at.cluster, refOf(one(nth)), signal);
    await applyObject(at.cluster, one(nth), was, { manager: "devloop", force: true }, signal);
    await waitReady(at.cluster, [{ ...refOf(one(nth)), was }], { deadlineMs }, signal);
    const now = await getObject(at.cluster, refOf(one(nth)), signal);
    for (const seen of [was, now]) containers.push(seen?.status.containerStatuses[0].containerID);
  };
  await run(1);
  expect(containers).toHaveLength(2);
  expect(containers[1]).not.toBe(containers[0]);
  await expect(run(2)).rejects.toThrow("container main crashed with exit code 1");
});

test("a failure to pull from before the delivery is no failure of the image that is there now", async () => {
  await using stack = new AsyncDisposableStack();
  const images = stack.use(await scratchImages("late"));
  const id = await images.build("late", [1]);
  const reference = contentReference(images.repository("late"), id);
  const one = deployment("late-image", { image: reference, command: serve, ...readyWith("/bin/busybox") });
  await applied(one);
  const reason = "jsonpath={.items[0].status.containerStatuses[0].state.waiting.reason}";
  await eventually("the kubelet backs off", async () => {
    const said = await kubectl(["-n", at.namespace, "get", "pod", "-l", "app=late-image", "-o", reason]);
    return said === "ImagePullBackOff" || undefined;
  });
  await deliverToNodes({ id, name: reference }, stack);
  const was = await getObject(at.cluster, refOf(one), signal);
  const { uid, generation } = was?.metadata ?? {};
  const said: string[] = [];
  await waitReady(
    at.cluster,
    [{ ...refOf(one), uid, generation, was, delivered: [reference] }],
    { deadlineMs, onChange: (_, { state, message }) => said.push(`${state}: ${message}`) },
    signal,
  );
  expect(said[0]).toStartWith("progressing: container main waits for the kubelet to try again");
  expect(said.at(-1)).toBe("ready: is ready");
});

test("a Job that fails says how its pod ended", async () => {
  const d = await failing(job("bad", sh("echo giving up; exit 7"), { backoffLimit: 0 }));
  expect(d.message).toContain("container main crashed with exit code 7");
  expect(d.details).toContain("main: giving up");
});

test("pods that the namespace's quota refuses", async () => {
  const metadata = { name: "none", namespace: at.namespace };
  const quota = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata,
    spec: { hard: { "count/configmaps": "100", "requests.cpu": "0" } },
  };
  await applied(quota);
  const d = await failing(deployment("refused", { resources: { requests: { cpu: "1" } } }));
  expect(d.message).toContain("its pods are refused: ");
  expect(d.message).toContain("exceeded quota");
  await kubectl(["-n", at.namespace, "delete", "resourcequota", "none"]);
});

test("failures are tolerated up to the deadline, and a fix meanwhile ends well", async () => {
  const ref = await applied(deployment("mended", { command: sh("exit 1"), ...neverReady }));
  const states: string[] = [];
  let mending: Promise<unknown> | undefined;
  const onChange: WaitOptions["onChange"] = (_, judgement) => {
    states.push(judgement.state);
    if (judgement.state === "failed") mending ??= applied(deployment("mended", { command: serve }));
  };
  await waitReady(at.cluster, [ref], { deadlineMs, tolerateFailures: true, onChange }, signal);
  await mending;
  expect(states).toContain("failed");
  expect(states.at(-1)).toBe("ready");
});

test("an object that was ready once and breaks while others are waited for fails the wait", async () => {
  // Once told to end it ends at every start.
  const script = "until [ -e /told/end ]; do /bin/busybox usleep 100000; done; exit 5";
  const mounted = { volumeMounts: [{ name: "told", mountPath: "/told" }] };
  const brief = deployment("brief", { command: sh(script), ...mounted }, { volumes: [{ name: "told", emptyDir: {} }] });
  const slow = deployment("slow", neverReady);
  const refs = await Promise.all([brief, slow].map(applied));
  const states: string[] = [];
  const onChange: WaitOptions["onChange"] = (ref, judgement) => ref.name === "brief" && states.push(judgement.state);
  const waiting = waitReady(at.cluster, refs, { deadlineMs, onChange }, signal);
  waiting.catch(() => undefined);
  await eventually("it is ready", () => states.includes("ready") || undefined);
  await touch("brief", "/told/end");
  await expect(waiting).rejects.toThrow(
    `deployment/brief in namespace ${at.namespace}: container main crashed with exit code 5`,
  );
});

test("a cancelled wait ends at once with the signal's reason", async () => {
  const cancel = new AbortController();
  const ref = await applied(deployment("cancelled", {}, { nodeSelector: { nowhere: "true" } }));
  const seen = Promise.withResolvers<void>();
  const waiting = waitReady(at.cluster, [ref], { deadlineMs, onChange: () => seen.resolve() }, cancel.signal);
  await seen.promise;
  cancel.abort(new Error("superseded"));
  await expect(waiting).rejects.toThrow("superseded");
});

test("an object that is deleted while it is waited for", async () => {
  const ref = await applied(deployment("deleted", {}, { nodeSelector: { nowhere: "true" } }));
  let deleting: Promise<string> | undefined;
  const onChange = () => {
    deleting ??= kubectl(["-n", at.namespace, "delete", "deployment", "deleted", "--wait=false"]);
  };
  await expect(waitReady(at.cluster, [ref], { deadlineMs, onChange }, signal)).rejects.toThrow("was deleted");
  await deleting;
});

test("watches that are cut and histories that expire go unnoticed by a wait", async () => {
  const gone = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", code: 410 };
  at.proxy.rule("GET", /deployments\?.*watch=1/, { kind: "answer", status: 410, body: gone }, 1);
  at.proxy.rule("GET", /pods\?.*watch=1/, { kind: "cut", after: 500 }, 2);
  const troubles: string[] = [];
  const states: string[] = [];
  at.proxy.forget();
  const waiting = waitFor([deployment("cut", readyWith("/ready"))], {
    onTrouble: (trouble) => troubles.push(trouble.kind),
    onChange(_, { state }) {
      states.push(state);
      if (state !== "ready") at.proxy.cut(/deployments/);
    },
  });
  // A cut shows as an error or as an early end; either way the watch is opened again, and no loss is left standing.
  const opened = (kind: string) =>
    at.proxy.requests.filter(({ path, query }) => path.endsWith(`/${kind}`) && query.get("watch") === "1").length;
  const count = (kind: string) => troubles.filter((trouble) => trouble === kind).length;
  const whole = () => opened("deployments") > 1 && opened("pods") > 1 && count("restored") === count("lost");
  await Promise.race([eventually("watches that were cut and opened again", () => whole() || undefined), waiting]);
  await touch("cut", "/ready");
  await waiting;
  expect(states.at(-1)).toBe("ready");
  expect(states).not.toContain("failed");
});
