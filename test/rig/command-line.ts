/** Runs the program from its source to its end, its two outputs apart, in a folder of files of the test's own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configFolder } from "./config-files.ts";
import { outputOf } from "./output-of.ts";

const main = join(import.meta.dir, "../../src/cli/main.ts");

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandFolder extends Disposable {
  readonly folder: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  read(path: string): string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** State and cache are the folder's own; no kubeconfig and no flag of the machine gets in. */
export function commandFolder(files: Readonly<Record<string, string>>): CommandFolder {
  const made = configFolder(files);
  const { folder } = made;
  const home = configFolder({});
  return {
    folder,
    read: (path) => readFileSync(join(folder, path), "utf8"),
    async run(args, { env = {}, stdin } = {}) {
      const child = Bun.spawn([process.execPath, main, ...args], {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          HOME: home.folder,
          DEVLOOP_HOME: join(home.folder, "devloop"),
          KUBECONFIG: join(home.folder, "no-kubeconfig"),
          NO_COLOR: "1",
          ...env,
        },
        stdin: stdin === undefined ? "ignore" : new Blob([stdin]),
        stdout: "pipe",
        stderr: "pipe",
      });
      const { out, err, code } = await outputOf(child);
      return { code, out: out.replaceAll(folder, "$DIR"), err: err.replaceAll(folder, "$DIR") };
    },
    [Symbol.dispose]() {
      made[Symbol.dispose]();
      home[Symbol.dispose]();
    },
  };
}
