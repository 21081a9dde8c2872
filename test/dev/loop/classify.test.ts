import { describe, expect, test } from "bun:test";
import { inferPlacer } from "../../../src/build/docker/dockerfile/infer.ts";
import { fileList } from "../../../src/build/file-list.ts";
import { type ContainerFiles, classify, type PathState } from "../../../src/dev/loop/classify.ts";
import type { ArtifactFiles, ProjectFiles } from "../../../src/dev/loop/project-files.ts";
import { artifactOf, planOf, treeOf } from "../sources.ts";

const dockerfile = "FROM x\nCOPY main.go /src/\nCOPY static /app/static";
const place = inferPlacer(["static/**"], planOf(dockerfile), treeOf([]));
const unknown: ContainerFiles = () => undefined;
const none = new Set<string>();

async function project(artifacts: readonly ArtifactFiles[]): Promise<ProjectFiles> {
  return {
    artifacts,
    isConfig: (path) => path === "/work/skaffold.yaml",
    observed(path) {
      if (path === "/work/charts/web/values.yaml") return [{ task: "chart:web", rule: "charts/web", changes: true }];
      if (!path.startsWith("/work/k8s/") || !path.endsWith(".yaml")) return [];
      const other = { task: "render:other", rule: "k8s/app.yaml", changes: false };
      const app = { task: "render:app", rule: "k8s/*.yaml", changes: path !== "/work/k8s/made.yaml" };
      return path === "/work/k8s/app.yaml" ? [other, app] : [app];
    },
    others: () => ({ roots: ["/work/k8s"], files: [] }),
  };
}

const web = () => artifactOf("web", dockerfile, { place, ignore: "static/drafts" });
const file = (path: string, print = "new"): PathState => ({ path: `/work/${path}`, kind: "file", print, at: 1 });
const gone = (path: string): PathState => ({ path: `/work/${path}`, kind: "gone", print: undefined, at: 1 });

describe("one path", () => {
  const rows: readonly [path: string, expected: object][] = [
    ["web/static/a.css", { kind: "sync", artifact: "web", destinations: ["/app/static/a.css"] }],
    [
      "web/main.go",
      { kind: "rebuild", artifact: "web", rule: "Dockerfile:2; not synced: no pattern of sync.infer matches" },
    ],
    ["web/Dockerfile", { kind: "rebuild", artifact: "web", rule: "Dockerfile" }],
    ["web/.dockerignore", { kind: "rebuild", artifact: "web", rule: ".dockerignore" }],
    ["web/README.md", { kind: "ignored", rule: "not an input of web" }],
    ["web/static/drafts/a.css", { kind: "ignored", rule: "not an input of web" }],
    ["web/static/.a.css.swp", { kind: "ignored", rule: "an editor's temporary file" }],
    ["k8s/made.yaml", { kind: "tool-made", task: "render:app" }],
    ["k8s/app.yaml", { kind: "observe", task: "render:app", rule: "k8s/*.yaml" }],
    ["charts/web/values.yaml", { kind: "observe", task: "chart:web", rule: "charts/web" }],
    ["skaffold.yaml", { kind: "reload", file: "/work/skaffold.yaml" }],
    ["notes.txt", { kind: "ignored", rule: "nothing of the project uses it" }],
  ];
  for (const [path, expected] of rows)
    test(path, async () => {
      const { verdicts } = classify(await project([await web()]), [file(path)], unknown, none);
      expect(verdicts.get(`/work/${path}`)).toMatchObject([expected]);
    });
});

describe("what a program lists", () => {
  const listed = async () => {
    const sources = fileList("/work/web", ["/work/web/a.go", "/work/near/n.go"], "go list", [
      "/work/web",
      "/work/near",
    ]);
    return project([{ image: "web", sources, required: false }]);
  };
  const held: ContainerFiles = (_image, path) => ({ print: path === "old.go" ? "content" : undefined });
  const rows: readonly [title: string, change: PathState, expected: object][] = [
    ["a listed file", file("web/a.go"), { kind: "rebuild", artifact: "web", rule: "go list" }],
    ["one beside the context", file("near/n.go"), { kind: "rebuild", rule: "../near/n.go" }],
    ["one that is not listed", file("web/b.go"), { kind: "ignored", rule: "not an input of web" }],
    [
      "one that was listed, is gone and in the image",
      gone("web/old.go"),
      { kind: "rebuild", rule: "no longer listed" },
    ],
    ["one that never was and is gone", gone("web/tmp.go"), { kind: "ignored" }],
    [
      "one that is gone from a folder beside the context",
      gone("near/old.go"),
      { kind: "rebuild", rule: "no longer listed" },
    ],
    ["an editor's file that is gone from there", gone("near/.old.go.swp"), { kind: "ignored" }],
  ];
  for (const [title, change, expected] of rows)
    test(title, async () => {
      const { verdicts } = classify(await listed(), [change], held, none);
      expect(verdicts.get(change.path)).toMatchObject([expected]);
    });
});

