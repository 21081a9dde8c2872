/**
 * Trees and their indexes: one index for each root, opened on the first look and kept for the session. It is saved when
 * the session ends, and at once after a look that read much: a killed process then costs only what it read last.
 */
import { join } from "node:path";
import { systemClock } from "../std/clock.ts";
import { sha256 } from "../std/digest.ts";
import { FileIndex } from "./file-index.ts";
import { hashTree, type TreeRecord } from "./hash-tree.ts";
import type { Touch } from "./live.ts";
import type { Sources } from "./sources.ts";
import type { Trouble } from "./trouble.ts";

const worthSaving = 500;
const dayMs = 24 * 60 * 60 * 1000;

export interface Trees {
  hash(sources: Sources, signal: AbortSignal): Promise<TreeRecord>;
  save(): Promise<void>;
}

export function openTrees(dir: string, trouble: Trouble, touch: Touch): Trees {
  const indexes = new Map<string, FileIndex>();
  let saving: Promise<void> = Promise.resolve();
  const indexOf = (root: string) => {
    let index = indexes.get(root);
    if (index === undefined) {
      const path = join(dir, `${sha256(root).slice(0, 32)}.index`);
      touch(path);
      index = new FileIndex(path, trouble, () => Math.floor(systemClock.now() / dayMs));
      indexes.set(root, index);
    }
    return index;
  };
  return {
    async hash(sources, signal) {
      const index = indexOf(sources.root);
      const files = await hashTree(sources, index, signal);
      if (index.unsaved >= worthSaving) saving = saving.then(() => index.save());
      return files;
    },
    async save() {
      await saving;
      for (const index of indexes.values()) await index.save();
    },
  };
}
