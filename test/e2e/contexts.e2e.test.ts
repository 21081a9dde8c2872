/** Modules of one project in two clusters: each object, image and ledger where its module says, and nowhere else. */
import { expect, test } from "bun:test";
import { type TestCluster, testCluster } from "../rig/cluster.ts";
import { DevloopProcess, devloop } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { kubectl } from "../rig/kubectl.ts";
import { ownCluster } from "../rig/own-cluster.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

/** The sample as the module `web` in the first cluster; `edge` in the second one uses an image of it. Both forward a port. */
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
      containers: [{name: edge, image: ${sample.image}}]
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
  expect((await command("delete", "-m", "edge", "--dry-run")).text).toContain("configmap/edge would be deleted");
  expect((await command("delete")).code).toBe(0);
  expect([await there(testCluster), await there(second)]).toEqual([[], []]);
});

/** What is listened to here, by what it leads to: `deployment/web` -> 45871. */
async function forwarded(session: DevloopProcess, resource: string): Promise<number> {
  const line = await session.line(new RegExp(`^Port forwarding ${resource} .*-> http://127\\.0\\.0\\.1:\\d+$`));
  return Number(/:(\d+)$/.exec(line)?.[1]);
}
const page = async (port: number, path: string) => {
  const response = await fetch(`http://127.0.0.1:${port}/${path}`, { keepalive: false }).catch(() => undefined);
  return response?.ok ? response.text() : "";
};

test("a dev session syncs, rebuilds, follows and forwards in both clusters, and cleans up both", async () => {
  await using it = await projectRun("contexts-dev");
  await using second = await ownCluster("contexts-dev");
  await twoModules(it, second.context);
  const forward = (name: string) =>
    `portForward: [{resourceType: deployment, resourceName: ${name}, port: 8080}]\ndeploy:`;
  const config = (await Bun.file(it.sample.path("skaffold.yaml")).text())
    .replace(/^deploy:/m, forward("web"))
    .replace(/^deploy: \{kubeContext/m, `${forward("edge")} {kubeContext`);
  await it.sample.write("skaffold.yaml", config);
  await kubectl(["create", "namespace", it.namespace], "", second);
  const env = { ...it.env, KUBECONFIG: `${it.proxy.kubeconfig}:${second.kubeconfig}` };
  const deployed = async (on: TestCluster) =>
    (await kubectl(["-n", it.namespace, "get", "deployment", "-o", "name"], "", on)).trim();
  const session = new DevloopProcess(["dev"], { cwd: it.sample.directory, env });
  await using _ = session;
  await session.line(/^Watching for changes/);
  const ports = [await forwarded(session, "deployment/web"), await forwarded(session, "deployment/edge")];
  const served = (path: string, text: string) =>
    eventually(`both clusters to serve ${JSON.stringify(text)}`, async () => {
      const pages = await Promise.all(ports.map((port) => page(port, path)));
      return pages.every((now) => now.includes(text)) || undefined;
    });
  await served("version.txt", "one");
  // Each request is a line of the server's log, in its own cluster.
  for (const name of ["web", "edge"]) await session.line(new RegExp(`^\\[${name}\\] .*response:200`));

  let mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await served("site/page.html", "second");

  mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served("version.txt", "two");
  await served("site/page.html", "second");

  // Without its module the second cluster is left as it is, and the first one's forward goes on.
  mark = session.mark();
  await it.sample.write("skaffold.yaml", config.slice(0, config.indexOf("---")));
  await session.line(/of kind-contexts-dev\S* is not deployed to any more/, { from: mark });
  await session.line(/^(Applied|Nothing to do).* in /, { from: mark });
  expect(await deployed(second)).toBe("deployment.apps/edge");
  expect(await page(ports[0] ?? 0, "version.txt")).toBe("two\n");
  expect(session.lines.slice(mark).join("\n")).not.toContain("Port forwarding deployment/web");
  mark = session.mark();
  await it.sample.write("skaffold.yaml", config);
  await session.line(/of kind-contexts-dev\S* is deployed to as well/, { from: mark });
  await session.line(/^Port forwarding deployment\/edge .*->/, { from: mark });
  expect(session.lines.slice(mark).join("\n")).not.toContain("Port forwarding deployment/web");

  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect([await deployed(testCluster), await deployed(second)]).toEqual(["", ""]);
});
