/** Archives from sources that are not what they were announced as: as long as announced, whole or refused. */
import { type TarEntry, tar, tarLength } from "../../src/image/archive/tar.ts";
import { SourceChanged } from "../../src/std/bytes/exact-chunks.ts";
import type { Random } from "./random.ts";
import { same, type Target } from "./target.ts";

const letters = ["a", "b/", "ü", "é", " ", "\n", "-", "漢", "."] as const;

function entry(random: Random): TarEntry & { readonly real: Buffer } {
  const path = Array.from({ length: 1 + random.below(random.below(4) === 0 ? 150 : 12) }, () =>
    random.pick(letters),
  ).join("");
  const kind = random.below(6);
  const mode = random.below(0o10000);
  if (kind === 0) return { path, bytes: 0, chunks: [], mode, type: { kind: "directory" }, real: Buffer.alloc(0) };
  if (kind === 1)
    return { path, bytes: 0, chunks: [], type: { kind: "symlink", target: path.repeat(2) }, real: Buffer.alloc(0) };
  const real = random.bytes(1500);
  const bytes = random.below(4) === 0 ? random.below(1600) : real.length;
  return { path, bytes, chunks: random.cut(real), mode, modified: random.below(2 ** 31), real };
}

/** Names and contents as the headers tell them. */
function unpacked(archive: Buffer): [path: string, content: Buffer][] {
  const found: [string, Buffer][] = [];
  let long: string | undefined;
  for (let at = 0; at < archive.length; ) {
    const header = archive.subarray(at, at + 512);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(header.toString("latin1", 124, 135), 8);
    const sum = header.reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 32 : byte), 0);
    if (sum !== Number.parseInt(header.toString("latin1", 148, 154), 8)) throw new Error("a header's sum is wrong");
    const content = archive.subarray(at + 512, at + 512 + size);
    const mark = String.fromCharCode(header[156] ?? 0);
    if (mark === "L") long = content.toString("utf8", 0, content.length - 1);
    else if (mark !== "K") {
      const short = header.subarray(0, 100);
      const end = short.indexOf(0);
      found.push([long ?? short.toString("utf8", 0, end < 0 ? 100 : end), content]);
      long = undefined;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

export const archives: readonly Target[] = [
  {
    name: "tar",
    async run(random) {
      const entries = Array.from({ length: 1 + random.below(4) }, () => entry(random));
      const chunks: Uint8Array[] = [];
      let refused = false;
      try {
        for await (const chunk of tar(entries)) chunks.push(chunk);
      } catch (thrown) {
        if (!(thrown instanceof SourceChanged)) throw thrown;
        refused = true;
      }
      const archive = Buffer.concat(chunks);
      same(
        refused,
        entries.some(({ bytes, real }) => real.length < bytes),
        "refused",
      );
      if (archive.length > tarLength(entries)) throw new Error("the archive is longer than announced");
      if (refused) return;
      same(archive.length, tarLength(entries), "the archive's length");
      same(
        unpacked(archive).map(([path, content]) => [path, content.toString("latin1")]),
        entries.map(({ path, real, bytes }) => [path, real.toString("latin1", 0, bytes)]),
        "what was packed and unpacked",
      );
    },
  },
];
