/** Modules of one project in two clusters: each object, image and ledger where its module says, and nowhere else. */
import { expect, test } from "bun:test";
import { type TestCluster, testCluster } from "../rig/cluster.ts";
import { devloop } from "../rig/devloop.ts";
import { kubectl } from "../rig/kubectl.ts";
import { ownCluster } from "../rig/own-cluster.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

/** The sample as the module `web` in the first cluster; `edge` in the second one uses an image of it. */
async function twoModules({ sample }: ProjectRun, second: string): Promise<void> {
  await sample.edit("skaffold.yaml", "name: sample", "name: web");
  const text = await Bun.file(sample.path("skaffold.yaml")).text();
  await sample.write(
    "edge/edge.yaml",
    `apiVersion: v1
kind: ConfigMap
metadata: {name: edge}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge}
spec:
  selector: {matchLabels: {app: edge}}
  template:
    metadata: {labels: {app: edge}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: ${sample.image}}]
`,
  );
  await sample.write(
    "skaffold.yaml",
    `${text}---
apiVersion: skaffold/v4beta11
kind: Config
metadata: {name: edge}
requires: [{configs: [web]}]
manifests: {rawYaml: [edge/*.yaml]}
deploy: {kubeContext: ${second}, kubectl: {}}
`,
  );
}

test("run, a run with nothing changed, and delete reach the cluster of each module", async () => {
  await using it = await projectRun("contexts");
  await using second = await ownCluster("contexts");
  await twoModules(it, second.context);
  await kubectl(["create", "namespace", it.namespace], "", second);
  const env = { ...it.env, KUBECONFIG: `${it.proxy.kubeconfig}:${second.kubeconfig}` };
  const command = (...args: string[]) => devloop(args, { cwd: it.sample.directory, env });
  const there = async (on: TestCluster) => {
    const args = ["-n", it.namespace, "get", "deployment,configmap,service", "-o", "name"];
    const names = (await kubectl(args, "", on)).split("\n");
    return names.filter((name) => name !== "" && !name.includes("kube-root-ca")).sort();
  };
  const [inFirst, inSecond] = [
    ["configmap/settings", "deployment.apps/web", "service/web"],
    ["configmap/edge", "deployment.apps/edge"],
  ];
  const versions = () =>
    kubectl(
      ["-n", it.namespace, "get", "deployment,configmap", "-o", "jsonpath={.items[*].metadata.resourceVersion}"],
      "",
      second,
    );

  const first = await command("run");
  expect(first.code === 0 ? "" : first.text).toBe("");
  expect([await there(testCluster), await there(second)]).toEqual([inFirst, inSecond]);

  const before = await versions();
  it.proxy.forget();
  const again = await command("run");
  expect([again.code, it.proxy.writes()]).toEqual([0, []]);
  expect(again.text).not.toContain("Loaded");
  expect(await versions()).toBe(before);
  const why = await command("why", "deployment/edge");
  expect(why.text).toContain(`(context ${second.context})`);

  const rendered = await command("render", "--offline");
  expect(rendered.text).toContain("name: edge");
  const session = await command("dev");
  expect([session.code, session.text]).toEqual([1, expect.stringContaining("a session follows one")]);

  expect((await command("delete", "-m", "edge", "--dry-run")).text).toContain("configmap/edge would be deleted");
  expect((await command("delete")).code).toBe(0);
  expect([await there(testCluster), await there(second)]).toEqual([[], []]);
});
