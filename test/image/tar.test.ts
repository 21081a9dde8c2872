/** Archives as the system's own tar programs read them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { lstat, mkdtemp, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TarEntry, tar, tarLength } from "../../src/image/tar.ts";

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
