/** What an artifact's own flags for the client mean for its inputs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withCliFlags } from "../../../src/build/docker/cli-flags.ts";
import { inspectDocker } from "../../../src/build/docker/inspect.ts";
import type { DockerSpec } from "../../../src/build/docker/spec.ts";
import { nameInTrees, watchedOf } from "../../../src/build/watched.ts";
import { keyOfContext } from "./key-of-context.ts";

const plain: DockerSpec = { context: "/app", dockerfile: "/app/Dockerfile", buildArgs: { A: "1", B: "2" } };

describe("read", () => {
  const table: readonly [
    title: string,
    flags: readonly string[],
    told: Partial<DockerSpec> & { contexts?: unknown },
  ][] = [
    ["nothing", ["--quiet", "--label", "a=b"], {}],
    ["a target", ["--target=one"], { target: "one" }],
    ["a target as two words", ["--target", "one"], { target: "one" }],
    ["the last of several", ["--target=one", "--target=two"], { target: "two" }],
    ["a platform", ["--platform", "linux/arm64"], { platform: "linux/arm64" }],
    [
      "build args, over the artifact's own",
      ["--build-arg=B=3", "--build-arg", "C"],
      { buildArgs: { A: "1", B: "3", C: null } },
    ],
    ["another Dockerfile", ["-f", "/other/Dockerfile"], { dockerfile: "/other/Dockerfile" }],
    [
      "named contexts that are directories",
      ["--build-context=lib=/lib", "--build-context", "img=docker-image://a:b"],
      {
        contexts: [
          { name: "lib", path: "/lib" },
          { name: "img", image: "a:b" },
        ],
      },
    ],
    [
      "no address, layout or repository",
      ["--build-context=a=https://x/y.git", "--build-context=b=oci-layout:///x", "--build-context=c=git@x:y"],
      { contexts: [{ name: "a" }, { name: "b" }, { name: "c" }] },
    ],
    ["a word that is missing", ["--target"], {}],
  ];
  for (const [title, cliFlags, told] of table)
    test(title, () =>
      expect(withCliFlags({ ...plain, cliFlags })).toEqual({ ...plain, cliFlags, contexts: [], ...told } as ReturnType<
        typeof withCliFlags
      >),
    );
  test("the artifact's own target and platform come behind them and win", () =>
    expect(
      withCliFlags({ ...plain, target: "own", platform: "linux/amd64", cliFlags: ["--target=x", "--platform=y"] }),
    ).toMatchObject({
      target: "own",
      platform: "linux/amd64",
    }));
});

describe("counted", () => {
  let root: string;
  const spec = (cliFlags: readonly string[]): DockerSpec => ({
    context: join(root, "web"),
    dockerfile: join(root, "web", "Dockerfile"),
    buildArgs: {},
    cliFlags,
  });
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "devloop-flags-"));
    await mkdir(join(root, "web"));
    await mkdir(join(root, "lib", "deep"), { recursive: true });
    await writeFile(
      join(root, "web", "Dockerfile"),
      "FROM scratch AS one\nCOPY a /\nFROM scratch\nCOPY b /\nCOPY --from=lib . /\n",
    );
    for (const path of ["web/a", "web/b", "lib/x", "lib/deep/y"]) await writeFile(join(root, path), path);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test("a target in the flags selects the files", async () => {
    const { sources } = await inspectDocker(spec(["--target=one"]));
    expect([sources.part("a", "file"), sources.part("b", "file")]).toEqual(["in", "out"]);
  });
  test("every file of a named context, under its name", async () => {
    const { sources } = await inspectDocker(spec([`--build-context=lib=${join(root, "lib")}`]));
    expect(sources.extra.map(({ name }) => name)).toEqual(["Dockerfile", "lib:deep/y", "lib:x"]);
  });
  test("its directory is watched whole, so that a file that comes later counts", async () => {
    const { sources } = await inspectDocker(spec([`--build-context=lib=${join(root, "lib")}`]));
    expect(watchedOf(sources)).toEqual({
      roots: [join(root, "web"), join(root, "lib")],
      files: ["Dockerfile", "Dockerfile.dockerignore", ".dockerignore"].map((file) => join(root, "web", file)),
    });
    expect(nameInTrees(sources, join(root, "lib/deep/new"))).toBe("lib:deep/new");
    expect(nameInTrees(sources, join(root, "web/a"))).toBeUndefined();
  });
  test("a name that a context takes the place of is no base image, or the one that it stands for", async () => {
    await writeFile(join(root, "web", "Dockerfile.named"), "FROM alpine\nCOPY --from=lib x /\nCOPY --from=tools x /\n");
    const flags = [
      `--build-context=lib=${join(root, "lib")}`,
      "--build-context=docker.io/library/alpine:latest=docker-image://mine:1",
      "--file",
      join(root, "web", "Dockerfile.named"),
    ];
    expect((await inspectDocker(spec(flags))).bases.names.toSorted()).toEqual(["mine:1", "tools"]);
  });
  test("a change there changes the key", async () => {
    const flags = [`--build-context=lib=${join(root, "lib")}`];
    const before = await keyOfContext(spec(flags));
    await writeFile(join(root, "lib", "x"), "changed");
    expect((await keyOfContext(spec(flags))).key).not.toBe(before.key);
  });
});
