/** Images that a command of the user's own builds: run, changed, synced and refused, on the engine and in the cluster. */
import { expect, test } from "bun:test";
import { eventually } from "../rig/eventually.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import { startRegistry } from "../rig/registry.ts";
import { docker } from "../rig/scratch-image.ts";

const command = "sh ./build.sh";
/** What the sample's Dockerfile builds, by the user's own hand; the environment that it was told stays beside the context. */
const script = `set -e
env | grep -E '^(IMAGE|PUSH_|BUILD_CONTEXT|PLATFORMS|SKIP_TEST|BASE)' | sort > ../told
echo "building $IMAGE by hand"
docker build --quiet --tag "$IMAGE" .
`;

async function customRun(part: string, section: string, build = script): Promise<ProjectRun> {
  const it = await projectRun(part);
  await it.sample.write("web/build.sh", build);
  await it.sample.edit("skaffold.yaml", "context: web\n", `context: web\n      custom: ${section}\n`);
  return it;
}

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () =>
    (await it.served("web:80", path)).includes(text) ? true : undefined,
  );
}

const read = (it: ProjectRun, path: string) => Bun.file(it.sample.path(path)).text();

test("run: built with the documented environment, not built again, built for a change and for another command", async () => {
  await using it = await customRun(
    "custom",
    `{buildCommand: ${command}, dependencies: {paths: [Dockerfile, "*.txt", site], ignore: [notes.txt]}}`,
  );
  await it.sample.write("web/notes.txt", "one\n");
  const first = await it.run("run");
  expect(first).toMatchObject({ code: 0 });
  expect(first.text).toContain(`building ${it.sample.image}:`);
  await served(it, "version.txt", "one");
  const told = Object.fromEntries(
    (await read(it, "told"))
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  expect(told).toEqual({
    IMAGE: `${it.sample.image}:${told.IMAGE_TAG}`,
    IMAGE_REPO: it.sample.image,
    IMAGE_TAG: expect.stringMatching(/^\S+$/),
    PUSH_IMAGE: "false",
    BUILD_CONTEXT: it.sample.path("web"),
    PLATFORMS: expect.stringMatching(/^linux\/\w+$/),
    SKIP_TEST: "false",
  });

  await it.sample.write("web/notes.txt", "two\n");
  const idle = await it.run("run");
  expect(idle).toMatchObject({ code: 0 });
  expect(idle.text).not.toContain("Building [");

  await it.sample.write("web/version.txt", "two\n");
  expect((await it.run("run")).text).toContain("Building [");
  await served(it, "version.txt", "two");
  expect((await it.run("why", it.sample.image)).text).toContain("version.txt");

  await it.sample.edit("skaffold.yaml", command, `${command} again`);
  expect((await it.run("run")).text).toContain("Building [");
});

test("a command that fails is told with its last lines; one that makes no image, too", async () => {
  await using it = await customRun(
    "customfails",
    `{buildCommand: ${command}}`,
    "echo compiling; echo no rule >&2; exit 7\n",
  );
  const failed = await it.run("run");
  expect(failed.code).toBe(1);
  expect(failed.text).toContain(`cannot build ${it.sample.image}: its build command failed with exit code 7`);
  expect(failed.text).toContain("skaffold.yaml:");
  expect(failed.text).toContain("no rule");

  await it.sample.write("web/build.sh", "echo nothing done\n");
  const none = await it.run("run");
  expect(none.code).toBe(1);
  expect(none.text).toMatch(/the build command of \S+ made no image \S+ in the engine/);
});

test("a command that writes into its context ends with one image, once what it writes stays the same", async () => {
  await using it = await customRun("customwrites", `{buildCommand: ${command}}`, `cp version.txt made.txt\n${script}`);
  const first = await it.run("build");
  expect(first).toMatchObject({ code: 0 });
  const again = await it.run("build");
  expect(again).toMatchObject({ code: 0 });
  expect(again.text).not.toContain("Building [");
});

test("a required image comes by its alias", async () => {
  await using it = await customRun("customrequires", `{buildCommand: ${command}}`);
  const base = it.sample.image.replace(/web$/, "base");
  await it.sample.edit(
    "skaffold.yaml",
    /( {4}- image: .*web\n)/,
    `    - image: ${base}\n      context: base\n$1      requires: [{image: ${base}, alias: BASE}]\n`,
  );
  await it.sample.write("base/Dockerfile", `FROM scratch\nCOPY base.txt /www/\nLABEL devloop.test=${base}\n`);
  await it.sample.write("base/base.txt", "base one\n");
  expect((await it.run("build")).code).toBe(0);
  const reference = /^BASE=(.*)$/m.exec(await read(it, "told"))?.[1] ?? "";
  expect(reference).toStartWith(`${base}:`);
  expect(await docker("image", "inspect", "--format", "{{.Id}}", reference)).toContain(reference.split(":")[1] ?? "?");
  const told = await read(it, "told");
  await it.sample.write("base/base.txt", "base two\n");
  expect((await it.run("build")).code).toBe(0);
  expect(await read(it, "told")).not.toBe(told);
});

test("an image that the command pushed and kept nowhere else is the registry's", async () => {
  await using registry = await startRegistry();
  const pushing = `${script}docker push --quiet "$IMAGE"\ndocker rmi "$IMAGE"\n`;
  await using it = await customRun("custompush", `{buildCommand: ${command}}`, pushing);
  const { code, text } = await it.run("build", "--push", "-d", registry.host, "-q");
  expect({ code, text }).toMatchObject({ code: 0 });
  const tag = /"tag":"([^"]+)"/.exec(text)?.[1] ?? "";
  const told = await read(it, "told");
  expect(told).toContain("PUSH_IMAGE=true");
  const pushed = /^IMAGE=[^/]+\/(.*):(.*)$/m.exec(told);
  expect(tag).toEndWith(`@${await registry.digest(pushed?.[1] ?? "", pushed?.[2] ?? "")}`);
  const ours = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
  await docker("rmi", "-f", ...ours.filter((name) => name.startsWith(registry.host)));
});

