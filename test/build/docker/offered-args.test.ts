/** Args that the artifact's section does not name: images of required artifacts, whose values come late, and the run mode. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Dockerfile variables
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argsToPass, declaredArgs } from "../../../src/build/docker/dockerfile/args.ts";
import { type DockerInspection, inspectDocker } from "../../../src/build/docker/inspect.ts";
import type { DockerSpec } from "../../../src/build/docker/spec.ts";

const root = await mkdtemp(join(tmpdir(), "devloop-offered-"));
afterAll(() => rm(root, { recursive: true, force: true }));
await Promise.all(["a", "b", "conf"].map((file) => writeFile(join(root, file), file)));

const seal = (value: string) => value;

/** An artifact that requires another one under BASE, before that one is built. */
async function looked(dockerfile: string, offered: DockerSpec["offered"] = { BASE: null }): Promise<DockerInspection> {
  await writeFile(join(root, "Dockerfile"), dockerfile);
  return inspectDocker(specOf(offered));
}

function specOf(offered: DockerSpec["offered"]): DockerSpec {
  return { context: root, dockerfile: join(root, "Dockerfile"), buildArgs: {}, ...(offered ? { offered } : {}) };
}

/** Of the files a, b and conf those that count. */
function counted({ sources }: DockerInspection): string[] {
  return ["a", "b", "conf"].filter((file) => sources.part(file, "file") === "in");
}

describe("a required image whose name is not known yet", () => {
  const table: readonly [title: string, dockerfile: string][] = [
    ["as the only base, without a default", "ARG BASE\nFROM $BASE\nCOPY a /\n"],
    ["as the base of a later stage", "ARG BASE\nFROM scratch AS one\nCOPY a /\nFROM ${BASE}\nCOPY --from=one /a /\n"],
    [
      "as the base of a stage that is copied from",
      "ARG BASE\nFROM $BASE AS one\nFROM scratch\nCOPY --from=one /a /\nCOPY a /\n",
    ],
    ["inside another arg", "ARG BASE\nARG FULL=${BASE}\nFROM $FULL\nCOPY a /\n"],
    [
      "inside another arg of the stage",
      "ARG BASE=scratch\nFROM $BASE\nARG BASE\nARG NOTE=on-$BASE\nLABEL note=$NOTE\nCOPY a /\n",
    ],
    ["inside a variable of the stage", "FROM scratch\nARG BASE\nENV FROM_IMAGE=$BASE\nCOPY a /\n"],
    ["with a default that it replaces", "ARG BASE=other\nFROM ${BASE:-third}\nCOPY a /\n"],
    [
      "named by a copy, which the engine judges",
      "ARG BASE\nFROM scratch\nARG BASE\nCOPY --from=$BASE /x /\nCOPY a /\n",
    ],
    ["as a required variable", "ARG BASE\nFROM ${BASE:?missing}\nCOPY a /\n"],
  ];
  for (const [title, dockerfile] of table)
    test(`${title}: the Dockerfile is understood, and the image is in the key`, async () => {
      const inspection = await looked(dockerfile);
      expect(inspection.notices).toEqual([]);
      expect(counted(inspection)).toEqual(["a"]);
      expect(inspection.keyParts(specOf({ BASE: null }), seal)).toMatchObject({
        buildArgs: { BASE: "{{requires.BASE}}" },
      });
      expect(inspection.plan?.images.filter((name) => !name.startsWith("$"))).toEqual([]);
    });

  test("in the name of a source stands for every file", async () => {
    expect(counted(await looked("FROM scratch\nARG BASE\nCOPY a$BASE /\n"))).toEqual(["a", "b", "conf"]);
    expect(counted(await looked("FROM scratch\nARG BASE\nENV X=$BASE\nCOPY a${X} /\n"))).toEqual(["a", "b", "conf"]);
    expect(counted(await looked("FROM scratch\nARG BASE\nCOPY ${BASE:+a} /\n"))).toEqual(["a"]);
  });

  test("in a destination makes it unknown, so that nothing is synced to a wrong place", async () => {
    const { plan } = await looked("FROM scratch\nARG BASE\nCOPY a /in/$BASE/\n");
    expect(plan?.stages.at(-1)?.steps).toMatchObject([{ kind: "copy", destination: null }]);
  });

  test("is no part of the key where nothing that is built reads it", async () => {
    const inspection = await looked("ARG BASE\nFROM $BASE\nFROM scratch\nCOPY a /\n");
    expect(inspection.keyParts(specOf({ BASE: null }), seal)).toMatchObject({ buildArgs: {} });
  });
});

describe("what is passed to the client", () => {
  const pass = (dockerfile: string, spec: Partial<DockerSpec> = {}) =>
    argsToPass({ ...specOf({ BASE: "base:1", SKAFFOLD_RUN_MODE: "dev" }), ...spec }, dockerfile);

  test("is every offered arg that the Dockerfile declares, wherever", () => {
    expect(pass("ARG BASE\nFROM $BASE\n")).toEqual({ BASE: "base:1" });
    // BuildKit refuses an empty base in a stage that is not built, too.
    expect(pass("ARG BASE\nFROM $BASE\nFROM scratch\n")).toEqual({ BASE: "base:1" });
    expect(pass("FROM scratch\nARG A=1 BASE B\n")).toEqual({ BASE: "base:1" });
    expect(pass("FROM scratch\narg \\\n  BASE\n")).toEqual({ BASE: "base:1" });
    expect(pass("FROM scratch\nARG SKAFFOLD_RUN_MODE\n")).toEqual({ SKAFFOLD_RUN_MODE: "dev" });
    expect(pass("FROM scratch\n# ARG BASE\nRUN echo ARG BASE\n")).toEqual({});
  });
  test("is all that the user gave, declared or not, and that wins", () => {
    expect(pass("ARG BASE\nFROM $BASE\n", { buildArgs: { BASE: "mine", OTHER: null } })).toEqual({
      BASE: "mine",
      OTHER: null,
    });
  });
  test("is the same where the Dockerfile is not understood", () => {
    expect(pass("# syntax=example.com/other\nARG BASE\nFROM $BASE\nODD\n")).toEqual({ BASE: "base:1" });
    expect(pass("ARG BASE\nFROM $BASE\nRUN <<EOF\n")).toEqual({ BASE: "base:1" });
  });
  test("is an error of the program where a value is not known by then", () => {
    expect(() => pass("ARG BASE\nFROM $BASE\n", { offered: { BASE: null } })).toThrow("BASE");
  });
});

test("declared args of a Dockerfile that is not there are none", () => expect([...declaredArgs("")]).toEqual([]));
