/** Edits a directory as people and tools do, at random but from a seed: saves, renames, whole trees, deletions, bursts. */
import { chmod, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { seeded } from "../build/docker/seeded.ts";

export interface RandomEditor {
  /** Some edits right after each other. */
  burst(): Promise<void>;
}

const names = ["a", "b", "c.html", "ä d", "e"];

export function randomEditor(root: string, seed: number): RandomEditor {
  const random = seeded(seed);
  let count = 0;
  const some = () => Array.from({ length: 1 + random.int(3) }, () => random.pick(names)).join("/");
  const content = () => `edit ${++count}\n`.repeat(1 + random.int(200));
  const edits: readonly (() => Promise<unknown>)[] = [
    async () => save(join(root, some()), content()),
    async () => save(join(root, some()), content()),
    // As editors save: beside it, then over it.
    async () => {
      const path = join(root, some());
      await save(`${path}.new`, content());
      await rename(`${path}.new`, path);
    },
    async () => rm(join(root, some()), { recursive: true, force: true }),
    async () => rename(join(root, some()), join(root, some())),
    async () => mkdir(join(root, some()), { recursive: true }),
    async () => chmod(join(root, some()), 0o755),
    async () => {
      const tree = join(root, some());
      for (let i = 0; i < 30; i++) await save(join(tree, `d${i % 3}`, `f${i}`), content());
    },
    async () => {
      for (const name of await readdir(root)) await save(join(root, name), content());
    },
  ];
  return {
    async burst() {
      // What cannot be done (a file where a directory should be) is not done.
      for (let i = random.int(8); i >= 0; i--)
        await random
          .pick(edits)()
          .catch(() => undefined);
    },
  };
}

async function save(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
