/**
 * Which unit tests are near a source file: those that import it, the fewest steps away first. Tests that need an engine
 * and a cluster are none of them.
 */
import { dirname, join, normalize } from "node:path";

export class Nearest {
  /** File -> the files that it imports, from the root. */
  readonly #imports = new Map<string, readonly string[]>();
  readonly #tests: readonly string[];

  private constructor(tests: readonly string[]) {
    this.#tests = tests;
  }

  static async open(root: string): Promise<Nearest> {
    const files = (await Array.fromAsync(new Bun.Glob("{src,test,scripts}/**/*.ts").scan({ cwd: root }))).sort();
    const nearest = new Nearest(files.filter((file) => file.endsWith(".test.ts") && !file.endsWith(".e2e.test.ts")));
    for (const file of files) {
      const text = await Bun.file(join(root, file)).text();
      const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path = ""]) => path);
      nearest.#imports.set(
        file,
        found.map((path) => normalize(join(dirname(file), path))),
      );
    }
    return nearest;
  }

  /** Groups of test files: those that import the file, those two steps away, and so on up to `steps`. */
  of(file: string, steps: number): readonly (readonly string[])[] {
    const groups: string[][] = Array.from({ length: steps }, () => []);
    for (const test of this.#tests) {
      const distance = this.#distance(test, file, steps);
      if (distance !== undefined) groups[distance - 1]?.push(test);
    }
    return groups.filter((group) => group.length > 0);
  }

  #distance(from: string, to: string, most: number): number | undefined {
    let reached = [from];
    const seen = new Set(reached);
    for (let distance = 1; distance <= most; distance++) {
      reached = reached.flatMap((file) => this.#imports.get(file) ?? []).filter((file) => !seen.has(file));
      if (reached.includes(to)) return distance;
      for (const file of reached) seen.add(file);
    }
    return undefined;
  }
}
