/** Images that pods of the cluster build, by a stand-in for kaniko's executor, pushed to a real registry and run from there. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Executor, executorOnNodes, registryForPods } from "../rig/cluster-builds.ts";
import { eventually } from "../rig/eventually.ts";
import { kubectl } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import type { TestRegistry } from "../rig/registry.ts";

let executor: Executor;
let registry: TestRegistry;
beforeAll(async () => {
  executor = await executorOnNodes();
  registry = await registryForPods();
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await executor[Symbol.asyncDispose]();
});

/** The sample, built in its own namespace of the cluster. */
async function kanikoRun(part: string, section = "", cluster = "", at = registry): Promise<ProjectRun> {
  const it = await projectRun(part);
  await it.sample.edit(
    "skaffold.yaml",
    /sync:\n(.*\n)*? {2}local:\n(.*\n)*?manifests:/,
    `kaniko: {image: "${executor.image}", initImage: "${executor.image}"${section}}
  cluster: {namespace: ${it.namespace}${cluster}}
  insecureRegistries: ["${at.host}"]
manifests:`,
  );
  return it;
}

async function nothingLeft(it: ProjectRun): Promise<void> {
  await eventually("no pod and no secret of a build is left", async () => {
    const left = await kubectl(["-n", it.namespace, "get", "pods,secrets", "-l", "skaffold-kaniko", "-o", "name"]);
    return left.trim() === "" ? true : undefined;
  });
}

test("run: built in a pod, started from the registry by its digest, built again for a change and for nothing else", async () => {
  await using it = await kanikoRun("kaniko");
  const first = await it.run("run", "-d", registry.host);
  expect(first).toMatchObject({ code: 0 });
  expect(first.text).toContain("Pushing image to");
  await nothingLeft(it);
});
