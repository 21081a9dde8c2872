/**
 * The context of a build as the entries of an archive: only the files that count, under their paths in the pod. The
 * Dockerfile is among them, where the executor expects it, unless it is outside of the context or hidden by the ignore
 * file: then a copy of the whole context would put it into the image.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { TarEntry } from "../../image/archive/tar.ts";
import { isBelow } from "../../std/text/below.ts";
import type { SourceSpec } from "../builder.ts";
import type { IgnoreRules } from "../docker/context/ignore-patterns.ts";
import { contextFolder } from "./flags.ts";
import { dockerfileFolder } from "./pod.ts";

/** Parent of the folders of the context and of the Dockerfile. */
export const unpackFolder = "/kaniko";
const below = (folder: string) => folder.slice(unpackFolder.length + 1);

export interface BuildContext {
  readonly entries: readonly TarEntry[];
  /** The executor's path for it: relative to the context, or absolute. */
  readonly dockerfile: string;
  readonly dockerfileApart: boolean;
}

/** Smaller files are read at once, larger ones in pieces. */
const smallFile = 256 << 10;

export function buildContext(
  sources: Pick<SourceSpec, "root" | "part">,
  dockerfile: string,
  ignore: Pick<IgnoreRules, "verdict">,
  contextSubPath: string | undefined,
): BuildContext {
  const { root } = sources;
  const prefix = contextSubPath === undefined ? below(contextFolder) : `${below(contextFolder)}/${contextSubPath}`;
  const entries = [...entriesBelow(sources, "", prefix)];
  const path = isBelow(dockerfile, root) ? dockerfile.slice(root.length + 1) : undefined;
  const inContext = path !== undefined && ignore.verdict(path) === "kept" && lstatSync(dockerfile).isFile();
  const name = inContext ? `${prefix}/${path}` : `${below(dockerfileFolder)}/${basename(dockerfile)}`;
  const own = entries.some((entry) => entry.path === name) ? [] : [fileEntry(dockerfile, name)];
  return {
    entries: [...entries, ...own],
    dockerfile: inContext ? path : `${dockerfileFolder}/${basename(dockerfile)}`,
    dockerfileApart: !inContext,
  };
}

/** In the order of their names, each folder before its content. */
function* entriesBelow(
  sources: Pick<SourceSpec, "root" | "part">,
  folder: string,
  prefix: string,
): Generator<TarEntry> {
  const here = join(sources.root, folder);
  for (const item of readdirSync(here, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === "" ? item.name : `${folder}/${item.name}`;
    const name = `${prefix}/${path}`;
    const at = join(here, item.name);
    if (item.isDirectory()) {
      const part = sources.part(path, "directory");
      if (part === "out") continue;
      if (part === "in") yield folderEntry(name, lstatSync(at));
      yield* entriesBelow(sources, path, prefix);
    } else if (item.isSymbolicLink()) {
      if (sources.part(path, "symlink") !== "in") continue;
      const type = { kind: "symlink", target: readlinkSync(at) } as const;
      yield { path: name, bytes: 0, chunks: [], modified: secondsOf(lstatSync(at)), type };
    } else if (item.isFile() && sources.part(path, "file") === "in") yield fileEntry(at, name);
  }
}

function folderEntry(name: string, stat: Stats): TarEntry {
  return {
    path: `${name}/`,
    bytes: 0,
    chunks: [],
    mode: stat.mode & 0o7777,
    modified: secondsOf(stat),
    type: { kind: "directory" },
  };
}

function fileEntry(at: string, name: string): TarEntry {
  const stat = statSync(at);
  return {
    path: name,
    bytes: stat.size,
    chunks: stat.size <= smallFile ? readWhole(at) : Bun.file(at).stream(),
    mode: stat.mode & 0o7777,
    modified: secondsOf(stat),
  };
}

/** Read when the archive reaches it. */
function* readWhole(path: string): Generator<Uint8Array> {
  yield readFileSync(path);
}

function secondsOf({ mtimeMs }: Stats): number {
  return Math.max(0, Math.floor(mtimeMs / 1000));
}
