import { afterAll, beforeAll, expect, test } from "bun:test";
import type { DeployHook } from "../../../src/deploy/hooks/deploy-hook.ts";
import type { HostHook } from "../../../src/deploy/hooks/host-hook.ts";
import { busyboxOnNode } from "../../rig/image-on-node.ts";
import { getObject } from "../../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";
import { DeployedProject, here } from "../deployed-project.ts";

let at: ProxiedCluster;
beforeAll(async () => {
  at = await proxiedCluster("hooks");
});
afterAll(() => at[Symbol.asyncDispose]());

const hook = (...command: string[]): HostHook => ({ command, os: [], dir: "/tmp", at: here });
const map = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "${value}"}\n`;
const applied = (events: readonly { type: string; name?: string; status?: string; object?: string }[]) =>
  events.flatMap((e) => (e.type === "apply" ? [`apply ${e.object}`] : e.status === "started" ? [`${e.name}`] : []));

test("hooks stand around the applies, at each start and whenever what is deployed changes, else not", async () => {
  const hooks = { before: [hook("sh", "-c", "echo before")], after: [hook("sh", "-c", "echo after")] };
  await using project = await DeployedProject.open(at, { hooks });
  await project.write("k8s/map.yaml", map("around", "1"));
  await using session = project.session();
  const first = await session.pass();
  expect(applied(first.events)).toEqual(["pre-deploy", "apply configmap/around", "post-deploy"]);
  expect(first.events).toContainEqual({ type: "hook", name: "pre-deploy", status: "output", line: "before" });
  expect(applied((await session.pass()).events)).toEqual([]);
  await project.write("k8s/map.yaml", map("around", "2"));
  expect(applied((await session.pass()).events)).toEqual(["pre-deploy", "apply configmap/around", "post-deploy"]);
  expect(applied((await project.mustDeploy()).events)).toEqual(["pre-deploy", "post-deploy"]);
});

test("a hook is told the facts, and one that fails keeps everything from being applied", async () => {
  const told = 'echo "$SKAFFOLD_KUBE_CONTEXT $SKAFFOLD_NAMESPACES $HOME"; pwd';
  const hooks = {
    before: [hook("sh", "-c", told), hook("sh", "-c", "echo broken >&2; exit 4"), hook("true")],
    after: [],
  };
  await using project = await DeployedProject.open(at, { hooks });
  await project.write("k8s/map.yaml", map("failing", "1"));
  const { events, ran, failed } = await project.deploy();
  const lines = events.flatMap((e) => (e.type === "hook" && e.status === "output" ? [e.line] : []));
  expect(lines).toEqual([`test ${at.namespace} ${process.env.HOME}`, "/tmp", "broken"]);
  expect(ran).toEqual(["hook:app/pre-deploy"]);
  expect(failed.get("hook:app/pre-deploy")).toMatchObject({
    message: "the hook pre-deploy failed: sh failed with exit code 4",
    details: expect.arrayContaining(["broken"]),
    at: here,
  });
});

test("a hook in containers runs in those that match, once they run, and the first that fails ends the step", async () => {
  const inside = (script: string, containerName: string): DeployHook => ({
    kind: "container",
    command: ["/bin/busybox", "sh", "-c", script],
    podName: "in*",
    containerName,
    at: here,
  });
  const hooks = { before: [], after: [inside("echo one", "a"), inside("echo bad >&2; exit 7", "*"), hook("true")] };
  await using project = await DeployedProject.open(at, { hooks });
  await using image = await busyboxOnNode("hookpod");
  const container = (name: string) =>
    `{name: ${name}, image: "${image.reference}", imagePullPolicy: Never, command: [/bin/busybox, sleep, "1000"]}`;
  await project.write(
    "k8s/pod.yaml",
    `apiVersion: v1\nkind: Pod\nmetadata: {name: inside}\nspec: {terminationGracePeriodSeconds: 0, containers: [${container("a")}, ${container("b")}]}\n`,
  );
  const { events, failed } = await project.deploy();
  const lines = events.flatMap((e) => (e.type === "hook" && e.status === "output" ? [e.line] : []));
  expect(lines.sort()).toEqual(["bad", "bad", "one"]);
  expect(failed.get("hook:app/post-deploy")).toMatchObject({
    message: expect.stringMatching(
      /^the hook post-deploy failed in the container [ab] of pod inside with exit code 7$/,
    ),
    details: ["bad"],
    at: here,
  });
});

test("a hook for another system is passed over", async () => {
  const before = [{ ...hook("false"), os: ["windows", "plan9"] }];
  await using project = await DeployedProject.open(at, { hooks: { before, after: [] } });
  await project.write("k8s/map.yaml", map("elsewhere", "1"));
  expect((await project.mustDeploy()).events.filter((e) => e.type === "hook")).toEqual([]);
});

test("a hook before rendering may write manifests, one after it may replace them", async () => {
  const before: HostHook[] = [];
  const after = [
    { ...hook("sed", "s/old/new/"), withChange: true },
    { ...hook("cat"), withChange: false },
  ];
  await using project = await DeployedProject.open(at, { renderHooks: { before, after } });
  await project.write("source.yaml", map("rendered", "old"));
  await project.write("k8s/own.yaml", map("own", "1"));
  before.push({ ...hook("cp", "source.yaml", "k8s/made.yaml"), dir: project.directory });
  const { ran } = await project.mustDeploy();
  expect(ran.toSorted()).toEqual([`apply:ConfigMap/${at.namespace}/own`, `apply:ConfigMap/${at.namespace}/rendered`]);
  expect((await getObject(at.namespace, "configmap", "rendered")).data).toEqual({ a: "new" });
});

test("a hook that replaces the manifests by nothing is an error at its place", async () => {
  const after = [{ ...hook("true"), withChange: true }];
  await using project = await DeployedProject.open(at, { renderHooks: { before: [], after } });
  await project.write("k8s/map.yaml", map("nothing", "1"));
  const { failed, ran } = await project.deploy();
  expect(failed.get("render:app")).toMatchObject({ message: "the post-render hook printed no manifests", at: here });
  expect(ran).toEqual([]);
});
