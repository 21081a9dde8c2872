import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const binary = join(root, "dist/devloop");

async function spawn(args: readonly string[], cwd: string): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([binary, ...args], { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

beforeAll(async () => {
  const build = Bun.spawn([process.execPath, "run", "build.ts"], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const said = await new Response(build.stderr).text();
  if ((await build.exited) !== 0) throw new Error(`the build failed: ${said}`);
});

test("version prints vX.Y.Z, as package.json has it", async () => {
  const { version } = await Bun.file(join(root, "package.json")).json();
  expect(await spawn(["version"], "/")).toEqual({ code: 0, out: `v${version}\n`, err: "" });
});

test("a wrong flag ends with 127 and says which was meant", async () => {
  const { code, err } = await spawn(["run", "--tial"], "/");
  expect(code).toBe(127);
  expect(err).toContain("did you mean --tail?");
});

describe("in a hostile directory", () => {
  test("neither bunfig.toml nor .env has any effect", async () => {
    const dir = mkdtempSync(join(tmpdir(), "devloop-hostile-"));
    try {
      const proof = join(dir, "executed");
      writeFileSync(join(dir, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
      writeFileSync(join(dir, "evil.ts"), `require("node:fs").writeFileSync(${JSON.stringify(proof)}, "");\n`);
      writeFileSync(join(dir, ".env"), "DEVLOOP_HELP=true\nDEVLOOP_OUTPUT=stolen\n");
      const { code, out } = await spawn(["version"], dir);
      expect(code).toBe(0);
      expect(out).toMatch(/^v\d+\.\d+\.\d+\n$/);
      expect(existsSync(proof)).toBe(false);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

test("a closed pipe ends the output quietly", async () => {
  const child = Bun.spawn(["bash", "-c", `set -o pipefail; ${binary} dev --help | head -1; echo "$?" >&2`], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect(out.split("\n")).toHaveLength(2);
  expect(err.trim()).toBe("0");
});
