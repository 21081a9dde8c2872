/** What enters a Docker artifact's key beside its files, and what never does. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectDocker } from "../../../src/build/docker/inspect.ts";
import type { DockerSpec } from "../../../src/build/docker/spec.ts";
import type { JsonRecord } from "../../../src/std/data/json.ts";
import { keyOfContext } from "./key-of-context.ts";

const seal = (value: string) => `sealed(${value})`;
let root: string;
let spec: DockerSpec;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "devloop-parts-"));
  await writeFile(
    join(root, "Dockerfile"),
    "ARG BASE=scratch\nFROM $BASE AS one\nARG VERSION\nCOPY a /\nFROM scratch\nARG LATER\n",
  );
  await writeFile(join(root, "a"), "a");
  spec = { context: root, dockerfile: join(root, "Dockerfile"), target: "one", buildArgs: {} };
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function parts(change: Partial<DockerSpec> = {}): Promise<JsonRecord> {
  const changed = { ...spec, ...change };
  return (await inspectDocker(changed)).keyParts(changed, seal);
}

describe("counted", () => {
  const changes: readonly [title: string, change: Partial<DockerSpec>][] = [
    ["target", { target: "" }],
    ["build arg that the target declares", { buildArgs: { VERSION: "1" } }],
    ["build arg in the base's name", { buildArgs: { BASE: "other" } }],
    ["network", { network: "host" }],
    ["hosts", { addHost: ["a:1.2.3.4"] }],
    ["flags for the client", { cliFlags: ["--label=a=b"] }],
    ["pull", { pull: true }],
    ["no cache", { noCache: true }],
    ["squash", { squash: true }],
    ["ids of secrets", { secrets: [{ id: "npm" }] }],
    ["ssh", { ssh: "default" }],
    ["platform", { platform: "linux/s390x" }],
    ["kind of builder", { useBuildkit: false }],
    ["provenance", { provenance: true }],
  ];
  for (const [title, change] of changes)
    test(title, async () => expect(await parts(change)).not.toEqual(await parts()));
});

describe("never counted", () => {
  const changes: readonly [title: string, change: Partial<DockerSpec>][] = [
    ["cache sources", { cacheFrom: ["web:latest"] }],
    ["a build arg that nothing reads", { buildArgs: { UNUSED: "1" } }],
    ["a build arg of a stage that is not built", { buildArgs: { LATER: "1" } }],
    ["a build arg without a value and not in the environment", { buildArgs: { VERSION: null } }],
    ["the proxy's args", { buildArgs: { HTTP_PROXY: "http://p", no_proxy: "*" } }],
    ["where a secret comes from", { secrets: [] }],
    ["BuildKit said explicitly", { useBuildkit: true }],
  ];
  for (const [title, change] of changes)
    test(title, async () => {
      const { secrets: _, ...was } = await parts({ secrets: [] });
      const { secrets: __, ...now } = await parts(change);
      expect(now).toEqual(was);
    });

  test("a secret's file", async () =>
    expect(await parts({ secrets: [{ id: "npm", src: "/one" }] })).toEqual(
      await parts({ secrets: [{ id: "npm", env: "TWO" }] }),
    ));

  test("the context's own path, and anything about the engine", async () => {
    const copy = await mkdtemp(join(tmpdir(), "devloop-parts-elsewhere-"));
    await writeFile(join(copy, "Dockerfile"), await Bun.file(join(root, "Dockerfile")).text());
    await writeFile(join(copy, "a"), "a");
    const there = await keyOfContext({ ...spec, context: copy, dockerfile: join(copy, "Dockerfile") });
    const old = process.env.DOCKER_HOST;
    process.env.DOCKER_HOST = "tcp://elsewhere:1";
    try {
      const here = await keyOfContext(spec);
      expect(there.key).toBe(here.key);
      expect(JSON.stringify(here.record)).not.toContain(root);
    } finally {
      if (old === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = old;
      await rm(copy, { recursive: true });
    }
  });
});

describe("values", () => {
  test("of build args and flags are only there sealed", async () => {
    const record = await parts({ buildArgs: { VERSION: "open-value" }, cliFlags: ["--x=open-flag"] });
    expect(record).toMatchObject({ buildArgs: { VERSION: "sealed(open-value)" }, cliFlags: ["sealed(--x=open-flag)"] });
  });
  test("of the environment count where a build arg takes them from there", async () => {
    process.env.DEVLOOP_TEST_VERSION = "7";
    await writeFile(join(root, "Dockerfile.env"), "FROM scratch\nARG DEVLOOP_TEST_VERSION\nCOPY a /\n");
    const change = { dockerfile: join(root, "Dockerfile.env"), target: "", buildArgs: { DEVLOOP_TEST_VERSION: null } };
    try {
      expect(await parts(change)).toMatchObject({ buildArgs: { DEVLOOP_TEST_VERSION: "sealed(7)" } });
    } finally {
      delete process.env.DEVLOOP_TEST_VERSION;
    }
  });
  test("may differ from the inspected ones, for a tag that is not known yet", async () => {
    const inspected = await inspectDocker({ ...spec, buildArgs: { VERSION: "symbolic" } });
    expect(inspected.keyParts({ ...spec, buildArgs: { VERSION: "v1" } }, seal)).toMatchObject({
      buildArgs: { VERSION: "sealed(v1)" },
    });
  });
  test("all count where the Dockerfile is not understood", async () => {
    await writeFile(join(root, "Dockerfile.odd"), "FROM scratch\nODD\n");
    expect(await parts({ dockerfile: join(root, "Dockerfile.odd"), buildArgs: { ANY: "1" } })).toMatchObject({
      buildArgs: { ANY: "sealed(1)" },
    });
  });
});
