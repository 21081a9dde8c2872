/** The flags of `deploy.kubectl.flags` on the real cluster: devloop's own, and those that start the real kubectl. */
import { expect, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { testCluster } from "../rig/cluster.ts";
import { devloop } from "../rig/devloop.ts";
import { kubectl } from "../rig/kubectl.ts";
import { projectRun } from "../rig/project-run.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const map = (name: string, more = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {team: a}}\ndata: {a: "1"}\n${more}`;

/** A project of manifests alone, its flags, and a kubectl on PATH that is noted. */
async function project(part: string) {
  await using stack = new AsyncDisposableStack();
  const it = stack.use(await projectRun(part));
  const folder = stack.use(await tempFolder());
  const log = join(folder.path, "calls");
  await Bun.write(log, "");
  await Bun.write(join(folder.path, "kubectl"), `#!/bin/sh\necho "$*" >>${log}\nexec ${Bun.which("kubectl")} "$@"\n`);
  await chmod(join(folder.path, "kubectl"), 0o755);
  await it.sample.write("maps/web.yaml", map("one"));
  const owned = stack.move();
  const env = { ...it.env, PATH: `${folder.path}:${process.env.PATH}` };
  // The proxy's kubeconfig has no credentials, which kubectl would ask for.
  const direct = { ...env, KUBECONFIG: testCluster.kubeconfig };
  const runIn = async (own: typeof env, args: readonly string[]) => {
    const { code, text } = await devloop(args, { cwd: it.sample.directory, env: own });
    return { code, text };
  };
  return {
    it,
    flags: (flags: string) =>
      it.sample.write(
        "skaffold.yaml",
        `apiVersion: skaffold/v4beta14\nkind: Config\nmetadata: {name: sample}\nmanifests: {rawYaml: [maps/*.yaml]}\ndeploy: {kubectl: {flags: {${flags}}}}\n`,
      ),
    command: (...args: string[]) => runIn(env, args),
    /** Past the proxy. */
    direct: (...args: string[]) => runIn(direct, [...args, `--kube-context=${testCluster.context}`]),
    async calls() {
      const text = await Bun.file(log).text();
      await Bun.write(log, "");
      return text.split("\n").filter((line) => line !== "");
    },
    get: (...args: string[]) => kubectl(["-n", it.namespace, "get", ...args], "", testCluster),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function succeeds(run: Promise<{ readonly code: number; readonly text: string }>): Promise<void> {
  const { code, text } = await run;
  expect(code === 0 ? "" : text).toBe("");
}

test("a dry run writes nothing and says so; a forced apply makes anew what cannot be changed", async () => {
  await using at = await project("kflags");
  const { it, command, get } = at;
  await at.flags("apply: [--dry-run=server]");
  it.proxy.forget();
  const dry = await command("run");
  expect([dry.code, await get("configmap", "-o", "name")]).toEqual([0, "configmap/kube-root-ca.crt\n"]);
  expect(dry.text).toContain("configmap/one (dry run) created");
  await at.flags("apply: [--force, --grace-period=0, --timeout=30s], global: [--request-timeout=20s]");
  await it.sample.write("maps/web.yaml", map("one", "immutable: true\n"));
  await succeeds(command("run"));
  const before = await get("configmap", "one", "-o", "jsonpath={.metadata.uid}");
  await it.sample.write("maps/web.yaml", map("one", "immutable: true\n").replace('"1"', '"2"'));
  const forced = await command("run");
  expect(forced.code === 0 ? "" : forced.text).toBe("");
  expect(await get("configmap", "one", "-o", "jsonpath={.data.a}")).toBe("2");
  expect(await get("configmap", "one", "-o", "jsonpath={.metadata.uid}")).not.toBe(before);
  expect(await at.calls()).toEqual([]);
});

test("what left the manifests is pruned where its labels match, and only what devloop made", async () => {
  await using at = await project("kprune");
  const { it, command, get } = at;
  const others = `${map("two")}---\n${map("three").replace("team: a", "team: b")}`;
  await it.sample.write("maps/others.yaml", others);
  await kubectl(["-n", it.namespace, "create", "-f", "-"], map("theirs"), testCluster);
  await it.sample.write("maps/theirs.yaml", map("theirs"));
  await at.flags("apply: [--prune, -l, team=a]");
  await succeeds(command("run"));
  await it.sample.write("maps/others.yaml", map("four"));
  await it.sample.write("maps/theirs.yaml", map("five"));
  const second = await command("run");
  expect(second.code === 0 ? "" : second.text).toBe("");
  const names = (await get("configmap", "-o", "name")).trim().split("\n");
  expect(names).toEqual(
    ["five", "four", "kube-root-ca.crt", "one", "theirs", "three"].map((name) => `configmap/${name}`),
  );
  expect(second.text).toMatch(/two.*it left the manifests/);
});

test("a flag of kubectl's own makes kubectl write and delete, said once; what did not change starts none", async () => {
  await using at = await project("kother");
  const { it, direct: command, get } = at;
  await at.flags("global: [--warnings-as-errors=false], apply: [--openapi-patch=false], delete: [--grace-period=0]");
  const first = await command("run");
  expect(first.code === 0 ? "" : first.text).toBe("");
  expect(first.text.match(/is a flag that only kubectl understands/g)).toHaveLength(1);
  expect(await at.calls()).toEqual([
    expect.stringMatching(
      /^--context \S+ --namespace \S+ apply --warnings-as-errors=false --openapi-patch=false --field-manager=devloop -f -$/,
    ),
  ]);
  expect([(await command("run")).code, await at.calls()]).toEqual([0, []]);
  await it.sample.write("maps/web.yaml", map("one").replace('"1"', '"2"'));
  await succeeds(command("run"));
  expect(await at.calls()).toHaveLength(1);
  expect(await get("configmap", "one", "-o", "jsonpath={.data.a}")).toBe("2");
  await kubectl(["-n", it.namespace, "patch", "configmap", "one", "-p", '{"data":{"a":"3"}}'], "", testCluster);
  await succeeds(command("run"));
  expect([await get("configmap", "one", "-o", "jsonpath={.data.a}"), (await at.calls()).length]).toEqual(["2", 1]);
  const cleaned = await command("delete");
  expect(cleaned.code === 0 ? "" : cleaned.text).toBe("");
  expect(await at.calls()).toEqual([
    expect.stringMatching(
      / delete --ignore-not-found=true --warnings-as-errors=false --grace-period=0 --wait=false -f -$/,
    ),
  ]);
  expect(await get("configmap", "-o", "name")).toBe("configmap/kube-root-ca.crt\n");
});

test("kubectl's refusal is told as its own, and the object is not written", async () => {
  await using at = await project("krefused");
  await at.flags("global: [--as=nobody]");
  const { code, text } = await at.direct("run");
  expect(code).toBe(1);
  expect(text).toContain('User "nobody" cannot');
  expect(await at.get("configmap", "-o", "name")).toBe("configmap/kube-root-ca.crt\n");
});
