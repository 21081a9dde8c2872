/** `scripts/toolchain` does nothing where all is there, and otherwise just what is lacking. Package clients are fakes. */
import { expect, test } from "bun:test";
import { chmod, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fakes, fakes } from "../rig/fake-program.ts";

const root = join(import.meta.dir, "../..");
const version = "1.4.5";
const clean = { XDG_CACHE_HOME: "" };

/** A checkout without node_modules, and a machine whose npm and bun install by copying a fake bun. */
async function checkout(): Promise<{ made: Fakes; script: string; folder: string }> {
  const made = await fakes();
  const folder = join(made.home, "checkout");
  await mkdir(join(folder, "scripts/kubernetes/go"), { recursive: true });
  for (const file of ["toolchain", "host.sh", "kubernetes/go/go.mod"])
    await cp(join(root, "scripts", file), join(folder, "scripts", file));
  await writeFile(join(folder, "package.json"), JSON.stringify({ devDependencies: { bun: version } }));
  await writeFile(join(folder, "bun.lock"), "the lock");
  const bun = join(made.home, "bun");
  const bins = `mkdir -p node_modules/.bin && cp ${bun} node_modules/.bin/bun`;
  await writeFile(
    bun,
    `#!/bin/bash\n[ "$1" = --version ] && exec echo ${version}\necho "bun $*" >>${made.home}/calls\n${bins}\n`,
  );
  await chmod(bun, 0o755);
  await made.add("npm", `mkdir -p "$3/node_modules/.bin" && cp ${bun} "$3/node_modules/.bin/bun"`);
  await made.add("apt-get");
  return { made, script: join(folder, "scripts/toolchain"), folder };
}

test("the pinned bun comes by npm, the rest by bun from the lock, and the second time nothing is done", async () => {
  const { made, script, folder } = await checkout();
  await using _ = made;
  expect(await made.run([script], clean)).toMatchObject({ code: 0 });
  const cached = join(made.home, ".cache/devloop/cluster", `bun-${version}`);
  const calls = [
    `npm install --prefix ${cached} --no-save --no-package-lock bun@${version}`,
    "bun install --frozen-lockfile",
  ];
  expect(await made.calls()).toEqual(calls);
  expect(await made.run([script], clean)).toEqual({ code: 0, out: "", err: "" });
  expect(await made.calls()).toEqual(calls);
  expect(await readFile(join(folder, "bun.lock"), "utf8")).toBe("the lock");
});

test("a changed lock is installed, with the bun that is there", async () => {
  const { made, script, folder } = await checkout();
  await using _ = made;
  await made.run([script], clean);
  await writeFile(join(folder, "bun.lock"), "another lock");
  await made.run([script], clean);
  expect((await made.calls()).slice(2)).toEqual(["bun install --frozen-lockfile"]);
});

test("a Go that is too old is named in one line", async () => {
  const { made, script } = await checkout();
  await using _ = made;
  await made.add("go", "echo go1.19.8");
  const { code, err } = await made.run([script], clean);
  expect(code).toBe(1);
  expect(err.trim()).toMatch(/missing: Go 1\.\d+\.\d+ or later, found 1\.19\.8$/);
  expect(err.trim().split("\n")).toHaveLength(1);
});

test("an install that fails shows what was said", async () => {
  const { made, script } = await checkout();
  await using _ = made;
  await made.add("npm", "echo no such version; exit 1");
  const { code, err } = await made.run([script], clean);
  expect(code).not.toBe(0);
  expect(err).toContain("no such version");
});
