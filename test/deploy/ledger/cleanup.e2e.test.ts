import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { refOf } from "../../../src/cluster/objects/resources.ts";
import { adoptMarked } from "../../../src/deploy/apply/adopt-marked.ts";
import { type Entry, Ledger } from "../../../src/deploy/ledger/ledger.ts";
import { DeployedProject } from "../../phase/deployed-project.ts";
import { busyboxOnNode } from "../../rig/image-on-node.ts";
import { getObject, kubectl } from "../../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";

let at: ProxiedCluster;
beforeAll(async () => {
  at = await proxiedCluster("cleanup");
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(() => at.proxy.forget());

const signal = new AbortController().signal;
const byHand = (...args: string[]) => kubectl(["-n", at.namespace, ...args]);
const map = (name: string, data: string, more = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data: ${data}\n`;

test("what we created goes, what was there stays, what we changed in it is put back", async () => {
  await using project = await DeployedProject.open(at);
  await kubectl(["-n", at.namespace, "create", "-f", "-"], map("foreign", "{a: '1'}"));
  await kubectl(["-n", at.namespace, "create", "-f", "-"], map("shared", "{kept: '1', changed: theirs, list: x}"));
  await project.write(
    "k8s/app.yaml",
    [map("mine", "{a: '1'}"), map("shared", "{changed: ours, added: ours}")].join("---\n"),
  );
  await project.mustDeploy();
  await project.write(
    "k8s/app.yaml",
    [map("mine", "{a: '2'}"), map("shared", "{changed: again, added: ours, later: ours}")].join("---\n"),
  );
  await project.mustDeploy();
  expect((await getObject(at.namespace, "configmap", "shared")).data).toMatchObject({ kept: "1", changed: "again" });
  await byHand("patch", "configmap", "shared", "-p", '{"data":{"added":"by somebody else"}}');

  const { result, events } = await project.cleanUp();
  expect(result).toEqual({ deleted: 1, restored: 1, kept: 0, ending: 0, failures: [] });
  expect(await getObject(at.namespace, "configmap", "mine")).toBeUndefined();
  expect((await getObject(at.namespace, "configmap", "foreign")).data).toEqual({ a: "1" });
  const shared = await getObject(at.namespace, "configmap", "shared");
  expect(shared.data).toEqual({ kept: "1", changed: "theirs", list: "x", added: "by somebody else" });
  expect(shared.metadata.labels).toBeUndefined();
  expect(JSON.stringify(shared.metadata.managedFields ?? [])).not.toContain('"manager":"devloop');
  expect(events).toContainEqual({
    type: "cleanup",
    object: "configmap/shared",
    result: "restored",
    why: "one field has been changed by others since and left",
  });
  expect(project.documents.all.size).toBe(0);
});

test("an object made anew by somebody else under our name is left alone", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", map("renewed", "{a: '1'}"));
  await project.mustDeploy();
  await byHand("delete", "configmap", "renewed");
  await byHand("create", "configmap", "renewed", "--from-literal=b=2");
  const { result } = await project.cleanUp();
  expect(result.deleted).toBe(0);
  expect((await getObject(at.namespace, "configmap", "renewed")).data).toEqual({ b: "2" });
});

test("a crash between intent and uid: the next start adopts the object, and so does a clean-up", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", [map("crash-a", "{a: '1'}"), map("crash-b", "{a: '1'}")].join("---\n"));
  await project.mustDeploy();
  const [name = ""] = [...project.documents.all.keys()];
  const crash = () => {
    const content = JSON.parse(project.documents.all.get(name) ?? "") as { entries: { state: string; uid?: string }[] };
    for (const entry of content.entries) {
      entry.state = "creating";
      delete entry.uid;
    }
    project.documents.all.set(name, JSON.stringify(content));
    project.loseRecords();
  };
  crash();
  at.proxy.forget();
  await project.mustDeploy();
  expect(at.proxy.writes()).toEqual([]);
  const { ledger } = await project.target();
  expect(ledger.entries().map((entry) => entry.state)).toEqual(["created", "created"]);

  crash();
  // One of the two never came to be, and somebody has made another under its name.
  await byHand("delete", "configmap", "crash-b");
  await byHand("create", "configmap", "crash-b");
  const { result } = await project.cleanUp();
  expect(result).toMatchObject({ deleted: 1, kept: 0 });
  expect(await getObject(at.namespace, "configmap", "crash-a")).toBeUndefined();
  expect(await getObject(at.namespace, "configmap", "crash-b")).toBeDefined();
  expect(project.documents.all.size).toBe(0);
});

test("a lost ledger is found again by the mark in the cluster", async () => {
  await using project = await DeployedProject.open(at);
  await byHand("create", "configmap", "lost-found");
  await project.write("k8s/map.yaml", [map("lost", "{a: '1'}"), map("lost-found", "{a: '1'}")].join("---\n"));
  await project.mustDeploy();
  project.documents.all.clear();
  expect((await project.cleanUp()).result.deleted).toBe(0);
  const { cluster, ledger, owner } = await project.target();
  const refs = ["lost", "lost-found", "not-there"].map((name) =>
    refOf({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: at.namespace } }),
  );
  await adoptMarked(cluster, ledger, owner, refs, signal);
  expect((await project.cleanUp()).result.deleted).toBe(1);
  expect(await getObject(at.namespace, "configmap", "lost-found")).toBeDefined();
});

test("a namespace of ours goes with what is in it, and stays while something foreign is", async () => {
  await using project = await DeployedProject.open(at);
  const inner = `${at.namespace}-in`;
  await using _gone = {
    [Symbol.asyncDispose]: async () => void (await kubectl(["delete", "namespace", inner, "--ignore-not-found"])),
  };
  await project.write(
    "k8s/app.yaml",
    `apiVersion: v1
kind: ConfigMap
metadata: {name: first, namespace: ${inner}}
---
apiVersion: v1
kind: Pod
metadata: {name: alone, namespace: ${inner}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: main, image: none.invalid/none}]
---
apiVersion: v1
kind: Namespace
metadata: {name: ${inner}}
`,
  );
  const runner = await project.deploy();
  expect([...runner.failed.keys()]).toEqual([`wait:Pod/${inner}/alone`]);
  await kubectl(["-n", inner, "create", "configmap", "foreign"]);
  const kept = await project.cleanUp();
  expect(kept.result).toMatchObject({ deleted: 2, kept: 1 });
  expect(kept.events).toContainEqual({
    type: "cleanup",
    object: `namespace/${inner}`,
    result: "kept",
    why: `what devloop did not create is still there: configmap/foreign in namespace ${inner}`,
  });
  await kubectl(["-n", inner, "delete", "configmap", "foreign"]);
  const gone = await project.cleanUp();
  expect(gone.result).toMatchObject({ deleted: 1, kept: 0 });
  expect(await kubectl(["get", "namespace", inner, "--ignore-not-found"])).toBe("");
});

test("what belongs to somebody outside keeps a namespace of ours; what belongs to something of ours does not", async () => {
  await using project = await DeployedProject.open(at);
  const inner = `${at.namespace}-owned`;
  await using _gone = {
    [Symbol.asyncDispose]: async () =>
      void (await kubectl(["delete", `namespace/${inner}`, `clusterrole/${inner}`, "--ignore-not-found"])),
  };
  await project.write(
    "k8s/app.yaml",
    `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${inner}}\n---\n${map("first", "{a: '1'}", `  namespace: ${inner}\n`)}`,
  );
  await project.mustDeploy();
  await kubectl(["create", "clusterrole", inner, "--verb=get", "--resource=pods"]);
  const owner = async (kind: string, name: string, apiVersion: string) => {
    const { metadata } = await getObject(inner, kind, name);
    return { metadata: { ownerReferences: [{ apiVersion, kind, name, uid: metadata.uid }] } };
  };
  const owned = async (name: string, by: object) => {
    await kubectl(["-n", inner, "create", "configmap", name]);
    await kubectl(["-n", inner, "patch", "configmap", name, "-p", JSON.stringify(by)]);
  };
  await owned("inside", await owner("ConfigMap", "first", "v1"));
  await owned("outside", await owner("ClusterRole", inner, "rbac.authorization.k8s.io/v1"));
  const kept = await project.cleanUp();
  expect(kept.result).toMatchObject({ deleted: 1, kept: 1 });
  expect(kept.events).toContainEqual({
    type: "cleanup",
    object: `namespace/${inner}`,
    result: "kept",
    why: `what devloop did not create is still there: configmap/outside in namespace ${inner}`,
  });
  await kubectl(["-n", inner, "delete", "configmap", "outside"]);
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 1, kept: 0 });
});

test("what cannot be looked at keeps a namespace", async () => {
  await using project = await DeployedProject.open(at);
  const inner = `${at.namespace}-dark`;
  await using _gone = {
    [Symbol.asyncDispose]: async () => void (await kubectl(["delete", "namespace", inner, "--ignore-not-found"])),
  };
  await project.write("k8s/app.yaml", `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${inner}}\n`);
  await project.mustDeploy();
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Forbidden", code: 403, message: "no" };
  const end = at.proxy.rule("GET", new RegExp(`${inner}/configmaps`), { kind: "answer", status: 403, body });
  const { result, events } = await project.cleanUp();
  end();
  expect(result).toMatchObject({ deleted: 0, kept: 1, failures: [] });
  expect(JSON.stringify(events)).toContain("it is not known what else is in it (ConfigMap: ");
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 1 });
});

test("pods that take their time are named", async () => {
  await using image = await busyboxOnNode("cleanup");
  await using project = await DeployedProject.open(at, { images: { app: image.reference } });
  await project.write(
    "k8s/app.yaml",
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: slow}
spec:
  selector: {matchLabels: {app: slow}}
  template:
    metadata: {labels: {app: slow}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - {name: main, image: app, command: ["/bin/busybox", "sh", "-c", "trap '' TERM; while :; do /bin/busybox sleep 1; done"]}
`,
  );
  await project.mustDeploy();
  const { result, events } = await project.cleanUp();
  expect(result).toMatchObject({ deleted: 1, ending: 0 });
  const ending = events.flatMap((e) => (e.type === "cleanup" && e.result === "ending" ? [e.object] : []));
  expect(ending).toHaveLength(1);
  expect(ending[0]).toStartWith("pod/slow-");
});

