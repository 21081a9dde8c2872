/** The usual split of a pipeline: images are built in one place, and a config that builds nothing deploys them. */
import { expect, test } from "bun:test";
import { rename, rm } from "node:fs/promises";
import { devloop } from "../rig/devloop.ts";
import { getObject } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import { docker } from "../rig/scratch-image.ts";

const digest = `sha256:${"d".repeat(64)}`;

async function deployedImage(it: ProjectRun): Promise<string> {
  const { spec } = await getObject(it.namespace, "deployment", "web");
  return spec.template.spec.containers[0].image;
}

/** Only the manifests and the deployer are left, and no source. */
async function withoutBuild({ sample }: ProjectRun): Promise<void> {
  await sample.edit("skaffold.yaml", /build:\n[\s\S]*(?=manifests:)/, "");
  await rm(sample.path("web"), { recursive: true });
}

test("deploy -a: the images of a build go into the manifests of a config that has no artifacts", async () => {
  await using it = await projectRun("split");
  const built = await it.run("build", "-q", "--file-output", it.sample.path("build.json"));
  expect(built.code).toBe(0);
  const [{ tag }] = (await Bun.file(it.sample.path("build.json")).json()).builds;
  await withoutBuild(it);
  const deployed = await it.run("deploy", "-a", it.sample.path("build.json"));
  expect(deployed.code).toBe(0);
  expect(deployed.text).toContain("deployment/web is ready.");
  expect(await deployedImage(it)).toBe(tag);
  expect(await it.served("web:80", "version.txt")).toBe("one\n");

  it.proxy.forget();
  expect((await it.run("deploy", "-a", it.sample.path("build.json"))).code).toBe(0);
  expect(it.proxy.writes()).toEqual([]);

  // The same reference where nothing is deployed.
  const rendered = await it.run("render", "-a", it.sample.path("build.json"));
  expect(rendered.text).toContain(`image: ${tag}\n`);
});

test("deploy -i: an image of the engine under another name is brought to the nodes, also into what kustomize makes", async () => {
  await using it = await projectRun("other");
  expect((await it.run("build", "-q")).code).toBe(0);
  const other = it.sample.image.replace(/web$/, "other");
  await docker("tag", `${it.sample.image}:latest`, `${other}:v7`);
  const id = (await docker("image", "inspect", "--format", "{{.Id}}", `${other}:v7`)).trim();
  await withoutBuild(it);
  await it.sample.write("k8s/base/kustomization.yaml", "resources: [app.yaml]\n");
  await rename(it.sample.path("k8s/app.yaml"), it.sample.path("k8s/base/app.yaml"));
  await it.sample.edit(
    "skaffold.yaml",
    /manifests:[\s\S]*?(?=deploy:)/,
    "manifests: {kustomize: {paths: [k8s/base]}}\n",
  );
  const deployed = await it.run("deploy", "-i", `${it.sample.image}=${other}:v7`);
  expect(deployed.code).toBe(0);
  expect(deployed.text).toContain(`Tags used in deployment:\n - ${it.sample.image} -> ${other}:v7\n`);
  expect(await deployedImage(it)).toBe(`${other}:${id.slice("sha256:".length)}`);
  expect(await it.served("web:80", "version.txt")).toBe("one\n");
});

test("deploy -t: the tag stands for every artifact, whose sources are not looked at", async () => {
  await using it = await projectRun("tagged");
  expect((await it.run("build", "-q", "-t", "v3")).code).toBe(0);
  await rm(it.sample.path("web"), { recursive: true });
  const deployed = await it.run("deploy", "-t", "v3");
  expect(deployed.text).toContain(`Tags used in deployment:\n - ${it.sample.image} -> ${it.sample.image}:v3\n`);
  expect(deployed.code).toBe(0);
  expect(await it.served("web:80", "version.txt")).toBe("one\n");
});

test("deploy -i with a digest needs no engine: the reference goes to the cluster as it is", async () => {
  await using it = await projectRun("digest");
  await withoutBuild(it);
  const wanted = `registry.invalid/team/web:v1@${digest}`;
  const env = { ...it.env, DOCKER_HOST: "unix:///nowhere.sock" };
  for (const [given, want] of [
    [wanted, wanted],
    ["registry.invalid/team/web:v2", "registry.invalid/team/web:v2"],
  ] as const) {
    const deployed = await devloop(["deploy", "--status-check=false", "-i", `${it.sample.image}=${given}`], {
      cwd: it.sample.directory,
      env,
    });
    expect(deployed).toMatchObject({ code: 0 });
    expect(await deployedImage(it)).toBe(want);
  }
});
