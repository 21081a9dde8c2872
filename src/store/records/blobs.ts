/**
 * Private outputs that were derived from a workspace and may hold secrets (rendered manifests). Each value is a file
 * that only the user can read, named by the digest of its content; a record holds only that digest. A missing or
 * damaged blob is derived again.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../std/data/digest.ts";
import type { Json } from "../../std/data/json.ts";
import { writeAtomic } from "../atomic.ts";
import type { Touch } from "./active.ts";
import { unwrap, wrap } from "./envelope.ts";

export interface Blobs {
  read(digest: string): Json | undefined;
  /**
   * @returns the digest by which the value is read
   * @throws the system's error
   */
  write(value: Json): Promise<string>;
}

const format = { what: "blob", version: 1 };

export function openBlobs(dir: string, touch: Touch): Blobs {
  const pathOf = (digest: string) => join(dir, digest.slice(0, 2), digest);
  const nameOf = (value: Json) => sha256<"blob">(JSON.stringify(value));
  return {
    read(digest) {
      const path = pathOf(digest);
      try {
        const value = unwrap(format, readFileSync(path, "utf8"));
        if (value === undefined || nameOf(value) !== digest) return undefined;
        touch(path);
        return value;
      } catch {
        return undefined;
      }
    },
    async write(value) {
      const digest = nameOf(value);
      const path = pathOf(digest);
      // An existing file may be damaged, so only a readable one is kept.
      if (!existsSync(path) || this.read(digest) === undefined) await writeAtomic(path, wrap(format, value));
      return digest;
    },
  };
}
