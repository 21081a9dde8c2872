/** Every row of the table in SECURITY.md, tried for real; and the table holds exactly these rows. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { apiServer } from "./api-server.ts";
import { build } from "./build.ts";
import { fileNames } from "./file-names.ts";
import { growingFiles } from "./growing-files.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { neighbours } from "./neighbours.ts";
import { node } from "./node.ts";
import { pod } from "./pod.ts";
import { registry } from "./registry.ts";
import { repositories } from "./repositories.ts";
import type { Peer } from "./row.ts";

const peers: readonly Peer[] = [
  pod,
  build,
  registry,
  apiServer,
  kubeconfig,
  fileNames,
  growingFiles,
  repositories,
  node,
  neighbours,
];

for (const { name, rows } of peers)
  describe(name, () => {
    for (const { what, outcome, run } of rows) test(`${what}: ${outcome}`, run);
  });

test("SECURITY.md names every row, and no other", async () => {
  const text = await Bun.file(join(import.meta.dir, "../../SECURITY.md")).text();
  const named = [...text.matchAll(/^\| (.+?) \| (.+?) \| (.+?) \|$/gm)].map((cells) => cells.slice(1));
  const rows = peers.flatMap(({ name, rows }) => rows.map(({ what, outcome }) => [name, what, outcome]));
  expect(named.slice(1)).toEqual(rows);
});
