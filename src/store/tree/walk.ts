/**
 * Walks a whole tree, or one directory and all below it. Every directory is listed and every name gets its status;
 * content is read only where neither the previous snapshot, nor the directories saved by earlier sessions, nor the
 * index of single files has it.
 */
import type { FileDigests } from "../files/file-index.ts";
import { isStamp, stampFields } from "../files/file-stamp.ts";
import type { Sources } from "../files/sources.ts";
import { describe } from "./describe.ts";
import type { Directory } from "./directory.ts";
import { type KnownVerdicts, Lister, type Listing, Survey, stampAt } from "./listing.ts";
import { keyOf, type Read, readContent, type Seen } from "./seen.ts";
import type { Turns } from "./turns.ts";

/** Directories saved by earlier sessions. */
export interface Known extends KnownVerdicts {
  /** The content of a directory by the key of `Seen`. */
  content(key: bigint): Directory | undefined;
}

export interface WalkContext {
  readonly sources: Sources;
  readonly known: Known | undefined;
  /** Digests of single files. */
  readonly files: FileDigests;
  readonly turn: Turns;
}

/**
 * @param path relative to the root; a directory that does not exist any more is empty
 * @param before the result of an earlier walk of this path
 */
export async function walk(context: WalkContext, path: string, before: Seen | undefined): Promise<Seen> {
  const walker = new Walker(context, path, before);
  for (;;) {
    const step = walker.go();
    if (step === "turn") await context.turn.take();
    else if (step instanceof Promise) walker.finished(await step);
    else return step;
  }
}

/** A directory that is being walked, and its parent. */
interface Frame {
  readonly path: string;
  readonly name: string;
  readonly parent: Frame | undefined;
  readonly before: Seen | undefined;
  readonly lister: Lister;
  listing: Listing | undefined;
  /** Index of the next directory in it. */
  next: number;
  directories: Map<string, Seen> | undefined;
}

/**
 * Goes from directory to directory by synchronous calls until a promise has to be awaited. Nearly every directory is
 * known, and a promise for each would cost more than walking it.
 */
class Walker {
  readonly #context: WalkContext;
  readonly #survey: Survey;
  #frame: Frame;
  #result: Seen | undefined;

  constructor(context: WalkContext, path: string, before: Seen | undefined) {
    this.#context = context;
    this.#survey = new Survey(context.sources);
    this.#frame = this.#open(path, "", undefined, before);
  }

  /**
   * @returns the result, `turn` where the event loop should run, or a promise where files of a directory have to be
   * read
   */
  go(): Seen | Promise<Seen> | "turn" {
    while (this.#result === undefined) {
      const frame = this.#frame;
      if (frame.listing === undefined) {
        if (!frame.lister.read(this.#context.turn)) return "turn";
        frame.listing = frame.lister.listing(knownVerdicts(this.#context, frame.before));
      }
      const name = frame.listing.directories[frame.next++];
      if (name !== undefined) {
        this.#frame = this.#open(below(frame.path, name), name, frame, frame.before?.directories.get(name));
        continue;
      }
      const directories = frame.directories ?? noDirectories;
      const seen = finish(this.#context, frame.path, frame.listing, directories, frame.before);
      if (seen instanceof Promise) return seen;
      this.finished(seen);
    }
    return this.#result;
  }

  /** Adds the finished directory to its parent. */
  finished(seen: Seen): void {
    const { parent, name } = this.#frame;
    if (parent === undefined) {
      this.#result = seen;
      return;
    }
    parent.directories ??= new Map();
    parent.directories.set(name, seen);
    this.#frame = parent;
  }

  #open(path: string, name: string, parent: Frame | undefined, before: Seen | undefined): Frame {
    const lister = new Lister(this.#survey, path);
    return { path, name, parent, before, lister, listing: undefined, next: 0, directories: undefined };
  }
}

/** Saved verdicts apply to a directory only while its names and their types are unchanged. */
export function knownVerdicts({ known }: WalkContext, before: Seen | undefined): KnownVerdicts {
  return { verdicts: (key) => (key === before?.listing.key ? before.listing.all : known?.verdicts(key)) };
}

/** The walked directory with its content, which is read only where it is not known. */
export function finish(
  context: WalkContext,
  path: string,
  listing: Listing,
  directories: ReadonlyMap<string, Seen>,
  before: Seen | undefined,
): Seen | Promise<Seen> {
  const key = keyOf(listing, directories);
  if (before?.key === key && before.untrusted.size === 0)
    return { path, listing, directories, untrusted: none, key, content: before.content };
  const content = context.known?.content(key);
  if (content) return { path, listing, directories, untrusted: none, key, content };
  return read(context, path, listing, directories, before);
}
const noDirectories: ReadonlyMap<string, Seen> = new Map();
const none: ReadonlySet<string> = new Set();

async function read(
  context: WalkContext,
  path: string,
  listing: Listing,
  directories: ReadonlyMap<string, Seen>,
  before: Seen | undefined,
): Promise<Seen> {
  const made = await readContent(listing, directories, reading(context, path, listing, before));
  // Reading may have replaced statuses by newer ones.
  return { path, listing, directories, key: keyOf(listing, directories), ...made };
}

function reading(
  { sources, files, turn }: WalkContext,
  path: string,
  listing: Listing,
  before: Seen | undefined,
): Read {
  const rows = before && new Map(before.listing.names.map((name, row) => [name, row]));
  return (name, row): ReturnType<Read> => {
    const stamp = stampAt(listing.stamps, row);
    const earlier = rows?.get(name);
    if (before && earlier !== undefined && !before.untrusted.has(name)) {
      if (isStamp(before.listing.stamps, earlier * stampFields, stamp)) {
        const same = before.content.find(name);
        if (same && !same.directory) return { description: same.description, stamp, trusted: true };
      }
    }
    const inner = below(path, name);
    return describe(`${sources.root}/${inner}`, inner, stamp, files, turn);
  };
}

export function below(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}
