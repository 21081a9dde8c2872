/** What a fuzzer tries. */
import { Failure } from "../../src/diag/failure.ts";
import { SourceChanged } from "../../src/std/bytes/exact-chunks.ts";
import { TooLong } from "../../src/std/text/too-long.ts";
import type { Random } from "./random.ts";

export interface Target {
  readonly name: string;
  /**
   * Makes one input, reads it, and holds the result against what is known of it.
   * @throws Error where the parser breaks a promise; what the parser throws
   */
  run(random: Random): void | Promise<void>;
}

/** The result, or undefined where it was refused in a way that callers expect. @throws whatever else is thrown */
export function expected<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (isExpected(thrown)) return undefined;
    throw thrown;
  }
}

export function isExpected(thrown: unknown): boolean {
  return thrown instanceof Failure || thrown instanceof TooLong || thrown instanceof SourceChanged;
}

/** @throws Error where the two differ */
export function same(a: unknown, b: unknown, what: string): void {
  if (!Bun.deepEquals(a, b)) throw new Error(`${what}: ${Bun.inspect(a)} and ${Bun.inspect(b)}`);
}
