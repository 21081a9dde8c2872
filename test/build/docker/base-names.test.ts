/** Which base images an inspection names, and whether they are pulled. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectDocker } from "../../../src/build/docker/inspect.ts";
import type { DockerSpec } from "../../../src/build/docker/spec.ts";

const root = await mkdtemp(join(tmpdir(), "devloop-bases-"));
afterAll(() => rm(root, { recursive: true, force: true }));

async function bases(dockerfile: string, spec: Partial<DockerSpec> = {}) {
  await writeFile(join(root, "Dockerfile"), dockerfile);
  return (await inspectDocker({ context: root, dockerfile: join(root, "Dockerfile"), buildArgs: {}, ...spec })).bases;
}

describe("names", () => {
  const table: readonly [title: string, dockerfile: string, want: readonly string[]][] = [
    ["of stages that are reached", "FROM a:1 AS one\nFROM b AS two\nFROM one\n", ["a:1"]],
    ["of images that are copied from", "FROM scratch\nCOPY --from=tools:2 /x /\n", ["tools:2"]],
    ["of images that are mounted", "FROM a\nRUN --mount=from=tools,target=/t ls\n", ["a", "tools"]],
    ["with args", "ARG V=3\nFROM a:$V\n", ["a:3"]],
    ["not of required images", "ARG BASE\nFROM $BASE AS base\nFROM a\nCOPY --from=base /x /\n", ["a"]],
    ["not of nothing", "FROM scratch\n", []],
    [
      "without variables, where the Dockerfile is not understood",
      "FROM a:1 AS One\nFROM one\nFROM --platform=x b\nFROM $C\nFROM scratch\nODD\n",
      ["a:1", "b"],
    ],
  ];
  for (const [title, dockerfile, want] of table)
    test(title, async () => expect((await bases(dockerfile, { offered: { BASE: null } })).names).toEqual([...want]));
});

test("they are pulled where the section or a flag says so", async () => {
  expect((await bases("FROM a\n")).pulled).toBe(false);
  expect((await bases("FROM a\n", { pull: true })).pulled).toBe(true);
  expect((await bases("FROM a\n", { cliFlags: ["--pull"] })).pulled).toBe(true);
  expect((await bases("FROM a\n", { cliFlags: ["--pull=false"] })).pulled).toBe(false);
});
