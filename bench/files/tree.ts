/** A tree of 50,000 files in 5,000 folders, as a large repository has them. */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/std/clock.ts";

const fileCount = 50_000;
const folderCount = 5_000;

/** @param repeat how often each file holds its line */
export function makeTree(root: string, repeat = 100): void {
  const perFolder = fileCount / folderCount;
  const old = new Date(systemClock.now() - 60_000);
  for (let folder = 0; folder < folderCount; folder++) {
    const dir = join(root, `package-${folder % 70}`, `folder-${folder}`);
    mkdirSync(dir, { recursive: true });
    for (let file = 0; file < perFolder; file++) {
      const path = join(dir, `source-${file}.ts`);
      writeFileSync(path, `export const value = ${folder * perFolder + file};\n`.repeat(repeat));
      utimesSync(path, old, old);
    }
  }
}
