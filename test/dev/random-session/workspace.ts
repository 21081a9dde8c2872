/**
 * The files of a random session: two artifacts with pages that are synced and code that is not, a manifest and a
 * configuration. Every write has a time of its own, as on a machine where less happens within one tick of the clock.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { sha256 } from "../../../src/std/data/digest.ts";
import { fileDescription } from "../../../src/store/files/description.ts";

export const artifacts = ["web", "api"] as const;

export class Workspace {
  readonly root: string;
  readonly #told: (path: string) => void;
  readonly #now: () => number;
  #writes = 0;
  /** What a checkout restores. */
  #committed = new Map<string, string>();

  /** @param told hears of every path that changed, as a watcher would tell */
  constructor(root: string, now: () => number, told: (path: string) => void) {
    this.root = root;
    this.#now = now;
    this.#told = told;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  isFile(name: string): boolean {
    return statSync(this.path(name), { throwIfNoEntry: false })?.isFile() === true;
  }

  save(name: string, text: string): void {
    const path = this.path(name);
    const made = mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    this.#touch(path);
    if (made !== undefined) this.#tell(made);
    this.#tell(path);
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
    this.#tell(this.path(name));
  }

  rename(from: string, to: string): void {
    mkdirSync(dirname(this.path(to)), { recursive: true });
    renameSync(this.path(from), this.path(to));
    this.#touch(this.path(to));
    this.#tell(this.path(from));
    this.#tell(this.path(to));
  }

  commit(): void {
    this.#committed = this.#all();
  }

  /** As `git checkout -- .`: what was added stays. */
  checkout(): void {
    for (const [name, text] of this.#committed)
      if (!this.has(name) || readFileSync(this.path(name), "utf8") !== text) this.save(name, text);
  }

  /** As `git stash -u`, and gives `git stash pop`. */
  stash(): () => void {
    const stashed = this.#all();
    for (const name of stashed.keys()) if (!this.#committed.has(name)) this.remove(name);
    this.checkout();
    return () => {
      for (const name of this.#all().keys()) if (!stashed.has(name)) this.remove(name);
      for (const [name, text] of stashed)
        if (!this.has(name) || readFileSync(this.path(name), "utf8") !== text) this.save(name, text);
    };
  }

  /** Files of one folder, by path relative to it. */
  files(folder: string): readonly string[] {
    return filesBelow(this.path(folder), "").sort();
  }

  text(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** What an image of the artifact holds when it is built now: `/www/site/a.html` -> description. */
  image(artifact: string): Map<string, string> {
    return new Map(
      this.files(artifact).map((name) => {
        const path = this.path(`${artifact}/${name}`);
        return [`/www/${name}`, fileDescription(statSync(path).mode, sha256(readFileSync(path)))];
      }),
    );
  }

  #all(): Map<string, string> {
    return new Map(filesBelow(this.root, "").map((name) => [name, this.text(name)]));
  }

  #tell(path: string): void {
    if (existsSync(dirname(path))) this.#touch(dirname(path));
    this.#told(path);
  }

  #touch(path: string): void {
    const seconds = this.#now() / 1000 + ++this.#writes * 1e-5;
    utimesSync(path, seconds, seconds);
  }
}

function filesBelow(directory: string, below: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(join(directory, entry.name), name) : [name];
  });
}