describe("a directory beside the context", () => {
  const withTree = async (root: string) => {
    const artifact = await web();
    return project([{ ...artifact, sources: { ...artifact.sources, trees: [{ name: "lib", root }] } }]);
  };
  const held: ContainerFiles = (_image, path) => ({ print: path === "lib:deep/a" ? "content same" : undefined });
  const rows: readonly [title: string, change: PathState, expected: object][] = [
    ["a new file", file("shared/b", "file 644 new"), { kind: "rebuild", artifact: "web", rule: "lib:b" }],
    ["a changed file", file("shared/deep/a", "file 644 new"), { kind: "rebuild", rule: "lib:deep/a" }],
    [
      "the same content",
      file("shared/deep/a", "file 755 same"),
      { kind: "ignored", rule: "its content is what it was", unchanged: true },
    ],
    ["a removed file", gone("shared/deep/a"), { kind: "rebuild", rule: "lib:deep/a" }],
    ["one that came and went", gone("shared/c"), { kind: "ignored" }],
    ["an editor's own file", file("shared/.b.swp"), { kind: "ignored", rule: "an editor's temporary file" }],
    ["a directory by itself", { ...file("shared/deep"), kind: "directory" }, { kind: "ignored" }],
    ["the directory's own name", { ...file("shared"), kind: "directory" }, { kind: "ignored" }],
  ];
  for (const [title, change, expected] of rows)
    test(title, async () => {
      const { verdicts } = classify(await withTree("/work/shared"), [change], held, none);
      expect(verdicts.get(change.path)).toMatchObject([expected]);
    });

  test("inside the context, too: what it says nothing of is the context's to judge", async () => {
    const { verdicts } = classify(await withTree("/work/web/static"), [file("web/static/a.css")], held, none);
    expect(verdicts.get("/work/web/static/a.css")).toMatchObject([{ kind: "rebuild", rule: "lib:a.css" }]);
  });
});

test("content that the containers have already does nothing; a file that came and went neither", async () => {
  const held: ContainerFiles = (_image, path) => ({ print: path === "static/a.css" ? "same" : undefined });
  const files = await project([await web()]);
  const changes = [file("web/static/a.css", "same"), gone("web/static/temp")];
  const { verdicts, sync, rebuild } = classify(files, changes, held, none);
  expect([...verdicts.values()].flat()).toEqual([
    { kind: "ignored", rule: "its content is what it was", unchanged: true },
    { kind: "ignored", rule: "it came and went" },
  ]);
  expect([sync.size, rebuild.size]).toEqual([0, 0]);
  const unsure: ContainerFiles = () => ({ print: "same", unsure: true });
  expect(classify(files, changes.slice(0, 1), unsure, none).sync.size).toBe(1);
});

test("one path that rebuilds takes the artifact's syncs with it, and says so", async () => {
  const files = await project([await web(), await artifactOf("api", "FROM x\nCOPY . /")]);
  const changes = [file("web/static/a.css"), file("web/main.go"), file("api/x")];
  const { verdicts, sync, rebuild } = classify(files, changes, unknown, none);
  expect([...rebuild]).toEqual(["web", "api"]);
  expect(sync.size).toBe(0);
  expect(verdicts.get("/work/web/static/a.css")).toEqual([
    { kind: "rebuild", artifact: "web", rule: 'sync.infer "static/**", but main.go has to be built' },
  ]);
});

test("a path in two contexts gets a verdict for each", async () => {
  const outer = await artifactOf("all", "FROM x\nCOPY . /");
  const both = { ...outer, sources: { ...outer.sources, root: "/work" } };
  const { verdicts } = classify(await project([await web(), both]), [file("web/static/a.css")], unknown, none);
  expect(verdicts.get("/work/web/static/a.css")).toMatchObject([
    { kind: "sync", artifact: "web" },
    { kind: "rebuild", artifact: "all" },
  ]);
});

test("an artifact that another is built on, or that is being built, is not synced", async () => {
  const required = { ...(await web()), required: true };
  const change = [file("web/static/a.css", "same")];
  expect([...classify(await project([required]), change, unknown, none).rebuild]).toEqual(["web"]);
  const held: ContainerFiles = () => ({ print: "same" });
  const building = classify(await project([await web()]), change, held, new Set(["web"]));
  expect([...building.rebuild]).toEqual(["web"]);
});

test("a directory that no rule matches is no reason for a build; without a sync it is", async () => {
  const made: PathState = { path: "/work/web/static", kind: "directory", print: "directory 755", at: 1 };
  const files = await project([await web()]);
  expect(classify(files, [made], unknown, none).rebuild.size).toBe(0);
  const held: ContainerFiles = () => ({ print: "directory 755" });
  expect(classify(files, [gone("web/static")], held, none).rebuild.size).toBe(0);
  const plain = await artifactOf("web", dockerfile);
  expect([...classify(await project([plain]), [made], unknown, none).rebuild]).toEqual(["web"]);
});
