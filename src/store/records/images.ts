/**
 * The book of images: which images devloop made, for which artifacts, and which names it gave them at which place. An
 * image that is not in the book is not devloop's, whatever its name is. The book is state, because nothing else
 * distinguishes an image of devloop's from a similar one; the time of an image's last use is the modification time of a
 * file in the cache.
 */
import { statSync } from "node:fs";
import { mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../../std/data/json.ts";
import type { Documents } from "../documents.ts";

/** An engine or the nodes of a cluster, by an id that is stable between runs. */
export type ImagePlaceId = string;

export interface OwnImage {
  /** `sha256:...`, as engines know it. */
  readonly id: string;
  /** The artifacts that the image was built for: several artifacts may give the same image. */
  readonly made: readonly { readonly project: string; readonly artifact: string }[];
  /** Names that devloop gave the image, with registry and tag written out, by place. */
  readonly names: Readonly<Record<ImagePlaceId, readonly string[]>>;
  /** When the image was first noted and last used, milliseconds since the epoch. */
  readonly at: number;
  readonly usedAt: number;
}

export interface NotedImage {
  readonly id: string;
  readonly project: string;
  readonly artifact: string;
  readonly place: ImagePlaceId;
  readonly names: readonly string[];
}

export interface ImageBook {
  /**
   * Resolves when the entry is on the disk.
   * @throws Failure where it cannot be written
   */
  note(image: NotedImage): Promise<void>;
  /** Marks images as used by a pass. A cache that cannot be written leaves the time of use unchanged. */
  used(ids: readonly string[]): Promise<void>;
  list(): Promise<readonly OwnImage[]>;
  /** Removes names, or all names, of an image at the place; an image without names is removed from the book. */
  dropped(id: string, place: ImagePlaceId, names?: readonly string[]): Promise<void>;
  /** Whether the last collection is at least `everyMs` old. Where there was none, the time counts from this call on. */
  isDue(everyMs: number): Promise<boolean>;
  /** Notes that a collection took place. */
  collected(): Promise<void>;
}

type Page = Omit<OwnImage, "usedAt"> & { readonly version: 1 };

const folder = "images";

export function openImageBook(documents: Documents, cacheDir: string, now: () => number): ImageBook {
  const nameOf = (id: string) => `${folder}/${id.replace(/^sha256:/, "")}`;
  const useOf = (id: string) => join(cacheDir, folder, id.replace(/^sha256:/, ""));
  const edit = (id: string, change: (page: Page) => Page | undefined) =>
    documents.edit(nameOf(id), (value) => {
      const page = pageOf(value) ?? { version: 1, id, made: [], names: {}, at: now() };
      return change(page) as unknown as Json | undefined;
    });
  const marker = join(cacheDir, "images-collected");
  const collected = () => mark(marker, now() / 1000);
  return {
    async isDue(everyMs) {
      const last = usedAt(marker);
      if (last === 0) await collected();
      const age = last === 0 ? 0 : now() - last;
      // A negative age means that the clock was set back: a collection is due at once.
      return age < 0 || age >= everyMs;
    },
    collected,
    note: ({ id, project, artifact, place, names }) =>
      edit(id, (page) => {
        const isKnown = page.made.some((one) => one.project === project && one.artifact === artifact);
        const made = isKnown ? page.made : [...page.made, { project, artifact }];
        return { ...page, made, names: { ...page.names, [place]: union(page.names[place], names) } };
      }),
    async used(ids) {
      const seconds = now() / 1000;
      await mkdir(join(cacheDir, folder), { recursive: true, mode: 0o700 }).catch(() => undefined);
      for (const id of ids) await mark(useOf(id), seconds);
    },
    async list() {
      const pages = await Promise.all((await documents.list(`${folder}/`)).map((name) => documents.read(name)));
      return pages.flatMap((value) => {
        const page = pageOf(value);
        if (page === undefined) return [];
        const { version: _, ...image } = page;
        return [{ ...image, usedAt: Math.max(page.at, usedAt(useOf(page.id))) }];
      });
    },
    async dropped(id, place, gone) {
      let isForgotten = false;
      await edit(id, (page) => {
        const { [place]: here = [], ...others } = page.names;
        const left = gone ? here.filter((name) => !gone.includes(name)) : [];
        const names = left.length > 0 ? { ...others, [place]: left } : others;
        isForgotten = Object.keys(names).length === 0;
        return isForgotten ? undefined : { ...page, names };
      });
      if (isForgotten) await rm(useOf(id), { force: true }).catch(() => undefined);
    },
  };
}

function union(known: readonly string[] = [], more: readonly string[]): readonly string[] {
  return [...new Set([...known, ...more])];
}

function pageOf(value: Json | undefined): Page | undefined {
  const page = value as Partial<Page> | null | undefined;
  return page?.version === 1 && typeof page.id === "string" ? (page as Page) : undefined;
}

/** Sets a file's time and makes the file where it is missing. Does nothing where the cache cannot be written. */
async function mark(path: string, seconds: number): Promise<void> {
  const set = () => utimes(path, seconds, seconds);
  const make = async () => {
    await writeFile(path, "", { mode: 0o600 });
    await set();
  };
  await set()
    .catch(make)
    .catch(() => undefined);
}

function usedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
