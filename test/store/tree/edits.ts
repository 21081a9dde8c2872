/**
 * Random edits of a tree on a disk, as editors, compilers and version control make them. Each names the paths of its
 * events: those that a watcher would tell.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Sources } from "../../../src/store/files/sources.ts";

export interface Edit {
  readonly what: "write" | "remove" | "mkdir" | "link" | "chmod" | "rename" | "swap" | "touch";
  /** Chooses among the paths that there are. */
  readonly pick: number;
  readonly name: string;
  readonly content: string;
  readonly mode: number;
}

/** Names are few, so that edits meet: a file comes where a directory was, and goes where one was ignored. */
export const anyEdit: fc.Arbitrary<Edit> = fc.record({
  what: fc.constantFrom("write", "write", "remove", "mkdir", "link", "chmod", "rename", "swap", "touch"),
  pick: fc.nat(),
  name: fc.constantFrom("a", "b", "main.go", "x.log", "node_modules", "Ä", "A\u0308", "deep", "..odd"),
  content: fc.constantFrom("1", "2", "longer"),
  mode: fc.constantFrom(0o644, 0o755, 0o700),
});

/** Makes the edit below `root`. @returns absolute paths of its events; empty where it does not apply */
export function make(edit: Edit, root: string): string[] {
  const paths = pathsBelow(root);
  const chosen = paths[edit.pick % Math.max(1, paths.length)];
  const folders = ["", ...paths.filter((path) => lstatSync(join(root, path)).isDirectory())];
  const folder = join(root, folders[edit.pick % folders.length] ?? "");
  const fresh = join(folder, edit.name);
  const there = lstatSync(fresh, { throwIfNoEntry: false });
  switch (edit.what) {
    case "write":
      if (there?.isDirectory()) return [];
      if (there?.isSymbolicLink()) rmSync(fresh);
      writeFileSync(fresh, edit.content, { mode: edit.mode });
      return [fresh];
    case "mkdir":
      if (there) return [];
      mkdirSync(join(fresh, "inner"), { recursive: true });
      writeFileSync(join(fresh, "inner/main.go"), edit.content);
      return [fresh];
    case "link":
      if (there) return [];
      symlinkSync(edit.content, fresh);
      return [fresh];
    case "swap": {
      // A file where a directory was, or a directory where a file was.
      if (chosen === undefined) return [];
      const full = join(root, chosen);
      const wasDirectory = lstatSync(full).isDirectory();
      rmSync(full, { recursive: true });
      if (wasDirectory) writeFileSync(full, edit.content);
      else mkdirSync(full);
      return [full];
    }
    case "rename": {
      if (chosen === undefined || there || `${fresh}/`.startsWith(`${join(root, chosen)}/`)) return [];
      renameSync(join(root, chosen), fresh);
      return [join(root, chosen), fresh];
    }
    case "remove":
    case "chmod":
    case "touch": {
      if (chosen === undefined) return [];
      const full = join(root, chosen);
      if (edit.what === "remove") rmSync(full, { recursive: true });
      else if (edit.what === "touch") {
        renameSync(full, `${full}.moved`);
        renameSync(`${full}.moved`, full);
      } else if (!lstatSync(full).isSymbolicLink())
        chmodSync(full, lstatSync(full).isDirectory() ? edit.mode | 0o700 : edit.mode);
      return [full];
    }
  }
}

/** Every path below, sorted, so that a pick means the same in every run. */
function pathsBelow(root: string, prefix = ""): string[] {
  return readdirSync(join(root, prefix))
    .sort()
    .flatMap((name) => {
      const path = prefix === "" ? name : `${prefix}/${name}`;
      return lstatSync(join(root, path)).isDirectory() ? [path, ...pathsBelow(root, path)] : [path];
    });
}

/** Judges of paths, as ignore files and Dockerfiles make them. */
export const judges: Readonly<Record<"everything" | "an ignore file" | "one kind of file", Sources["part"]>> = {
  everything: () => "in",
  "an ignore file": (path) => (/(^|\/)(node_modules|[^/]*\.log)$/.test(path) ? "out" : "in"),
  "one kind of file": (path, kind) => (kind === "directory" ? "parent" : path.endsWith(".go") ? "in" : "out"),
};
