/** Go programs that the real ko builds: run, changed, synced and refused, on the engine and in the cluster. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DevloopProcess, devloop } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import { startRegistry, type TestRegistry } from "../rig/registry.ts";
import { docker } from "../rig/scratch-image.ts";

const shell = ["busybox", "sh", "tar", "rm", "head", "mkdir", "cat"];
const dockerfile = `FROM scratch\n${shell.map((name) => `COPY busybox /bin/${name}\n`).join("")}`;

/** It serves what was compiled in and its kodata, with the server of its base image: little to compile. */
const main = (version: string) => `package main

import (
	"os"
	"syscall"

	"example.test/text"
)

var built = "plainly"

func main() {
	os.MkdirAll("/www", 0o755)
	os.WriteFile("/www/version.txt", []byte("${version} "+text.More+" built "+built+"\\n"), 0o644)
	os.Symlink(os.Getenv("KO_DATA_PATH"), "/www/site")
	server := []string{"busybox", "httpd", "-f", "-p", "8080", "-h", "/www"}
	syscall.Exec("/bin/busybox", server, os.Environ())
}
`;

let registry: TestRegistry;
let base: string;

beforeAll(async () => {
  registry = await startRegistry();
  base = `${registry.host}/devloop-ko/base:1`;
  const folder = await mkdtemp(join(tmpdir(), "devloop-ko-base-"));
  await cp("/bin/busybox", join(folder, "busybox"));
  await Bun.write(join(folder, "Dockerfile"), dockerfile.replaceAll("COPY busybox", "COPY --chmod=755 busybox"));
  await docker("buildx", "build", "--load", "--provenance=false", "-q", "-t", base, folder);
  await docker("push", "--quiet", base);
  await docker("rmi", base);
  await rm(folder, { recursive: true });
});
afterAll(() => registry[Symbol.asyncDispose]());

async function koRun(part: string, section = ""): Promise<ProjectRun> {
  const it = await projectRun(part);
  await it.sample.write(
    "web/go.mod",
    "module example.test/app\n\ngo 1.21\n\nrequire example.test/text v0.0.0\n\nreplace example.test/text => ../text\n",
  );
  await it.sample.write("web/cmd/main.go", main("one"));
  await it.sample.write("web/cmd/kodata/page.html", "<p>first</p>\n");
  // A module of a neighbouring folder, outside of the context.
  await it.sample.write("text/go.mod", "module example.test/text\n");
  await it.sample.write("text/text.go", `package text\n\n// ${it.sample.image}\nconst More = "more"\n`);
  await it.sample.write("web/unused/unused.go", "package unused\n");
  // Images of two tests are never the same one.
  const labels = `labels: {devloop.test: ${it.sample.image}}`;
  await it.sample.edit(
    "skaffold.yaml",
    /context: web\n {6}sync:[\s\S]*?dest: \.\n/,
    `context: web\n      ko: {main: ./cmd, fromImage: "${base}", ${labels}${section}}\n      sync: {infer: ["cmd/kodata/**"]}\n`,
  );
  return it;
}

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () =>
    (await it.served("web:80", path)).includes(text) ? true : undefined,
  );
}

test("run: built for what the program is made of, and for nothing else", async () => {
  await using it = await koRun("ko", `, ldflags: "-X main.built={{.IMAGE_NAME}}"`);
  const first = await it.run("run");
  expect(first).toMatchObject({ code: 0 });
  await served(it, "version.txt", "one more built web");
  await served(it, "site/page.html", "first");

  await it.sample.write("web/unused/unused.go", "package unused\n\nconst Changed = true\n");
  await it.sample.write("web/cmd/main_test.go", "package main\n");
  const idle = await it.run("run");
  expect(idle).toMatchObject({ code: 0 });
  expect(idle.text).not.toContain("Building [");

  await it.sample.edit("text/text.go", '"more"', '"another"');
  expect((await it.run("run")).text).toContain("Building [");
  await served(it, "version.txt", "one another built web");
  expect((await it.run("why", it.sample.image)).text).toContain("../text/text.go changed");
});

test("a program that does not compile is told with the compiler's lines", async () => {
  await using it = await koRun("kofails");
  await it.sample.edit("web/cmd/main.go", "os.MkdirAll", "os.NoSuch");
  const { code, text } = await it.run("build", "-q");
  expect(code).toBe(1);
  expect(text).toContain(`cannot build ${it.sample.image}: build: go build failed`);
  expect(text).toMatch(/main\.go:\d+:\d+: undefined: os\.NoSuch/);
  expect(text).not.toMatch(/^\s+at .*\.ts/m);
});

test("its base is another artifact's image, which only the engine has; a ko:// name is the import path's", async () => {
  await using it = await koRun("kobase");
  const required = it.sample.image.replace(/web$/, "base");
  await it.sample.edit(
    "skaffold.yaml",
    /( {4}- image: )(.*web)\n( {6}context: web\n) {6}ko: .*\n/,
    `    - image: ${required}\n      context: base\n$1ko://example.test/app/cmd\n$3      ko: {fromImage: BASE, labels: {devloop.test: ${it.sample.image}}}\n      requires: [{image: ${required}, alias: BASE}]\n`,
  );
  await it.sample.edit("k8s/app.yaml", /image: .*/, "image: ko://example.test/app/cmd");
  await it.sample.write("base/Dockerfile", `${dockerfile}LABEL devloop.test=${required}\n`);
  await cp(it.sample.path("web/busybox"), it.sample.path("base/busybox"));
  try {
    expect(await it.run("run")).toMatchObject({ code: 0 });
    await served(it, "version.txt", "one more built plainly");
    const names = await docker("images", "--format", "{{.Repository}}");
    expect(names).toContain("example.test/app/cmd");
    expect(names).not.toContain("ko.local/devloop");
    const idle = await it.run("run");
    expect(idle.text).not.toContain("Building [");
  } finally {
    const names = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}", "example.test/app/cmd")).split("\n");
    await docker("rmi", "-f", ...names.filter((name) => name !== ""));
  }
});

