/**
 * Others at work on the same objects at the same time: what they made or changed is never lost, whatever devloop saw
 * before. The proxy holds a request of ours until theirs is through.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { DeployedProject } from "../phase/deployed-project.ts";
import { eventually } from "../rig/eventually.ts";
import { getObject, kubectl } from "../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../rig/proxied-cluster.ts";

let at: ProxiedCluster;
beforeAll(async () => {
  at = await proxiedCluster("races");
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(() => at.proxy.forget());

const byHand = (...args: string[]) => kubectl(["-n", at.namespace, ...args]);
const map = (name: string, data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: ${data}\n`;
const dataOf = async (name: string) => (await getObject(at.namespace, "configmap", name))?.data;

/** Does `theirs` between what devloop saw and its next request of the method for the object. */
async function before(method: string, name: string, theirs: () => Promise<unknown>, deploying: () => Promise<unknown>) {
  const held = Promise.withResolvers<void>();
  const path = new RegExp(`/configmaps/${name}`);
  at.proxy.rule(method, path, { kind: "hold", until: held.promise }, 1);
  const deployed = deploying();
  try {
    await eventually(`${method} ${name}`, () => at.proxy.count(method, path) > 0 || undefined);
    await theirs();
  } finally {
    held.resolve();
  }
  return await deployed;
}

test.each(["GET", "PATCH"])("made by somebody right before our %s, it is found and not created", async (method) => {
  await using project = await DeployedProject.open(at);
  const name = `late-${method.toLowerCase()}`;
  await project.write("k8s/map.yaml", map(name, "{a: ours, b: ours}"));
  const theirs = () => byHand("create", "configmap", name, "--from-literal=a=theirs", "--from-literal=c=theirs");
  await before(method, name, theirs, () => project.mustDeploy());
  expect(await dataOf(name)).toEqual({ a: "ours", b: "ours", c: "theirs" });
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 0, restored: 1 });
  expect(await dataOf(name)).toEqual({ a: "theirs", c: "theirs" });
});

test("made by another devloop project right before our look, it is refused and not touched", async () => {
  await using ours = await DeployedProject.open(at);
  await using theirs = await DeployedProject.open(at, { user: "another" });
  await ours.write("k8s/map.yaml", map("both", "{a: ours}"));
  await theirs.write("k8s/map.yaml", map("both", "{a: theirs}"));
  const deploying = before(
    "GET",
    "both",
    () => theirs.mustDeploy(),
    () => ours.mustDeploy(),
  );
  await expect(deploying).rejects.toThrow("belongs to another devloop project or user");
  expect(await dataOf("both")).toEqual({ a: "theirs" });
});

test("deleted and made anew by somebody while we were about to change ours, it is theirs", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", map("swap", "{a: '1'}"));
  await project.mustDeploy();
  await project.write("k8s/map.yaml", map("swap", "{a: '2'}"));
  const swap = async () => {
    await byHand("delete", "configmap", "swap");
    await byHand("create", "configmap", "swap", "--from-literal=a=theirs");
  };
  await before("PATCH", "swap", swap, () => project.mustDeploy());
  expect(await dataOf("swap")).toEqual({ a: "2" });
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 0, restored: 1 });
  expect(await dataOf("swap")).toEqual({ a: "theirs" });
});

test("deleted by somebody while we were about to change it, it is made anew and ours", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", map("gone", "{a: '1'}"));
  await project.mustDeploy();
  await project.write("k8s/map.yaml", map("gone", "{a: '2'}"));
  await before(
    "PATCH",
    "gone",
    () => byHand("delete", "configmap", "gone"),
    () => project.mustDeploy(),
  );
  expect(await dataOf("gone")).toEqual({ a: "2" });
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 1 });
  expect(project.documents.all.size).toBe(0);
});

test("our mark on an object that somebody made from a copy of ours makes it not ours", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", map("copied", "{a: '1'}"));
  await project.mustDeploy();
  const copy = await getObject(at.namespace, "configmap", "copied");
  const { uid: _, resourceVersion: _r, creationTimestamp: _c, managedFields: _m, ...metadata } = copy.metadata;
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 1 });
  await kubectl(["apply", "-f", "-"], JSON.stringify({ ...copy, metadata, data: { a: "saved" } }));
  // Neither by a ledger that lost its way, nor by a deployment in between.
  for (const deploys of [false, true]) {
    if (deploys) await project.mustDeploy();
    expect((await project.cleanUp()).result).toMatchObject({ deleted: 0 });
    expect(await dataOf("copied")).toEqual({ a: "saved" });
  }
});

