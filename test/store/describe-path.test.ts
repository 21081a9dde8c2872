import { expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePath } from "../../src/store/describe-path.ts";
import { FileIndex } from "../../src/store/file-index.ts";
import { hashTree } from "../../src/store/hash-tree.ts";
import { troubleTold } from "../../src/store/trouble.ts";

test("every path of a tree is described as the tree's record does", async () => {
  const root = await mkdtemp(join(tmpdir(), "devloop-describe-"));
  await using _ = { [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
  await mkdir(join(root, "empty"), { mode: 0o700 });
  await mkdir(join(root, "sub"));
  await writeFile(join(root, "sub/file"), "content");
  await chmod(join(root, "sub/file"), 0o4755);
  await writeFile(join(root, "large"), Buffer.alloc(17 * 1024 * 1024, "x"));
  await symlink("sub/file", join(root, "link"));
  const index = new FileIndex(
    join(root, "none"),
    troubleTold(() => undefined),
    () => 0,
  );
  const sources = { root, part: () => "in" as const, extra: [] };
  const record = await hashTree(sources, index, AbortSignal.timeout(10_000));
  expect(Object.keys(record).sort()).toEqual(["empty", "large", "link", "sub", "sub/file"]);
  for (const [path, description] of Object.entries(record))
    expect(await describePath(join(root, path))).toBe(description);
  expect(await describePath(join(root, "absent"))).toBeUndefined();
});
