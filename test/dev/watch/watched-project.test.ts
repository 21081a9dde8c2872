/** What is watched before a pass looks at it, links among it. */
import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProjectInForce } from "../../../src/dev/loop/project-in-force.ts";
import { WatchedProject } from "../../../src/dev/watch/watched-project.ts";
import type { WatchTargets } from "../../../src/dev/watch/watcher.ts";
import { MemoryWatcher } from "../../rig/memory-watcher.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

async function watched(first: WatchTargets) {
  let targets = first;
  const watcher = new MemoryWatcher();
  const project = new WatchedProject({ targets: () => targets } as unknown as ProjectInForce);
  await project.open((aimed) => watcher.open(aimed, { changed() {}, lost() {}, notice() {} }));
  return {
    project,
    watcher,
    now: (next: WatchTargets) => {
      targets = next;
    },
  };
}

test("what is within a watched folder is watched, what is beside it is not", async () => {
  const at = await watched({ roots: ["/work"], files: ["/elsewhere/a"] });
  await at.project.cover({ roots: ["/work", "/work/web"], files: ["/work/Dockerfile", "/elsewhere/a"] });
  expect(at.watcher.aimed).toBe(1);
  at.now({ roots: ["/work"], files: ["/elsewhere/a", "/elsewhere/b"] });
  await at.project.cover({ roots: [], files: ["/elsewhere/b"] });
  expect([at.watcher.aimed, at.watcher.targets.files]).toEqual([2, ["/elsewhere/a", "/elsewhere/b"]]);
});

test("a link within a watched folder is watched by itself: a change of what it leads to is no change of the folder", async () => {
  await using folder = await tempFolder();
  const [work, outside] = [join(folder.path, "work"), join(folder.path, "outside")];
  for (const each of [work, outside]) mkdirSync(each);
  writeFileSync(join(work, "plain.yaml"), "");
  writeFileSync(join(outside, "a.yaml"), "");
  symlinkSync("../outside/a.yaml", join(work, "link.yaml"));
  const at = await watched({ roots: [work], files: [] });
  await at.project.cover({ roots: [], files: [join(work, "plain.yaml")] });
  expect(at.watcher.aimed).toBe(1);
  const link = { roots: [work], files: [join(work, "link.yaml")] };
  at.now(link);
  await at.project.cover(link);
  expect(at.watcher.targets.files).toEqual(link.files);
  await at.project.cover(link);
  expect(at.watcher.aimed).toBe(2);
});

test("what is asked for at once is aimed for in turn, with what is known by then", async () => {
  const at = await watched({ roots: [], files: [] });
  at.now({ roots: ["/a", "/b"], files: [] });
  await Promise.all([
    at.project.cover({ roots: ["/a"], files: [] }),
    at.project.cover({ roots: ["/b"], files: [] }),
    at.project.retarget(),
  ]);
  expect([at.watcher.aimed, at.watcher.targets.roots]).toEqual([3, ["/a", "/b"]]);
});