test("a mark that somebody took off leaves the object ours; one that another project put on makes it theirs", async () => {
  await using ours = await DeployedProject.open(at);
  await using theirs = await DeployedProject.open(at, { user: "another" });
  await ours.write("k8s/map.yaml", [map("bare", "{a: '1'}"), map("taken", "{a: '1'}")].join("---\n"));
  await ours.mustDeploy();
  await byHand("label", "configmap", "bare", "devloop.dev/owner-");
  await theirs.write("k8s/map.yaml", map("taken", "{a: theirs}"));
  await theirs.mustDeploy({ adopt: true });
  await expect(ours.mustDeploy()).rejects.toThrow("belongs to another devloop project or user");
  expect((await ours.cleanUp()).result).toMatchObject({ deleted: 1, kept: 1 });
  expect(await dataOf("bare")).toBeUndefined();
  expect(await dataOf("taken")).toEqual({ a: "theirs" });
  // Given back, it goes with the next clean-up.
  expect((await theirs.cleanUp()).result).toMatchObject({ restored: 1 });
  expect((await ours.cleanUp()).result).toMatchObject({ deleted: 1 });
});

test("two runs at once that change what was there both know what it was like", async () => {
  await using project = await DeployedProject.open(at);
  await byHand("create", "configmap", "shared", "--from-literal=a=theirs", "--from-literal=c=theirs");
  await project.write("k8s/map.yaml", map("shared", "{a: ours, b: ours}"));
  // The second has read its ledger and looked at the cluster before the first one wrote.
  await before(
    "GET",
    "shared",
    () => project.mustDeploy(),
    () => project.mustDeploy(),
  );
  expect(await dataOf("shared")).toEqual({ a: "ours", b: "ours", c: "theirs" });
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 0, restored: 1 });
  expect(await dataOf("shared")).toEqual({ a: "theirs", c: "theirs" });
});

test("what another run created since is cleaned up too; what it made anew is not forgotten", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/map.yaml", map("first", "{a: '1'}"));
  await project.mustDeploy();
  const { ledger } = await project.target();
  const [known] = ledger.entries();
  await byHand("delete", "configmap", "first");
  await project.write("k8s/map.yaml", [map("first", "{a: '1'}"), map("second", "{a: '1'}")].join("---\n"));
  await project.mustDeploy();
  if (known) await ledger.forget(known);
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 2 });
});

test("a namespace that was deleted under us is an error while it lasts, and nothing of it is missed afterwards", async () => {
  await using project = await DeployedProject.open(at);
  const name = `${at.namespace}-under`;
  await kubectl(["create", "namespace", name]);
  await project.write(
    "k8s/map.yaml",
    map("inside", "{a: '1'}").replace("metadata:", `metadata:\n  namespace: ${name}`),
  );
  await project.mustDeploy();
  await kubectl(["delete", "namespace", name]);
  const { failed } = await project.deploy();
  expect([...failed.values()][0]?.message).toContain(name);
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 0, kept: 0, failures: [] });
  expect(project.documents.all.size).toBe(0);
});

test("a ledger that came from another cluster touches nothing here", async () => {
  await using project = await DeployedProject.open(at);
  const names = ["elsewhere-created", "elsewhere-changed", "elsewhere-creating"] as const;
  for (const name of names) await byHand("create", "configmap", name, "--from-literal=a=theirs");
  const { ledger } = await project.target();
  const ref = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: at.namespace, name });
  await ledger.created(ref(names[0]), "11111111-1111-1111-1111-111111111111");
  const prior = [{ path: ["data", "a"], was: "elsewhere", now: "theirs" }];
  await ledger.changed(ref(names[1]), { uid: "22222222-2222-2222-2222-222222222222", manager: "devloop", prior });
  await ledger.creating(ref(names[2]));
  at.proxy.forget();
  expect((await project.cleanUp()).result).toEqual({ deleted: 0, restored: 0, kept: 0, ending: 0, failures: [] });
  expect(at.proxy.writes()).toEqual([]);
  for (const name of names) expect(await dataOf(name)).toEqual({ a: "theirs" });
  expect(project.documents.all.size).toBe(0);
});
