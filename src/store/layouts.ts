/**
 * Folders in which builders keep their images as OCI layouts, written by programs of their own. A layout keeps the layers
 * that the next build shares, and the last few images. One process at a time writes into a layout: another one that
 * builds the same gets one beside it.
 *
 * A layout is cache: what lies in it may be gone at any time. A list of images that a killed program left half written
 * is removed before the next one reads it.
 */
import { mkdir, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../diag/failure.ts";
import { writeAtomic } from "./atomic.ts";
import { tryLock } from "./lock.ts";

/** Disposing lets others write into it. */
export interface Layout extends AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  /**
   * Notes that the image with this manifest was just made: its blobs count as used, and what only older images have
   * goes. Images that were made shortly before stay, because they may be on their way somewhere.
   */
  keep(manifest: string): Promise<void>;
}

export type OpenLayout = (name: string) => Promise<Layout>;

const mostImages = 4;
const mostBeside = 8;
/** A blob that nobody names may be one of an image that is being written. */
const youngMs = 10 * 60 * 1000;

/** @param locks a folder beside `folder` @throws Failure where the cache cannot be written to */
export async function openLayout(folder: string, locks: string, now: () => number): Promise<Layout> {
  for (let n = 1; n <= mostBeside; n++) {
    const taken = await tryLock(join(locks, String(n)));
    if (!taken.held) continue;
    await using stack = new AsyncDisposableStack();
    stack.use(taken.lock);
    const path = join(folder, String(n));
    await mkdir(path, { recursive: true, mode: 0o700 });
    if ((await imagesIn(path)) === undefined) await rm(join(path, "index.json"), { force: true });
    const owned = stack.move();
    return {
      path,
      keep: (manifest) => keep(path, manifest, now()),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }
  throw new Failure(`${mostBeside} processes write into ${folder}`);
}

interface Listed {
  readonly digest: string;
}

/** The images of a layout, the newest one last; undefined where the list is no list. */
async function imagesIn(path: string): Promise<readonly Listed[] | undefined> {
  try {
    const { manifests } = JSON.parse(await readFile(join(path, "index.json"), "utf8")) as { manifests?: unknown };
    return Array.isArray(manifests) ? (manifests as Listed[]) : undefined;
  } catch {
    return undefined;
  }
}

async function keep(path: string, manifest: string, now: number): Promise<void> {
  const all = (await imagesIn(path)) ?? [];
  const last = all.filter(({ digest }, i) => all.findLastIndex((other) => other.digest === digest) === i);
  const kept = last.slice(-mostImages);
  const used = await blobsOf(path, manifest);
  await Promise.allSettled(used.map((digest) => utimes(blobPath(path, digest), now / 1000, now / 1000)));
  if (kept.length < all.length)
    await writeAtomic(join(path, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: kept }));
  const named = new Set([...used, ...(await Promise.all(kept.map(({ digest }) => blobsOf(path, digest)))).flat()]);
  const folder = join(path, "blobs/sha256");
  for (const name of await readdir(folder).catch(() => [])) {
    if (named.has(`sha256:${name}`)) continue;
    const age = now - ((await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? now);
    if (age > youngMs) await rm(join(folder, name), { force: true });
  }
}

/** An image's manifest, config and layers. */
async function blobsOf(path: string, manifest: string): Promise<string[]> {
  try {
    const text = await readFile(blobPath(path, manifest), "utf8");
    const { config, layers = [] } = JSON.parse(text) as { config?: Listed; layers?: readonly Listed[] };
    return [manifest, ...(config ? [config.digest] : []), ...layers.map(({ digest }) => digest)];
  } catch {
    return [manifest];
  }
}

function blobPath(path: string, digest: string): string {
  return join(path, "blobs", ...digest.split(":"));
}
