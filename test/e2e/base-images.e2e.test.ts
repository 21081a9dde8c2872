/** Base images that are no artifacts, in the real engine and a real registry: when they make a build run again. */
import { expect, test } from "bun:test";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { devloop } from "../rig/devloop.ts";
import { startRegistry } from "../rig/registry.ts";
import { type Sample, sample } from "../rig/sample.ts";
import { docker } from "../rig/scratch-image.ts";

/** Makes an image of this name by a build of its own. */
async function make(name: string, content: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "devloop-base-"));
  try {
    await cp("/bin/busybox", join(folder, "busybox"));
    await writeFile(join(folder, "base.txt"), content);
    await writeFile(join(folder, "Dockerfile"), "FROM scratch\nCOPY busybox /bin/busybox\nCOPY base.txt /base.txt\n");
    await docker("buildx", "build", "--load", "--provenance=false", "-q", "-t", name, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function build({ directory, home }: Sample) {
  return devloop(["build", "-v", "info"], {
    cwd: directory,
    env: { DEVLOOP_HOME: home, KUBECONFIG: join(home, "none") },
  });
}

async function expectBuilt(it: Sample, built: boolean): Promise<string> {
  const { code, text } = await build(it);
  if (code !== 0) throw new Error(text);
  expect(text.includes(`Building [${it.image}]`)).toBe(built);
  return text;
}

test("a base of the engine: built again where it is another one, not where it is the same, none or a known one", async () => {
  await using it = await sample("localbase");
  const name = it.image.replace(/web$/, "mybase:dev");
  await make(name, "one");
  await docker("tag", name, `${name}-first`);
  await it.write(
    "web/Dockerfile",
    `FROM ${name} AS tools\nFROM scratch\nCOPY --from=tools /base.txt /\nCOPY version.txt /\n`,
  );
  await expectBuilt(it, true);
  await expectBuilt(it, false);
  await make(name, "two");
  expect(await expectBuilt(it, true)).toMatch(/base image devloop-test\/.*\/mybase:dev: [0-9a-f]{12} -> [0-9a-f]{12}/);
  await expectBuilt(it, false);
  await docker("tag", `${name}-first`, name);
  await expectBuilt(it, false);
});

test("a base of a registry: no build runs again while the engine lacks it or has it pulled; pullParent asks the registry", async () => {
  await using registry = await startRegistry();
  await using it = await sample("remotebase");
  const name = `${registry.host}/mybase:dev`;
  const push = async (content: string) => {
    await make(name, content);
    await docker("push", "-q", name);
    await docker("rmi", "-f", name);
  };
  try {
    await push("one");
    await it.write("web/Dockerfile", `FROM ${name}\nCOPY version.txt /\n`);
    await expectBuilt(it, true);
    await expectBuilt(it, false);
    await docker("pull", "-q", name);
    await expectBuilt(it, false);
    await docker("rmi", "-f", name);
    await expectBuilt(it, false);
    await make(name, "mine");
    expect(await expectBuilt(it, true)).toContain("is built here now");
    await docker("rmi", "-f", name);

    await it.edit("skaffold.yaml", "context: web\n", "context: web\n      docker: {pullParent: true}\n");
    await expectBuilt(it, true);
    await expectBuilt(it, false);
    await push("two");
    expect(await expectBuilt(it, true)).toMatch(/base image localhost:\d+\/mybase:dev: [0-9a-f]{12} -> [0-9a-f]{12}/);
    await expectBuilt(it, false);
    // One of this machine is not what is pulled.
    await make(name, "mine");
    await expectBuilt(it, false);
  } finally {
    await docker("rmi", "-f", name).catch(() => "");
  }
});
