/**
 * What was derived from a workspace and may hold secrets (rendered manifests): each value in a file of its own that only
 * the user can read, named by the digest of its content. A record names it by that digest; nothing else ever holds the
 * content. A blob that is gone or damaged is none: it is derived again.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../std/data/digest.ts";
import type { Json } from "../../std/data/json.ts";
import { writeAtomic } from "../atomic.ts";
import { unwrap, wrap } from "./envelope.ts";
import type { Touch } from "./live.ts";

export interface Blobs {
  read(digest: string): Json | undefined;
  /** @returns the digest by which it is read. @throws the system's error */
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
      // One that is there may be damaged: only a whole one is left as it is.
      if (!existsSync(path) || this.read(digest) === undefined) await writeAtomic(path, wrap(format, value));
      return digest;
    },
  };
}
