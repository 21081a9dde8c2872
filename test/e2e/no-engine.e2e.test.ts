/** What needs no engine works without one: nothing listens, or the client's settings lead nowhere. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DevloopProcess, devloop } from "../rig/devloop.ts";
import { busyboxOnNode, type NodeImage } from "../rig/image-on-node.ts";
import { kubectl } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

let image: NodeImage;
beforeAll(async () => {
  image = await busyboxOnNode("no-engine");
});
afterAll(() => image[Symbol.asyncDispose]());

const digest = `sha256:${"0".repeat(64)}`;

/** A project that deploys an image which it does not build. */
async function deployOnly(it: ProjectRun): Promise<void> {
  await it.sample.write(
    "skaffold.yaml",
    "apiVersion: skaffold/v4beta11\nkind: Config\nmanifests: {rawYaml: [k8s/*.yaml]}\n",
  );
  await it.sample.edit("k8s/app.yaml", `image: ${it.sample.image}`, `image: ${image.reference}`);
  await it.sample.edit("k8s/app.yaml", / {10}readinessProbe:\n.*\n.*\n/, "");
}

describe.each<[string, Readonly<Record<string, string>>]>([
  ["a socket that nobody listens on", { DOCKER_HOST: "unix:///nowhere/docker.sock" }],
  ["a context that does not exist", { DOCKER_CONTEXT: "nowhere", DOCKER_HOST: "" }],
])("with %s", (_, broken) => {
  const opened = async (part: string) => {
    const it = await projectRun(part);
    const env = { ...it.env, ...broken };
    return { it, env, run: (...args: string[]) => devloop(args, { cwd: it.sample.directory, env }) };
  };

  test("a project that builds nothing is rendered, deployed, looped, explained and deleted", async () => {
    const { it, env, run } = await opened("no-engine");
    await using _ = it;
    await deployOnly(it);
    const rendered = await run("render");
    expect(rendered).toMatchObject({ code: 0, text: expect.stringContaining(`image: ${image.reference}`) });
    for (const command of ["run", "deploy"]) {
      const { code, text } = await run(command);
      expect(`${code} ${text}`).toStartWith("0 ");
    }
    expect((await run("why")).code).toBe(0);
    expect((await run("diagnose")).code).toBe(0);
    const session = new DevloopProcess(["dev", "--cleanup=false"], { cwd: it.sample.directory, env });
    await session.line(/Watching for changes/);
    session.interrupt();
    expect(await session.exit()).toBe(0);
    expect(session.text).not.toContain("Docker");
    const deleted = await run("delete");
    expect(deleted).toMatchObject({ code: 0, text: expect.stringContaining("deployment/web deleted") });
  });

  test("images that are given are rendered and deployed", async () => {
    const { it, run } = await opened("no-engine-given");
    await using _ = it;
    const given = `${it.sample.image}=registry.example.com/web@${digest}`;
    const rendered = await run("render", "-i", given);
    expect(rendered).toMatchObject({
      code: 0,
      text: expect.stringContaining(`image: registry.example.com/web@${digest}`),
    });
    await it.sample.write(
      "build.json",
      JSON.stringify({ builds: [{ imageName: it.sample.image, tag: `registry.example.com/web:1@${digest}` }] }),
    );
    const deployed = await run("deploy", "-a", "build.json", "--status-check=false");
    expect(`${deployed.code} ${deployed.text}`).toStartWith("0 ");
    const path = "jsonpath={.spec.template.spec.containers[0].image}";
    const live = await kubectl(["-n", it.namespace, "get", "deployment", "web", "-o", path]);
    expect(live).toBe(`registry.example.com/web:1@${digest}`);
    expect((await run("why", "deployment/web")).code).toBe(0);
    expect((await run("delete")).code).toBe(0);
  });

  test("the cache tells its store; a build says what is wrong with the engine", async () => {
    const { it, run } = await opened("no-engine-build");
    await using _ = it;
    const told = await run("cache");
    expect(told.code).toBe(0);
    expect(told.text).toContain("the Docker engine: not known: ");
    expect(told.text).toContain("the store in ");
    const built = await run("build");
    expect(built.code).toBe(1);
    expect(built.text).toMatch(/^error: (cannot reach the Docker engine|the Docker context "nowhere" has no engine)/m);
  });
});
