/** One project through the commands that end by themselves, on the real engine and the real cluster. */
import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { getObject, kubectl } from "../rig/kubectl.ts";
import { projectRun } from "../rig/project-run.ts";
import { docker } from "../rig/scratch-image.ts";

test("run brings a service up; a second run writes nothing; what was changed by hand is repaired, and only that", async () => {
  await using it = await projectRun("run");
  const first = await it.run("run");
  expect(first.text).toContain("deployment/web is ready.");
  expect(first.code).toBe(0);
  expect(await it.served("web:80", "version.txt")).toBe("one\n");

  it.proxy.forget();
  const second = await it.run("run");
  expect(second.code).toBe(0);
  expect(it.proxy.writes()).toEqual([]);
  expect(second.text).toContain("Found Locally");
  expect(second.text).not.toContain("Waiting for deployments");

  const before = await getObject(it.namespace, "deployment", "web");
  await kubectl(["-n", it.namespace, "patch", "configmap", "settings", "-p", '{"data":{"GREETING":"changed"}}']);
  await kubectl(["-n", it.namespace, "scale", "deployment", "web", "--replicas=2"]);
  await kubectl(["-n", it.namespace, "delete", "service", "web"]);
  it.proxy.forget();
  const third = await it.run("run");
  expect(third.code).toBe(0);
  const written = it.proxy.writes().map(({ path }) => path.split("/").at(-1));
  expect(new Set(written)).toEqual(new Set(["settings", "web"]));
  expect(third.text).toContain("configmap/settings configured");
  expect(third.text).toContain("deployment/web configured");
  expect(third.text).toContain("service/web created");
  expect((await getObject(it.namespace, "configmap", "settings")).data.GREETING).toBe("hello");
  expect((await getObject(it.namespace, "deployment", "web")).spec.replicas).toBe(before.spec.replicas);
});

test("a change in a source makes a new image and rolls out; a revert builds and delivers nothing", async () => {
  await using it = await projectRun("change");
  expect((await it.run("run")).code).toBe(0);
  await it.sample.write("web/version.txt", "two\n");
  const changed = await it.run("run");
  expect(changed.text).toContain("Not found. Building");
  expect(await it.served("web:80", "version.txt")).toBe("two\n");
  await it.sample.write("web/version.txt", "one\n");
  const reverted = await it.run("run");
  expect(reverted.text).toContain("Found Locally");
  expect(reverted.text).not.toContain("Building [");
  expect(reverted.text).not.toContain("Loaded");
  expect(await it.served("web:80", "version.txt")).toBe("one\n");
});

test("an image that is gone from the engine but on every node is not built again", async () => {
  await using it = await projectRun("presence");
  expect((await it.run("run")).code).toBe(0);
  const names = await docker("images", "--format", "{{.Repository}}:{{.Tag}}", it.sample.image);
  await docker("rmi", "-f", ...names.trim().split("\n"));
  const again = await it.run("run");
  expect(again.code).toBe(0);
  expect(again.text).not.toContain("Building [");
});

test("build prints its result, deploy takes it, delete leaves nothing of ours and all that is foreign", async () => {
  await using it = await projectRun("steps");
  await kubectl(["-n", it.namespace, "create", "configmap", "foreign", "--from-literal=a=b"]);
  const built = await it.run("build", "-q", "--file-output", it.sample.path("build.json"));
  expect(built.code).toBe(0);
  const { builds } = JSON.parse(built.text.split("\n").findLast((line) => line.startsWith("{")) ?? "");
  expect(builds).toEqual([{ imageName: it.sample.image, tag: expect.stringMatching(/:[0-9a-f]{64}$/) }]);
  expect(await Bun.file(it.sample.path("build.json")).json()).toEqual({ builds });

  const deployed = await it.run("deploy", "-a", it.sample.path("build.json"));
  expect(deployed.code).toBe(0);
  const { spec } = await getObject(it.namespace, "deployment", "web");
  expect(spec.template.spec.containers[0].image).toBe(builds[0].tag);

  const deleted = await it.run("delete");
  expect(deleted.code).toBe(0);
  expect(await it.leftovers()).toEqual([]);
  expect((await getObject(it.namespace, "configmap", "foreign")).data).toEqual({ a: "b" });
});

test("deploy takes an image that is given, says so, and does not look at the sources", async () => {
  await using it = await projectRun("given");
  const built = await it.run("build", "-q");
  const { builds } = JSON.parse(built.text);
  await rm(it.sample.path("web/version.txt"));
  await it.sample.write("web/Dockerfile", "nonsense\n");
  const deployed = await it.run("deploy", "-i", `${it.sample.image}=${it.sample.image}:latest`);
  expect(deployed.code).toBe(0);
  expect(deployed.text).toContain(`Tags used in deployment:\n - ${it.sample.image} -> ${it.sample.image}:latest\n`);
  const { spec } = await getObject(it.namespace, "deployment", "web");
  expect(spec.template.spec.containers[0].image).toBe(builds[0].tag);
});

test("deploy of a given image needs no sources; delete with nothing left says so", async () => {
  await using it = await projectRun("nosources");
  const built = await it.run("build", "-q", "--file-output", it.sample.path("build.json"));
  expect(built.code).toBe(0);
  await rm(it.sample.path("web"), { recursive: true });
  const deployed = await it.run("deploy", "-a", it.sample.path("build.json"));
  expect(deployed.text).toContain("deployment/web is ready.");
  expect(deployed.code).toBe(0);
  expect((await it.run("delete")).code).toBe(0);
  expect((await it.run("delete")).text).toContain(`nothing of this project is in the namespace ${it.namespace}`);
});

test("deploy never builds: without an image it names the artifact", async () => {
  await using it = await projectRun("never");
  const { code, text } = await it.run("deploy");
  expect(code).toBe(1);
  expect(text).toContain(`there is no image for ${it.sample.image}`);
  expect(text).toContain("devloop build");
});

test("render prints what would be applied and touches neither engine nor cluster where it need not", async () => {
  await using it = await projectRun("render");
  const { code, text } = await it.run("render", "--offline", "--digest-source", "tag");
  expect(code).toBe(0);
  expect(text).toMatch(new RegExp(`image: ${it.sample.image}:sha256-[0-9a-f]{12}`));
  expect(it.proxy.requests).toEqual([]);
});

test("an object that was there before is restored by delete, never deleted", async () => {
  await using it = await projectRun("restore");
  await kubectl(["-n", it.namespace, "create", "configmap", "settings", "--from-literal=GREETING=theirs"]);
  expect((await it.run("run")).code).toBe(0);
  expect((await getObject(it.namespace, "configmap", "settings")).data).toEqual({ GREETING: "hello" });
  // What a clean-up knows must outlive the cache.
  await rm(it.sample.path(".state", "cache"), { recursive: true });
  expect((await it.run("delete")).code).toBe(0);
  expect((await getObject(it.namespace, "configmap", "settings")).data).toEqual({ GREETING: "theirs" });
});