test("build --push: the image is in the registry, by its digest", async () => {
  await using it = await koRun("kopush");
  const { code, text } = await it.run("build", "--push", "-d", registry.host, "-q");
  expect({ code, text }).toMatchObject({ code: 0 });
  const tag = /"tag":"([^"]+)"/.exec(text)?.[1] ?? "";
  const [, repository = "", name = "", digest] = /^[^/]+\/(.*):([^@]*)@(.*)$/.exec(tag) ?? [];
  expect(await registry.digest(repository, name)).toBe(digest as string);
  expect(await inEngine(registry.host)).toEqual([]);
});

/** Names of the engine's images that begin so. */
async function inEngine(begin: string): Promise<string[]> {
  const names = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
  return names.filter((name) => name.startsWith(begin));
}

test("with no engine at all: run, and build --push", async () => {
  await using it = await koRun("konone");
  const env = { ...it.env, DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const run = (...args: string[]) => devloop(args, { cwd: it.sample.directory, env });
  const first = await run("run");
  expect(first).toMatchObject({ code: 0, text: expect.stringContaining("no engine answers") });
  await served(it, "version.txt", "one more built plainly");
  const idle = await run("run");
  expect(idle.text).not.toContain("Building [");
  expect(idle.code).toBe(0);
  const { code, text } = await run("build", "--push", "-d", registry.host, "-q");
  expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining("@sha256:") });

  await using session = new DevloopProcess(["dev"], { cwd: it.sample.directory, env });
  await session.line(/^Watching for changes/);
  let mark = session.mark();
  await it.sample.write("web/cmd/kodata/page.html", "<p>second</p>\n");
  await session.line(/^Synced/, { from: mark });
  mark = session.mark();
  await it.sample.write("web/cmd/main.go", main("two"));
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "two more built plainly");
  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect(session.text).not.toContain("Docker");
});

test("an image that another build starts from is brought to the engine, and only then", async () => {
  await using it = await koRun("korequired");
  const required = it.sample.image.replace(/web$/, "app");
  await it.sample.edit(
    "skaffold.yaml",
    /( {4}- image: )(.*web)\n( {6}context: web\n {6}ko: .*\n)/,
    `$1${required}\n$3$1$2\n      context: over\n      requires: [{image: ${required}, alias: APP}]\n`,
  );
  await it.sample.write("over/Dockerfile", "ARG APP\nFROM $APP\nENV OVER=one\n");
  try {
    expect(await it.run("run")).toMatchObject({ code: 0 });
    await served(it, "version.txt", "one more built plainly");
    const named = await inEngine(required);
    expect(named).not.toEqual([]);
    // It comes back from where ko left it, for the build that needs it.
    await docker("rmi", "-f", ...named);
    expect((await it.run("run")).text).not.toContain("Building [");
    expect(await inEngine(required)).toEqual([]);
    await it.sample.write("over/Dockerfile", "ARG APP\nFROM $APP\nENV OVER=two\n");
    const changed = await it.run("run");
    expect(changed.code).toBe(0);
    expect(changed.text).not.toContain(`Building [${required}]`);
    expect((await inEngine(required)).toSorted()).toEqual(named.toSorted());
  } finally {
    await docker("rmi", "-f", ...(await inEngine(required))).catch(() => "");
  }
});

test("a cache that cannot hold the image lets it pass through the engine, with one line", async () => {
  await using it = await koRun("kocache");
  await mkdir(join(it.sample.home, "cache"), { recursive: true });
  await Bun.write(join(it.sample.home, "cache/layouts"), "no folder");
  const { code, text } = await it.run("run");
  expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining("passes through the engine: ") });
  await served(it, "version.txt", "one more built plainly");
  expect((await it.run("run")).text).not.toContain("Building [");
});

test("commands that follow a build find the image in the engine", async () => {
  await using it = await koRun("kohooks");
  await it.sample.edit(
    "skaffold.yaml",
    / {6}sync: \{infer/,
    `      hooks: {after: [{command: [sh, -c, "docker image inspect -f found-{{.Os}} $SKAFFOLD_IMAGE"]}]}\n      sync: {infer`,
  );
  const { code, text } = await it.run("build");
  expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining("found-linux") });
});

test("dev: kodata is synced, a Go file built, a new file of a package too, an unused one ignored", async () => {
  await using it = await koRun("kodev");
  await using session = it.start("dev");
  await session.line(/^Watching for changes/);
  await served(it, "version.txt", "one more");

  let mark = session.mark();
  await it.sample.write("web/cmd/kodata/page.html", "<p>second</p>\n");
  await session.line(/^Synced/, { from: mark });
  await served(it, "site/page.html", "second");

  mark = session.mark();
  await it.sample.write("web/unused/unused.go", "package unused\n\nconst Changed = true\n");
  await it.sample.write("web/cmd/main.go", main("two"));
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "two more");
  await served(it, "site/page.html", "second");

  mark = session.mark();
  await it.sample.write(
    "text/init.go",
    'package text\n\nimport "os"\n\nfunc init() { os.WriteFile("/www/new.txt", []byte("new"), 0o644) }\n',
  );
  await session.line(/^Rebuilt and ready in /, { from: mark });

  // What is there without it was built before.
  mark = session.mark();
  await Bun.file(it.sample.path("text/init.go")).delete();
  await session.line(/^Applied in /, { from: mark });
  session.interrupt();
  expect(await session.exit()).toBe(0);
});
