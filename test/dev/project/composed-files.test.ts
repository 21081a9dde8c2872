/** What a session knows of a project's files, from its artifacts and what the graph observes. */
import { expect, test } from "bun:test";
import type { SourceSpec } from "../../../src/build/builder.ts";
import type { ObservedFiles } from "../../../src/dev/loop/observed-files.ts";
import { projectFiles } from "../../../src/dev/project/composed-files.ts";
import type { ComposedArtifact } from "../../../src/phase/image/artifact-work.ts";

const at = { file: "skaffold.yaml", line: 1, column: 1, length: 1, text: "" };
const { signal } = new AbortController();

function artifact(image: string, requires: readonly string[] = [], synced = true): ComposedArtifact {
  const sources: SourceSpec = { root: `/${image}`, part: () => "in", extra: [], rules: [], reason: () => undefined };
  const rules = [{ src: "site/**", dest: ".", strip: "", at }];
  const sync = synced ? { kind: "manual", rules, hooks: { before: [], after: [] }, at } : undefined;
  return {
    image,
    requires: requires.map((other) => ({ image: other, alias: other })),
    artifact: { sync },
    inspect: async () => ({ sources, bases: { names: [], pulled: false }, notices: [], keyParts: () => ({}) }),
  } as unknown as ComposedArtifact;
}

test("each artifact has its sources, whether it is synced, and whether another one is built on it", async () => {
  const workdirs = new Map<string, string>();
  const render = { task: "render:m", kind: "render", rule: "k8s", changes: true };
  const observed: Partial<ObservedFiles> = {
    concerned: (path) => (path === "/k8s/a.yaml" ? [render] : []),
    others: () => ({ roots: ["/k8s"], files: [] }),
  };
  const files = await projectFiles(
    {
      configs: ["/skaffold.yaml", "/skaffold.env"],
      artifacts: [artifact("base"), artifact("web", ["base"]), artifact("job", [], false)],
      observed: observed as ObservedFiles,
      workdir: (image) => workdirs.get(image),
      labels: () => undefined,
    },
    signal,
  );
  expect(
    files.artifacts.map(({ image, required, sources, place }) => [image, required, sources.root, !!place]),
  ).toEqual([
    ["base", true, "/base", true],
    ["web", false, "/web", true],
    ["job", false, "/job", false],
  ]);
  expect(["/skaffold.yaml", "/skaffold.env", "/web/a"].map(files.isConfig)).toEqual([true, true, false]);
  expect([files.observed("/k8s/a.yaml"), files.observed("/web/a"), files.others()]).toEqual([
    [render],
    [],
    { roots: ["/k8s"], files: [] },
  ]);
  // The image's working directory is asked at every save: a build may change it.
  const place = files.artifacts[1]?.place;
  expect(place?.("site/a", "file").kind).toBe("unplaced");
  workdirs.set("web", "/srv");
  expect(place?.("site/a", "file")).toMatchObject({ kind: "placed", destinations: ["/srv/site/a"] });
});
