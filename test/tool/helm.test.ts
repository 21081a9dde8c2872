/** The environment that helm gets, read by a fake on PATH. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { helm } from "../../src/tool/helm.ts";
import { fakes } from "../rig/fake-program.ts";

test("helm, whose plugins run git, never gets the repository of the hook that started devloop", async () => {
  await using on = await fakes();
  const { PATH } = process.env;
  await on.add("helm", 'echo "$GIT_DIR $GIT_WORK_TREE $GIT_INDEX_FILE $VALUE"');
  Object.assign(process.env, { PATH: `${join(on.home, "bin")}:${PATH}`, GIT_DIR: "/users/.git", GIT_INDEX_FILE: "/i" });
  try {
    const run = { args: ["version"], cwd: on.home, env: { VALUE: "kept" } };
    expect((await helm(run, new AbortController().signal)).stdout.trim()).toBe("kept");
  } finally {
    Object.assign(process.env, { PATH });
    delete process.env.GIT_DIR;
    delete process.env.GIT_INDEX_FILE;
  }
});
