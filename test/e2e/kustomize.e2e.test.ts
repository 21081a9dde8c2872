/** A project whose manifests kustomize makes, in both places where its folder may be named, on the real cluster. */
import { expect, test } from "bun:test";
import { rename } from "node:fs/promises";
import { eventually } from "../rig/eventually.ts";
import { getObject } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

const base = `resources: [app.yaml]
`;
const overlay = `resources: [../base]
labels: [{pairs: {team: blue}, includeSelectors: false}]
configMapGenerator:
  - {name: settings, behavior: merge, files: [motto=motto.txt]}
generatorOptions: {disableNameSuffixHash: true}
`;

/** The sample's manifests become a base with an overlay. */
async function kustomized(it: ProjectRun, section: string): Promise<void> {
  const { sample } = it;
  await sample.write("k8s/base/kustomization.yaml", base);
  await rename(sample.path("k8s/app.yaml"), sample.path("k8s/base/app.yaml"));
  await sample.write("k8s/overlay/kustomization.yaml", overlay);
  await sample.write("k8s/overlay/motto.txt", "first");
  await sample.edit("skaffold.yaml", /manifests:[\s\S]*$/, section);
}

/** Waits until the ConfigMap is there with this data. */
async function becomes(it: ProjectRun, name: string, data: Record<string, string> | undefined): Promise<void> {
  await eventually(`configmap/${name} with ${JSON.stringify(data)}`, async () => {
    const object = await getObject(it.namespace, "configmap", name);
    return object !== undefined && Bun.deepEquals(object.data, data) ? true : undefined;
  });
}

test("manifests.kustomize: images in, nothing written the second time, every file of it followed by dev", async () => {
  await using it = await projectRun("kustomize");
  await kustomized(it, "manifests: {kustomize: {paths: [k8s/overlay]}}\n");
  const first = await it.run("run");
  expect(first.text).toContain("deployment/web is ready.");
  expect(first.code).toBe(0);
  expect(await it.served("web:80", "version.txt")).toBe("one\n");
  await becomes(it, "settings", { GREETING: "hello", motto: "first" });
  expect((await getObject(it.namespace, "service", "web")).metadata.labels.team).toBe("blue");

  it.proxy.forget();
  await using session = it.start("dev");
  await session.line(/^Watching for changes/);
  expect(it.proxy.writes()).toEqual([]);

  await it.sample.write("k8s/overlay/motto.txt", "second");
  await becomes(it, "settings", { GREETING: "hello", motto: "second" });
  await it.sample.edit("k8s/base/app.yaml", "GREETING: hello", "GREETING: welcome");
  await becomes(it, "settings", { GREETING: "welcome", motto: "second" });

  // A file that was no manifest until now: named by one save, changed by the next.
  await it.sample.write("k8s/more/more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n");
  const mark = session.mark();
  await it.sample.edit("k8s/base/kustomization.yaml", "[app.yaml]", "[app.yaml, ../more]");
  await session.line(/kustomize failed with exit code 1/, { from: mark });
  await it.sample.write("k8s/more/kustomization.yaml", "resources: [more.yaml]\n");
  await becomes(it, "more", undefined);
  await it.sample.edit("k8s/more/more.yaml", "{name: more}", "{name: more}\ndata: {a: b}");
  await becomes(it, "more", { a: "b" });

  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect(await getObject(it.namespace, "configmap", "more")).toBeUndefined();
});

test("deploy.kustomize.paths: the same, with one line that names the reference's field; what kustomize says is shown", async () => {
  await using it = await projectRun("kustomize-dialect");
  await kustomized(it, "deploy:\n  kustomize:\n    paths: [k8s/overlay]\n");
  const rendered = await it.run("render");
  expect(rendered.code).toBe(0);
  expect(rendered.text).toContain("motto: first");
  const run = await it.run("run");
  expect(run.code).toBe(0);
  expect(run.text).toContain("kustomize is understood; the reference tool calls it manifests.kustomize");
  expect(await it.served("web:80", "version.txt")).toBe("one\n");

  await it.sample.write("k8s/overlay/kustomization.yaml", "resources: [../nowhere]\n");
  const broken = await it.run("run");
  expect(broken.code).toBe(1);
  expect(broken.text).toContain("skaffold.yaml:");
  expect(broken.text).toContain("kustomize build k8s/overlay");
  expect(broken.text).toContain("nowhere");
});
