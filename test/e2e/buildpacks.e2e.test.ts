/**
 * Images by buildpacks, run on the real engine and cluster. In `pack`'s place is a program with its arguments, exit codes
 * and output, which makes a real image (`rig/pack/main.ts`).
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DevloopProcess, devloop } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { projectRun } from "../rig/project-run.ts";
import { docker } from "../rig/scratch-image.ts";

const shell = ["busybox", "sh", "tar", "rm", "head", "mkdir", "cat"];
const program = join(import.meta.dir, "../rig/pack/main.ts");
const base = `devloop-buildpacks/run-${process.pid}`;
let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devloop-buildpacks-"));
  await makeBase("first");
  await Bun.write(join(folder, "bin/pack"), `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`);
  await chmod(join(folder, "bin/pack"), 0o755);
  path = `${join(folder, "bin")}:${process.env.PATH}`;
});
afterAll(async () => {
  await docker("rmi", "-f", `${base}:1`);
  await rm(folder, { recursive: true });
});

async function makeBase(label: string): Promise<void> {
  const context = await mkdtemp(join(folder, "base-"));
  await cp("/bin/busybox", join(context, "busybox"));
  const copies = shell.map((name) => `COPY --chmod=755 busybox /bin/${name}\n`).join("");
  await Bun.write(join(context, "Dockerfile"), `FROM scratch\n${copies}LABEL made=${label}\n`);
  await docker("buildx", "build", "--load", "--provenance=false", "-q", "-t", `${base}:1`, context);
}

async function packRun(part: string, section = "", requires = "") {
  const it = await projectRun(part);
  await it.sample.write("web/Procfile", "web: busybox httpd -f -p 8080 -h /workspace\n");
  await it.sample.write("web/notes.md", "not an input\n");
  await it.sample.write("web/site/page.html", "<p>first</p>\n");
  await it.sample.edit(
    "skaffold.yaml",
    / {6}sync:[\s\S]*?dest: \.\n/,
    `      buildpacks: {builder: "${base}:1", dependencies: {paths: ["."], ignore: ["*.md"]}${section}}\n${requires}`,
  );
  const env = { ...it.env, PATH: path };
  const run = (...args: string[]) => devloop(args, { cwd: it.sample.directory, env });
  const label = async (name: string) => {
    const text = await docker(
      "image",
      "inspect",
      "-f",
      `{{index .Config.Labels "${name}"}}`,
      `${it.sample.image}:latest`,
    );
    return JSON.parse(text);
  };
  const forget = async () => {
    const names = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}", it.sample.image)).split("\n");
    await docker("rmi", "-f", ...names.filter(Boolean)).catch(() => undefined);
  };
  return {
    ...it,
    run,
    label,
    served: (text: string, at = "site/page.html") =>
      eventually(`${at} says ${text}`, async () => ((await it.served("web:80", at)).includes(text) ? true : undefined)),
    async [Symbol.asyncDispose]() {
      await forget();
      await it[Symbol.asyncDispose]();
    },
  };
}

test("run: built for what counts and for nothing else, and for a builder's image that was made anew", async () => {
  await using it = await packRun("packs", `, env: ["BP_GO_VERSION=1.22", "PATH=/own"]`);
  const first = await it.run("run");
  expect(first).toMatchObject({ code: 0 });
  expect(first.text).toContain("===> BUILDING");
  await it.served("first");
  const env = { BP_GO_VERSION: "1.22", PATH: "/own" };
  expect(await it.label("test.pack.env")).toMatchObject(env);
  expect(JSON.stringify(await it.label("test.pack.arguments"))).not.toMatch(/1\.22|\/own/);

  await it.sample.write("web/notes.md", "still none\n");
  const idle = await it.run("run");
  expect(idle).toMatchObject({ code: 0 });
  expect(idle.text).not.toContain("Building [");

  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  expect((await it.run("run")).text).toContain("Building [");
  await it.served("second");

  await makeBase("second");
  expect((await it.run("run")).text).toContain("Building [");
  expect((await it.run("why", it.sample.image)).text).toContain(`base image ${base}:1`);
  expect((await it.run("run")).text).not.toContain("Building [");
});

test("what the buildpack says is shown, and why a build failed", async () => {
  await using it = await packRun("packfails", `, env: ["BP_BROKEN=this program needs a main"]`);
  const { code, text } = await it.run("build", "-q");
  expect(code).toBe(1);
  expect(text).toContain(`cannot build ${it.sample.image}: failed to build: executing lifecycle`);
  expect(text).toContain("this program needs a main");
  expect(text).not.toMatch(/^\s+at .*\.ts/m);
});

test("another artifact's image is the run image; every setting reaches pack", async () => {
  const settings = `, runImage: RUN, trustBuilder: true, clearCache: true, buildpacks: [test/procfile],
        projectDescriptor: other.toml, volumes: [{host: ./extra, target: /extra}]`;
  await using it = await packRun("packbase", settings, "      requires: [{image: REQUIRED, alias: RUN}]\n");
  const required = it.sample.image.replace(/web$/, "base");
  await it.sample.edit("skaffold.yaml", "REQUIRED", required);
  await it.sample.edit(
    "skaffold.yaml",
    "  artifacts:\n",
    `  artifacts:\n    - image: ${required}\n      context: base\n`,
  );
  await it.sample.write("web/other.toml", "[_]\nschema-version = '0.2'\n");
  await it.sample.write("base/Dockerfile", `FROM ${base}:1\nLABEL devloop.test=${required}\n`);
  expect(await it.run("run")).toMatchObject({ code: 0 });
  await it.served("first");
  const args: string[] = await it.label("test.pack.arguments");
  const after = (flag: string) => args[args.indexOf(flag) + 1];
  expect(after("--run-image")).toMatch(new RegExp(`^(${required}:|sha256:)`));
  expect(after("--buildpack")).toBe("test/procfile");
  expect(after("--descriptor")).toBe(it.sample.path("web/other.toml"));
  expect(after("--volume")).toEndWith("/extra:/extra");
  expect(args).toContain("--trust-builder");
  expect(args).toContain("--clear-cache");

  await it.sample.write("base/Dockerfile", `FROM ${base}:1\nLABEL devloop.test=${required} again=yes\n`);
  const again = await it.run("run");
  expect(again.text).toContain(`Building [${it.sample.image}]`);
});

test("dev: what the buildpacks of the development mode sync is synced, without a sync section; the rest is built", async () => {
  await using it = await packRun("packdev");
  await using session = new DevloopProcess(["dev"], { cwd: it.sample.directory, env: { ...it.env, PATH: path } });
  await session.line(/^Watching for changes/);
  await it.served("first");
  expect(await it.label("test.pack.env")).toEqual({ GOOGLE_DEVMODE: "1" });

  let mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await it.served("second");

  mark = session.mark();
  await it.sample.write("web/other.txt", "new\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await it.served("new", "other.txt");
  await it.served("second");
  session.interrupt();
  expect(await session.exit()).toBe(0);

  // Outside of a session the mode is off.
  expect(await it.run("build", "-q")).toMatchObject({ code: 0 });
  expect(await it.label("test.pack.env")).toEqual({});
});

test("without pack the words name it and how it is installed", async () => {
  await using it = await packRun("nopack");
  const { code, text } = await devloop(["build", "-q"], { cwd: it.sample.directory, env: it.env });
  expect(code).toBe(1);
  expect(text).toContain("pack is not on PATH");
});
