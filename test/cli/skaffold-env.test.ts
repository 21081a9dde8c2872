import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { devloop } from "../rig/devloop.ts";

test("skaffold.env sets flags; the environment and the command line win over it", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "devloop-env-"));
  try {
    await writeFile(join(cwd, "skaffold.env"), "SKAFFOLD_OUTPUT='file'\n");
    expect((await devloop(["version"], { cwd })).text).toBe("file");
    expect((await devloop(["version"], { cwd, env: { SKAFFOLD_OUTPUT: "environment" } })).text).toBe("environment");
    expect((await devloop(["version", "-o", "line"], { cwd })).text).toBe("line");
  } finally {
    await rm(cwd, { recursive: true });
  }
});
