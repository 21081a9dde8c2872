/** What counts for an image that a command of the user's own builds: the four ways to tell its files, and the key. */
import { describe, expect, test } from "bun:test";
import type { Inspection } from "../../../src/build/builder.ts";
import { contextTree } from "../../../src/dev/loop/artifact-files.ts";
import { type ArtifactFolder, artifactFolder } from "../artifact-folder.ts";

const seal = (value: string) => `sealed(${value})`;

async function folderWith(section: string): Promise<ArtifactFolder> {
  const it = await artifactFolder(section);
  for (const path of ["main.c", "notes.md", "lib/a.c", "build.sh"]) await it.write(`web/${path}`, path);
  await it.write("shared/version", "1");
  return it;
}

describe("files", () => {
  test("without dependencies the whole context counts", async () => {
    await using it = await folderWith("custom: {buildCommand: make}");
    expect(await it.inputs()).toEqual(["build.sh", "lib/a.c", "main.c", "notes.md"]);
  });

  test("paths less what is ignored", async () => {
    await using it = await folderWith('custom: {buildCommand: make, dependencies: {paths: ["."], ignore: ["*.md"]}}');
    expect(await it.inputs()).toEqual(["build.sh", "lib/a.c", "main.c"]);
  });

  test("a path that matches nothing is an error at its place", async () => {
    await using it = await folderWith('custom: {buildCommand: make, dependencies: {paths: ["*.go"]}}');
    expect(it.inspect()).rejects.toMatchObject({
      diagnostics: [{ message: 'no file matches "*.go" of custom.dependencies.paths of web', at: { line: 5 } }],
    });
  });

  test("what a Dockerfile copies, judged with its build args; places to sync to follow from it", async () => {
    await using it = await folderWith(
      'custom: {buildCommand: make, dependencies: {dockerfile: {path: Other.dockerfile, buildArgs: {DIR: "{{.GREETING}}"}}}}',
    );
    await it.write("web/hello/page", "");
    await it.write("web/Other.dockerfile", "FROM base:1\nARG DIR\nCOPY $DIR /www/\n");
    expect(await it.inputs()).toEqual(["Dockerfile", "hello/page"]);
    const inspection = await it.inspect();
    expect(inspection.bases).toEqual({ names: ["base:1"], pulled: false });
    const place = inspection.infer?.(["**/*"], contextTree(inspection.sources));
    expect(place?.("hello/page", "file")).toMatchObject({ kind: "placed", destinations: ["/www/page"] });
    const parts = inspection.keyParts("v1", seal);
    expect(parts).toMatchObject({ dockerfile: { buildArgs: { DIR: "sealed(hello)" } } });
  });

  describe("by a command", () => {
    const listing = (command: string) => `custom: {buildCommand: make, dependencies: {command: ${command}}}`;

    test("its words are split at spaces, as quotes of JSON need it", async () => {
      await using it = await folderWith(listing(`'echo ["main.c","lib","../shared/version","gone.c"]'`));
      expect(await it.inputs()).toEqual(["../shared/version", "lib/a.c", "main.c"]);
    });

    test("with a shell's syntax it is a shell that runs it, where devloop was started", async () => {
      await using it = await folderWith(listing(`'printf "[\\"%s\\"]" "$(cd web && ls *.c)"'`));
      expect(await it.inputs()).toEqual(["main.c"]);
    });

    test("another list is another selection, and files beside the context are watched", async () => {
      await using it = await folderWith(listing("cat list.json"));
      await it.write("list.json", '["main.c", "../shared"]');
      const first = await it.inspect();
      expect(first.sources.extra.map(({ name }) => name)).toEqual(["../shared/version"]);
      expect(first.sources.listed).toEqual([]);
      await it.write("list.json", '["main.c", "notes.md"]');
      const second = await it.inspect();
      expect(second.sources.selection).not.toBe(first.sources.selection as string);
      expect(second.sources.reason("notes.md")).toBe("custom.dependencies.command");
      expect(second.sources.reason("lib/a.c")).toBeUndefined();
    });

    test.each([
      ["one that fails, with its last lines", `'echo no list >&2; exit 3'`, /failed with exit code 3/, ["no list"]],
      ["one that is not there", "no-such-lister all", /no-such-lister was not found on PATH/, undefined],
      ["one that prints something else", "echo main.c", /has to print a JSON list of files/, ["main.c"]],
      ["one that prints no texts", `'echo [1]'`, /has to print a JSON list of files/, ["[1]"]],
    ])("%s", async (_title, command, message, details) => {
      await using it = await folderWith(listing(command));
      const failure = await it.inspect().then(
        () => undefined,
        (thrown: { diagnostics: unknown[] }) => thrown.diagnostics,
      );
      expect(failure).toMatchObject([
        { message: expect.stringMatching(message), at: { line: 5 }, ...(details ? { details } : {}) },
      ]);
    });
  });
});

describe("the key", () => {
  const parts = async (section: string) => {
    await using it = await folderWith(section);
    const { keyParts }: Inspection = await it.inspect();
    return keyParts("v1", seal);
  };

  test("has the command with its templates expanded, sealed, and the platform, and not the tag", async () => {
    const made = await parts('custom: {buildCommand: "make {{.GREETING}} {{.NOBODY}}"}');
    expect(made).toMatchObject({ builder: "custom", command: "sealed(make hello <no value>)" });
    expect(JSON.stringify(made)).not.toContain("v1");
  });
});

test.each(["custom: {}", 'custom: {buildCommand: " "}'])(
  "%s says nothing of how the image is built",
  async (section) => {
    await using it = await folderWith(section);
    expect(it.inspect()).rejects.toThrow("custom.buildCommand of web is missing");
  },
);
