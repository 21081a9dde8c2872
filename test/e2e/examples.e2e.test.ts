/**
 * Whole examples, shaped like what people have: each is built, deployed, changed and cleaned up on the real cluster. A row
 * is added to one of the tables below `examples/`. Several are under way at once, each in namespaces of its own.
 */
import { afterAll, describe, test } from "bun:test";
import { configExamples } from "./examples/configs.ts";
import { type Example, type Names, tryOut } from "./examples/example.ts";
import { imageExamples } from "./examples/images.ts";
import { objectExamples } from "./examples/objects.ts";

const atOnce = 3;
const rows = Object.entries({ ...imageExamples, ...objectExamples, ...configExamples });

/** The rows' runs, so many at a time, in their order. A row that is waited for has the next ones begun. */
class Runs {
  readonly #begun = new Map<string, Promise<unknown>>();

  of(name: string): Promise<unknown> {
    const at = rows.findIndex(([row]) => row === name);
    const next = rows.slice(at, at + atOnce);
    for (const [row, make] of next) if (!this.#begun.has(row)) this.#begin(row, make);
    return this.#begun.get(name) ?? Promise.reject(new Error(`there is no row ${name}`));
  }

  /** Resolves when everything that was begun has ended: a row that nobody waited for leaves nothing behind either. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#begun.values());
  }

  #begin(name: string, make: (names: Names) => Example): void {
    const run = tryOut(String(this.#begun.size), make);
    // It is waited for by its own test.
    run.catch(() => undefined);
    this.#begun.set(name, run);
  }
}

describe("a whole example is built, deployed, changed and cleaned up", () => {
  const runs = new Runs();
  afterAll(() => runs.ended());
  test.each(rows.map(([name]) => [name]))("%s", async (name) => {
    await runs.of(name);
  });
});
