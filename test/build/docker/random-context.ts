/** Random small build contexts on disk, and one random change of one of them. */
import { chmod, lstat, mkdir, readdir, rename, rm, rmdir, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Seeded } from "./seeded.ts";

const directories = ["src", "src/lib", "src/lib/x", "static", "docs", "deep", "deep/er", "empty"];
const names = ["a.txt", "b.txt", "app.js", "main.go", "README.md", ".hidden", "a b"];
const ignoreLines = [
  "*.md",
  "docs",
  "docs/*",
  "!docs/a.txt",
  "**/*.txt",
  "!src/**/b.txt",
  "src/lib",
  "!src/lib/a.txt",
  "**",
  "!src",
  "/static",
  "deep/**",
  "de*",
  "?.txt",
  "[ab].txt",
  "!**/a.txt",
  "src/lib/",
  "# docs",
  "*/lib",
  "!deep/er",
  "**/lib",
  "**/er/*",
  "!*.js",
  "static/../docs",
  " src ",
  "empty",
  ".*",
  "!README.md",
  "src/**/x",
  "!src/lib/x",
  "*",
  "!*/",
];

/** Writes a context; every content holds `salt`, so that no other context has the same. */
export async function writeContext(root: string, salt: string, random: Seeded): Promise<void> {
  for (const directory of ["", ...random.some(directories, 0.6)]) {
    await mkdir(join(root, directory), { recursive: true });
    for (const name of random.some(names, 0.45))
      await put(join(root, directory, name), `${salt} ${directory} ${name}\n`);
  }
  const links = random.some(["src/link", "static/up", "link", "deep/er/link"], 0.4);
  for (const link of links) await makeLink(root, link, random.pick(await listPaths(root)));
}

/** Lines of an ignore file; often none. */
export function randomIgnore(random: Seeded, probability = 0.6): string {
  if (!random.chance(probability)) return "";
  return Array.from({ length: 1 + random.int(4) }, () => `${random.pick(ignoreLines)}\n`).join("");
}

/** Changes one thing and says what. */
export async function changeOne(root: string, salt: string, random: Seeded): Promise<string> {
  const paths = (await listPaths(root)).filter((path) => path !== "Dockerfile");
  const path = random.pick(paths);
  const full = join(root, path);
  const stat = await lstat(full);
  const fresh = join(dirname(path), `new-${random.int(3)}.txt`);
  switch (
    random.pick(["content", "content", "add", "add-directory", "delete", "rename", "mode", "link", "touch", "ignore"])
  ) {
    case "content":
      if (!stat.isFile()) break;
      await writeFile(full, `changed ${salt}\n`);
      return `content of ${path}`;
    case "add":
      await put(join(root, fresh), `added ${salt}\n`);
      return `added ${fresh}`;
    case "add-directory": {
      const directory = stat.isDirectory() ? join(path, "new-directory") : join(dirname(path), "new-directory");
      await mkdir(join(root, directory), { recursive: true });
      return `added empty ${directory}`;
    }
    case "delete":
      if (stat.isDirectory() && (await readdir(full)).length > 0) break;
      await (stat.isDirectory() ? rmdir(full) : rm(full));
      return `deleted ${path}`;
    case "rename":
      await rename(full, join(root, dirname(path), `renamed-${random.int(3)}`));
      return `renamed ${path}`;
    case "mode":
      if (stat.isSymbolicLink()) break;
      await chmod(full, stat.isDirectory() ? 0o711 : (stat.mode & 0o777) ^ 0o111);
      return `mode of ${path}`;
    case "link":
      if (stat.isDirectory()) break;
      await rm(full);
      await makeLink(root, path, random.pick(["nowhere", ...paths]));
      return `link at ${path}`;
    case "touch":
      await utimes(full, new Date(1_700_000_000_000), new Date(1_700_000_000_000 + random.int(1000)));
      return `touched ${path}`;
    case "ignore":
      await writeFile(join(root, ".dockerignore"), randomIgnore(random, 1));
      return "another ignore file";
  }
  await writeFile(join(root, "other.txt"), `other ${salt}\n`);
  return "added other.txt";
}

/** Every path below the root, without the Dockerfile's and the ignore file's. */
export async function listPaths(root: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (path === "Dockerfile" || path === ".dockerignore") continue;
    found.push(path);
    if (entry.isDirectory()) found.push(...(await listPaths(root, path)));
  }
  return found.sort();
}

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch(() => undefined);
  await writeFile(path, content);
}

/** A relative link inside the context, sometimes to nowhere, never through itself. */
async function makeLink(root: string, path: string, target: string): Promise<void> {
  const up = path.split("/").length - 1;
  await mkdir(join(root, dirname(path)), { recursive: true });
  await symlink(`${"../".repeat(up)}${target}`, join(root, path)).catch(() => undefined);
}
