/**
 * Programs on PATH that only note how they were called, for scripts that would otherwise pull, install or change much.
 * Each call is one line, name and arguments, in the order of the calls; what a fake prints and its exit code are given.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "./output-of.ts";

export interface Fakes extends AsyncDisposable {
  /** A folder of this test alone: the fakes are in its `bin`. */
  readonly home: string;
  /** Adds a program: `script` is the shell that follows the note of the call, with the arguments in place. */
  add(name: string, script?: string): Promise<void>;
  calls(): Promise<string[]>;
  /** Runs a program with the fakes first on PATH. */
  run(
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<{ code: number; out: string; err: string }>;
}

export async function fakes(): Promise<Fakes> {
  const home = await mkdtemp(join(tmpdir(), "devloop-fakes-"));
  const [bin, log] = [join(home, "bin"), join(home, "calls")];
  await mkdir(bin);
  await writeFile(log, "");
  return {
    home,
    async add(name, script = "") {
      const path = join(bin, name);
      await writeFile(path, `#!/bin/bash\necho "${name} $*" >>'${log}'\n${script}\n`);
      await chmod(path, 0o755);
    },
    async calls() {
      return (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
    },
    async run(argv, env = {}) {
      const child = Bun.spawn([...argv], {
        env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: home, ...env },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const { out, err, code } = await outputOf(child);
      return { code, out, err };
    },
    async [Symbol.asyncDispose]() {
      await rm(home, { recursive: true, force: true });
    },
  };
}
