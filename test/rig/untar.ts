/** Reads the tar archives that `src/image/archive/tar.ts` writes, as what a container would have afterwards. */
import { sha256 } from "../../src/std/data/digest.ts";
import { directoryDescription, fileDescription, linkDescription } from "../../src/store/files/description.ts";

export interface Unpacked {
  /** Without a leading slash. */
  readonly path: string;
  /** In the words of records of files. */
  readonly description: string;
}

const block = 512;

/** @throws Error for an archive that is cut off */
export function untar(archive: Uint8Array): Unpacked[] {
  const bytes = Buffer.from(archive);
  const found: Unpacked[] = [];
  let longName: string | undefined;
  let longTarget: string | undefined;
  for (let at = 0; at + block <= bytes.length; ) {
    const header = bytes.subarray(at, at + block);
    at += block;
    if (header.every((byte) => byte === 0)) continue;
    const field = (from: number, length: number) =>
      header.toString("utf8", from, from + length).split("\0", 1)[0] ?? "";
    const size = Number.parseInt(field(124, 12), 8);
    if (at + size > bytes.length) throw new Error("the archive is cut off");
    const content = bytes.subarray(at, at + size);
    at += Math.ceil(size / block) * block;
    const mark = field(156, 1);
    if (mark === "L") longName = content.toString("utf8", 0, size - 1);
    else if (mark === "K") longTarget = content.toString("utf8", 0, size - 1);
    else {
      const mode = Number.parseInt(field(100, 8), 8);
      const description =
        mark === "5"
          ? directoryDescription(mode)
          : mark === "2"
            ? linkDescription(longTarget ?? field(157, 100))
            : fileDescription(mode, sha256(content));
      found.push({ path: longName ?? field(0, 100), description });
      longName = undefined;
      longTarget = undefined;
    }
  }
  return found;
}
