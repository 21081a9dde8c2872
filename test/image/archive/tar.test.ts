/** Archives as the system's own tar programs read them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { lstat, mkdtemp, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type TarEntry, tar, tarLength } from "../../../src/image/archive/tar.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "devloop-tar-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const content = Buffer.from("content\n");
const deep = `${"long-directory-name/".repeat(12)}file-ü`;
const entries: TarEntry[] = [
  { path: "plain", bytes: content.length, chunks: [content] },
  { path: "program", bytes: 0, chunks: [], mode: 0o755, modified: 1_700_000_000 },
  { path: "empty", bytes: 0, chunks: [], type: { kind: "directory" } },
  { path: "link", bytes: 0, chunks: [], type: { kind: "symlink", target: "plain" } },
  { path: "far", bytes: 0, chunks: [], type: { kind: "symlink", target: deep } },
  { path: deep, bytes: content.length, chunks: [content] },
];

for (const [name, argv] of [
  ["GNU", ["tar", "xf", "-"]],
  ["busybox", ["busybox", "tar", "xf", "-"]],
] as const)
  test(`${name} tar unpacks what was packed`, async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of tar(entries)) chunks.push(chunk);
    const archive = Buffer.concat(chunks);
    expect(archive.length).toBe(tarLength(entries));
    const at = join(root, name);
    await Bun.write(join(at, ".keep"), "");
    const child = Bun.spawn([...argv, "-C", at], { stdin: archive, stderr: "pipe" });
    expect([await new Response(child.stderr).text(), await child.exited]).toEqual(["", 0]);
    expect(await readFile(join(at, "plain"), "utf8")).toBe("content\n");
    expect(await readFile(join(at, deep), "utf8")).toBe("content\n");
    const program = await lstat(join(at, "program"));
    expect([program.mode & 0o777, program.mtimeMs]).toEqual([0o755, 1_700_000_000_000]);
    expect((await lstat(join(at, "empty"))).isDirectory()).toBe(true);
    expect(await readlink(join(at, "link"))).toBe("plain");
    expect(await readlink(join(at, "far"))).toBe(deep);
  });

test("an archive is as long as it says or fails, whatever its sources have", async () => {
  const sizes = fc.record({
    announced: fc.nat({ max: 2000 }),
    pieces: fc.array(fc.nat({ max: 1500 }), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(sizes, { minLength: 1, maxLength: 4 }), async (sources) => {
      const packed = sources.map(({ announced, pieces }, i) => ({
        path: `file-${i}`,
        bytes: announced,
        chunks: pieces.map((size) => Buffer.alloc(size, "x")),
      }));
      const isShort = sources.some(({ announced, pieces }) => pieces.reduce((sum, size) => sum + size, 0) < announced);
      let bytes = 0;
      let thrown: unknown;
      try {
        for await (const chunk of tar(packed)) bytes += chunk.length;
      } catch (failure) {
        thrown = failure;
      }
      if (isShort) expect(thrown).toMatchObject({ name: "SourceChanged" });
      else expect([thrown, bytes]).toEqual([undefined, tarLength(packed)]);
      expect(bytes).toBeLessThanOrEqual(tarLength(packed));
    }),
  );
});
