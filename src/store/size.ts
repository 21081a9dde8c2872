/** The size of the store by topic. Files that are removed meanwhile count as nothing. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export interface StoreSize {
  readonly cacheDir: string;
  readonly stateDir: string;
  /** Bytes by topic: folders of the cache by their names, and `state`. */
  readonly parts: Readonly<Record<string, number>>;
  readonly bytes: number;
}

export async function storeSize(cacheDir: string, stateDir: string): Promise<StoreSize> {
  const folders = await readdir(cacheDir, { withFileTypes: true }).catch(() => []);
  const sizes = folders
    .filter((entry) => entry.isDirectory() && join(cacheDir, entry.name) !== stateDir)
    .map(async ({ name }) => [name, await bytesBelow(join(cacheDir, name))] as const);
  const parts = Object.fromEntries([...(await Promise.all(sizes)), ["state", await bytesBelow(stateDir)] as const]);
  return { cacheDir, stateDir, parts, bytes: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}