test("a definition of ours goes last, and stays while there is a foreign object of its kind", async () => {
  await using project = await DeployedProject.open(at);
  const group = `${at.namespace}.example.com`;
  await using _gone = {
    [Symbol.asyncDispose]: async () =>
      void (await kubectl(["delete", "crd", `gadgets.${group}`, "--ignore-not-found"])),
  };
  const gadget = (name: string) =>
    `apiVersion: ${group}/v1\nkind: Gadget\nmetadata: {name: ${name}}\nspec: {size: 1}\n`;
  await project.write(
    "k8s/app.yaml",
    `${gadget("ours")}---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`,
  );
  await project.mustDeploy();
  at.proxy.forget();
  await project.mustDeploy();
  expect(at.proxy.writes()).toEqual([]);
  await kubectl(["-n", at.namespace, "create", "-f", "-"], gadget("foreign"));
  const kept = await project.cleanUp();
  expect(kept.result).toMatchObject({ deleted: 1, kept: 1 });
  // Made by somebody's controller, it is somebody's.
  await byHand("create", "configmap", "controller");
  const { uid } = (await getObject(at.namespace, "configmap", "controller")).metadata;
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "controller", uid }];
  await byHand(
    "patch",
    `gadgets.${group}`,
    "foreign",
    "--type=merge",
    "-p",
    JSON.stringify({ metadata: { ownerReferences } }),
  );
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 0, kept: 1 });
  await kubectl(["-n", at.namespace, "delete", `gadgets.${group}`, "foreign"]);
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 1, kept: 0 });
});