test("with build.cluster the command is told of the cluster; its image is the registry's, and stays there", async () => {
  await using registry = await startRegistry();
  const told =
    "env | grep -E '^(KUBE_CONTEXT|NAMESPACE|PULL_SECRET_NAME|DOCKER_CONFIG_SECRET_NAME|TIMEOUT)=' | sort > ../cluster";
  const pushing = `${script}${told}\ndocker push --quiet "$IMAGE"\ndocker rmi "$IMAGE"\n`;
  await using it = await customRun("customcluster", `{buildCommand: ${command}}`, pushing);
  const cluster = "cluster: {namespace: builds, timeout: 5m, pullSecretName: s, dockerConfig: {secretName: c}}\n";
  await it.sample.edit("skaffold.yaml", /local:\n(?: {4}.*\n)*/, cluster);
  await it.sample.edit("skaffold.yaml", / {6}sync:\n(?: {8}.*\n)*/, "");
  const { code, text } = await it.run("build", "-d", registry.host, "-q");
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(await read(it, "told")).toContain("PUSH_IMAGE=true");
  expect(await read(it, "cluster")).toBe(
    "DOCKER_CONFIG_SECRET_NAME=c\nKUBE_CONTEXT=proxied\nNAMESPACE=builds\nPULL_SECRET_NAME=s\nTIMEOUT=5m\n",
  );
  const images = await docker("images", "--format", "{{.Repository}}:{{.Tag}}");
  expect(images).not.toContain(registry.host);
  const idle = await it.run("build", "-d", registry.host);
  expect(idle).toMatchObject({ code: 0, text: expect.not.stringContaining("Building [") });
});

test("dev: what a command lists is watched, a new and a lost file too; pages are synced", async () => {
  await using it = await customRun("customdev", `{buildCommand: ${command}, dependencies: {command: sh ./list.sh}}`);
  await it.sample.write(
    "list.sh",
    `cd web && ls Dockerfile *.txt site/* | sed 's/.*/"&"/' | paste -s -d , | sed 's/.*/[&]/'\n`,
  );
  await it.sample.write(
    "web/Dockerfile",
    (await read(it, "web/Dockerfile")).replace("COPY version.txt /www/version.txt", "COPY *.txt /www/"),
  );
  await using session = it.start("dev");
  await session.line(/^Watching for changes/);
  await served(it, "version.txt", "one");

  let mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced/, { from: mark });
  await served(it, "site/page.html", "second");

  mark = session.mark();
  await it.sample.write("web/other.txt", "a new file\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "other.txt", "a new file");

  mark = session.mark();
  await Bun.file(it.sample.path("web/other.txt")).delete();
  await session.line(/^Rebuilt and ready in /, { from: mark });
  session.interrupt();
  expect(await session.exit()).toBe(0);
});
