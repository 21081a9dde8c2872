/** Small static Go programs of the tests, built once per content of their sources into the user's cache directory. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { sha256 } from "../../src/std/data/digest.ts";

/** Path of the program made from the folder. @throws Error with what the compiler complained of. */
export async function builtGoProgram(source: string): Promise<string> {
  const files = readdirSync(source).sort();
  const digest = sha256(files.map((name) => `${name}\n${readFileSync(join(source, name), "utf8")}`).join("\n"));
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "devloop", "test");
  const binary = join(folder, `${basename(source)}-${digest.slice(0, 16)}`);
  if (existsSync(binary)) return binary;
  await mkdir(folder, { recursive: true });
  const fresh = `${binary}.${process.pid}`;
  const child = Bun.spawn(["go", "build", "-trimpath", "-o", fresh, "."], {
    cwd: source,
    stdout: "inherit",
    stderr: "pipe",
    env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly", CGO_ENABLED: "0" },
  });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`go build in ${source} failed: ${said}`);
  await rename(fresh, binary).finally(() => rm(fresh, { force: true }));
  return binary;
}