test("what a finalizer holds is a failure that names the finalizer, stays in the ledger, and goes next time", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", map("held", "{a: '1'}", "  finalizers: [devloop.dev/test]\n"));
  await project.mustDeploy();
  const first = await project.cleanUp(1_000, 200);
  expect(first.result.failures).toEqual([
    {
      severity: "error",
      message: "configmap/held is still there 1 s after it was deleted: its finalizers have not run: devloop.dev/test",
      suggestion: `see what it waits for with: kubectl -n ${at.namespace} get configmap held -o yaml`,
    },
  ]);
  expect(first.events).toEqual([
    {
      type: "notice",
      level: "warning",
      text: "waiting until configmap/held is gone: its finalizers have not run: devloop.dev/test",
    },
    {
      type: "cleanup",
      object: "configmap/held",
      result: "ending",
      why: "its finalizers have not run: devloop.dev/test",
    },
  ]);
  await byHand("patch", "configmap", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
  await project.cleanUp();
  expect(project.documents.all.size).toBe(0);
});

test("a ledger survives a server that goes away in the middle", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", [map("away-a", "{}"), map("away-b", "{}")].join("---\n"));
  await project.mustDeploy();
  const end = at.proxy.rule("DELETE", /away-/, { kind: "cut", after: 0 });
  await expect(project.cleanUp()).rejects.toThrow();
  end();
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 2 });
});

test("two processes that write one ledger do not undo each other", async () => {
  await using project = await DeployedProject.open(at);
  const [one, other] = [(await project.target()).ledger, (await project.target()).ledger];
  const ref = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", name });
  await one.created(ref("a"), "1");
  await other.created(ref("b"), "2");
  await one.forget(one.get(ref("a")) as Entry);
  const identity = { project: project.directory, cluster: (await project.target()).clusterId, namespace: at.namespace };
  const read = await Ledger.open(project.documents, identity);
  expect(read.entries().map((entry) => entry.ref.name)).toEqual(["b"]);
});
