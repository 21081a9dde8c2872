/** The key of a Docker artifact as the hash phase makes it: every path that counts, with type, mode and content. */
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { SourceSpec } from "../../../src/build/builder.ts";
import { inspectDocker } from "../../../src/build/docker/inspect.ts";
import type { DockerSpec } from "../../../src/build/docker/spec.ts";
import { sha256 } from "../../../src/std/digest.ts";
import { canonical, type Json, type JsonRecord } from "../../../src/std/json.ts";

export async function keyOfContext(spec: DockerSpec): Promise<{ key: string; record: JsonRecord }> {
  const inspection = await inspectDocker(spec);
  const record = {
    files: await filesOf(inspection.sources),
    ...inspection.keyParts(spec, (value) => sha256<"sealed">(value)),
  } satisfies JsonRecord;
  return { key: sha256<"key">(canonical(record)), record };
}

export async function filesOf(sources: SourceSpec): Promise<Record<string, Json>> {
  const files: Record<string, Json> = {};
  await walk(sources, "", files);
  for (const { name, path } of sources.extra)
    files[name] = await readFile(path).then(
      (bytes) => sha256<"file">(bytes),
      () => "absent",
    );
  return files;
}

/** @returns whether anything below counts */
async function walk(sources: SourceSpec, below: string, files: Record<string, Json>): Promise<boolean> {
  let any = false;
  for (const name of await readdir(join(sources.root, below))) {
    const path = join(below, name);
    const full = join(sources.root, path);
    const stat = await lstat(full);
    const kind = stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "symlink" : "file";
    const part = sources.part(path, kind);
    if (part === "out") continue;
    const holds = kind === "directory" ? await walk(sources, path, files) : false;
    if (part === "parent" && !holds) continue;
    any = true;
    const mode = stat.mode & 0o7777;
    if (kind === "directory") files[path] = { kind, mode };
    else if (kind === "symlink") files[path] = { kind, target: await readlink(full) };
    else files[path] = { kind, mode, digest: sha256<"file">(await readFile(full)) };
  }
  return any;
}
