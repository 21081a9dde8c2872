import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { ownerLabel } from "../../src/deploy/apply/owner.ts";
import { eventually } from "../rig/eventually.ts";
import { getObject, kubectl } from "../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../rig/proxied-cluster.ts";
import { broken, DeployedProject } from "./deployed-project.ts";

let at: ProxiedCluster;
beforeAll(async () => {
  at = await proxiedCluster("deploy");
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(() => at.proxy.forget());

const byHand = (...args: string[]) => kubectl(["-n", at.namespace, ...args]);
const writes = () => at.proxy.writes().map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`);

const manifests = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 0
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: main
          image: acme/web
          envFrom: [{configMapRef: {name: ${name}}}]
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}}
data: {GREETING: hello}
---
apiVersion: v1
kind: Secret
metadata: {name: ${name}}
stringData: {password: very-secret-indeed}
`;
const images = { "acme/web": "acme/web:abc123" };

test("a second start writes nothing and asks once per kind; changes by hand are repaired, exactly these", async () => {
  await using project = await DeployedProject.open(at, { images });
  await project.write("k8s/app.yaml", manifests("plain"));
  const first = await project.mustDeploy();
  expect(
    first.events
      .filter((e) => e.type === "apply")
      .map((e) => `${e.object} ${e.result}`)
      .sort(),
  ).toEqual(["configmap/plain created", "deployment/plain created", "secret/plain created", "service/plain created"]);
  const deployment = await getObject(at.namespace, "deployment", "plain");
  expect(deployment.spec.template.spec.containers[0].image).toBe("acme/web:abc123");
  expect(deployment.metadata.labels[ownerLabel]).toMatch(/^[0-9a-f]{16}$/);
  expect(JSON.stringify(deployment.spec.template.metadata)).not.toContain("devloop");
  expect(first.ran).toHaveLength(5);
  expect(project.recorded(first.ran)).not.toContain("very-secret-indeed");

  at.proxy.forget();
  const second = await project.mustDeploy();
  expect(at.proxy.requests.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`).sort()).toEqual([
    "GET configmaps",
    "GET deployments",
    "GET kube-system",
    "GET secrets",
    "GET services",
  ]);
  expect(second.ran).toEqual([]);
  expect(second.events).toEqual([]);

  await byHand("patch", "configmap", "plain", "-p", '{"data":{"GREETING":"by hand"}}');
  await byHand("scale", "deployment", "plain", "--replicas=3");
  await byHand("delete", "service", "plain");
  at.proxy.forget();
  const third = await project.mustDeploy();
  expect(
    third.events
      .filter((e) => e.type === "apply")
      .map((e) => `${e.object} ${e.result}`)
      .sort(),
  ).toEqual(["configmap/plain configured", "deployment/plain configured", "service/plain created"]);
  expect(writes().sort()).toEqual(["PATCH configmaps/plain", "PATCH deployments/plain", "PATCH services/plain"]);
  expect((await getObject(at.namespace, "configmap", "plain")).data).toEqual({ GREETING: "hello" });
  expect((await getObject(at.namespace, "deployment", "plain")).spec.replicas).toBe(0);

  at.proxy.forget();
  await project.mustDeploy();
  expect(writes()).toEqual([]);
  project.loseRecords();
  at.proxy.forget();
  await project.mustDeploy();
  expect(writes()).toEqual([]);
});

test("what kubectl applied on the client side is taken over: the port changes, the removed field goes", async () => {
  await using project = await DeployedProject.open(at, { images });
  const service = (port: number, more = "") => `apiVersion: v1
kind: Service
metadata: {name: taken}
spec:
  selector: {app: taken}
  ports: [{name: http, port: ${port}}]
${more}`;
  await kubectl(["-n", at.namespace, "apply", "-f", "-"], service(80, "  sessionAffinity: ClientIP\n"));
  const before = await getObject(at.namespace, "service", "taken");
  await project.write("k8s/service.yaml", service(8080));
  await project.mustDeploy();
  const after = await getObject(at.namespace, "service", "taken");
  expect(after.spec.ports.map((port: { port: number }) => port.port)).toEqual([8080]);
  expect(after.spec.sessionAffinity).toBe("None");
  at.proxy.forget();
  await project.mustDeploy();
  expect(writes()).toEqual([]);

  const { result } = await project.cleanUp();
  expect(result).toMatchObject({ deleted: 0, restored: 1, failures: [] });
  const restored = await getObject(at.namespace, "service", "taken");
  expect(restored.metadata.uid).toBe(before.metadata.uid);
  expect(restored.spec).toEqual(before.spec);
  expect(restored.metadata.labels).toBeUndefined();
  expect(restored.metadata.annotations).toEqual(before.metadata.annotations);
});

test("with --server-side a conflict is an error that names the other manager and the manifest's line", async () => {
  await using project = await DeployedProject.open(at, { flags: { force: false } });
  const map = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: contested}\ndata: {a: ${value}}\n`;
  const theirs = ["-n", at.namespace, "apply", "--server-side", "--field-manager=colleague", "-f", "-"];
  await kubectl(theirs, map("theirs"));
  await project.write("k8s/map.yaml", map("ours"));
  const { failed } = await project.deploy();
  const [complaint] = [...failed.values()];
  expect(complaint?.message).toContain(`"colleague" manages .data.a`);
  expect(complaint?.at).toMatchObject({ file: "k8s/map.yaml", line: 1 });
  expect((await getObject(at.namespace, "configmap", "contested")).data).toEqual({ a: "theirs" });
});

test("an object of another owner stops the apply, unless it is to be adopted; then it outlives the clean-up", async () => {
  await using theirs = await DeployedProject.open(at, { user: "somebody" });
  await using ours = await DeployedProject.open(at);
  const map = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {a: ${value}}\n`;
  await theirs.write("k8s/map.yaml", map("theirs"));
  await ours.write("k8s/map.yaml", map("ours"));
  await theirs.mustDeploy();
  const { failed } = await ours.deploy();
  expect([...failed.values()][0]?.message).toContain("belongs to another devloop project or user");
  await ours.mustDeploy({ adopt: true });
  expect((await getObject(at.namespace, "configmap", "owned")).data).toEqual({ a: "ours" });
  const { result } = await ours.cleanUp();
  expect(result).toMatchObject({ deleted: 0, restored: 1 });
  expect((await getObject(at.namespace, "configmap", "owned")).data).toEqual({ a: "theirs" });
  expect((await theirs.cleanUp()).result).toMatchObject({ deleted: 1 });
});

test("an unchanged object is not touched when an image changes, and only what uses the image is applied", async () => {
  const mutable: Record<string, string> = { ...images };
  await using project = await DeployedProject.open(at, { images: mutable });
  await project.write("k8s/app.yaml", manifests("images"));
  await project.mustDeploy();
  mutable["acme/web"] = "acme/web:def456";
  at.proxy.forget();
  const runner = await project.mustDeploy();
  expect(runner.ran).toEqual([
    `apply:apps/Deployment/${at.namespace}/images`,
    `wait:apps/Deployment/${at.namespace}/images`,
  ]);
  expect(writes()).toEqual(["PATCH deployments/images"]);
});

test("an object that is still being deleted is waited for and made anew", async () => {
  await using project = await DeployedProject.open(at);
  const map = `apiVersion: v1
kind: ConfigMap
metadata: {name: ending, finalizers: [devloop.dev/test]}
data: {a: "1"}
`;
  await kubectl(["-n", at.namespace, "apply", "-f", "-"], map);
  await byHand("delete", "configmap", "ending", "--wait=false");
  await project.write("k8s/map.yaml", map.replace(", finalizers: [devloop.dev/test]", ""));
  const deploying = project.mustDeploy();
  await eventually("the deployment watches", () => at.proxy.count("GET", /configmaps$/) >= 2 || undefined);
  await byHand("patch", "configmap", "ending", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
  const runner = await deploying;
  expect(runner.events.filter((e) => e.type === "apply").map((e) => e.result)).toEqual(["created"]);
});

test("an image that cannot be delivered holds up its own connected set and nothing else", async () => {
  const two: Record<string, string> = { "acme/web": "acme/web:1", "acme/api": broken };
  await using project = await DeployedProject.open(at, { images: two });
  await project.write("k8s/good.yaml", manifests("good"));
  await project.write("k8s/held.yaml", manifests("held").replaceAll("acme/web", "acme/api"));
  const first = await project.deploy();
  const id = (kind: string, name: string) => `apply:${kind}/${at.namespace}/${name}`;
  expect(first.ran.filter((task) => task.startsWith("apply:")).toSorted()).toEqual(
    [
      id("ConfigMap", "good"),
      id("Secret", "good"),
      id("Secret", "held"),
      id("Service", "good"),
      id("Service", "held"),
      id("apps/Deployment", "good"),
    ].toSorted(),
  );
  expect(await getObject(at.namespace, "configmap", "held")).toBeUndefined();
  two["acme/api"] = "acme/api:1";
  const second = await project.mustDeploy();
  expect(second.ran.filter((task) => task.startsWith("apply:")).toSorted()).toEqual([
    id("ConfigMap", "held"),
    id("apps/Deployment", "held"),
  ]);
});

test("who may not list is asked for each object by name", async () => {
  await using project = await DeployedProject.open(at);
  const two = ["one", "two"].map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: unlisted-${name}}\n`);
  await project.write("k8s/maps.yaml", two.join("---\n"));
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Forbidden", code: 403 };
  const end = at.proxy.rule("GET", /configmaps\?/, { kind: "answer", status: 403, body });
  await project.mustDeploy();
  at.proxy.forget();
  await project.mustDeploy();
  end();
  expect(at.proxy.writes()).toEqual([]);
  expect(at.proxy.count("GET", /configmaps\/unlisted-/)).toBe(2);
});

test("an answer that is lost is no second object, and the object is known as ours", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: unanswered}\ndata: {a: x}\n");
  at.proxy.rule("PATCH", /unanswered/, { kind: "lose-answer" }, 1);
  const first = await project.mustDeploy();
  expect(first.events.filter((e) => e.type === "apply").map((e) => e.result)).toEqual(["created"]);
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 1, restored: 0 });
});

test("a cancelled deployment carries a write that is on its way to its end, and leaves nothing unknown", async () => {
  await using project = await DeployedProject.open(at);
  const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cancelled}\ndata: {a: x}\n";
  await project.write("k8s/map.yaml", map);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  at.proxy.rule("PATCH", /cancelled/, { kind: "hold", until: held }, 1);
  await using session = project.session();
  const cancel = new AbortController();
  const pass = session.pass({ signal: cancel.signal });
  await eventually("the apply is on its way", () => at.proxy.count("PATCH", /cancelled/) || undefined);
  cancel.abort();
  release();
  expect((await pass).outcome).toBe("cancelled");
  expect((await project.target()).ledger.entries().map((entry) => entry.state)).toEqual(["created"]);
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 1 });
});

test("a cancelled deployment does not wait long for a server that says nothing, and the intent stays known", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: frozen}\n");
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  at.proxy.rule("PATCH", /frozen/, { kind: "hold", until: held }, 1);
  await using session = project.session();
  const cancel = new AbortController();
  const pass = session.pass({ signal: cancel.signal });
  await eventually("the apply is on its way", () => at.proxy.count("PATCH", /frozen/) || undefined);
  cancel.abort();
  expect((await pass).outcome).toBe("cancelled");
  expect((await project.target()).ledger.entries().map((entry) => entry.state)).toEqual(["creating"]);
  release();
  await project.cleanUp();
  expect((await project.target()).ledger.entries()).toEqual([]);
});
