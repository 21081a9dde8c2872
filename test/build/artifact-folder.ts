/** One artifact of a test: its folder, its section as it is written, and what its builder says of it. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Inspection } from "../../src/build/builder.ts";
import { loadProject } from "../../src/config/load/load.ts";
import { Failure } from "../../src/diag/failure.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { tempFolder } from "../rig/temp-folder.ts";
import { composedFor } from "./composed.ts";

export interface ArtifactFolder extends AsyncDisposable {
  /** Where the configuration lies; the context is `web` in it. */
  readonly root: string;
  readonly store: Store;
  write(path: string, text: string): Promise<void>;
  /** Reads the configuration anew. */
  inspect(): Promise<Inspection>;
  /** Paths that count as inputs. */
  inputs(): Promise<string[]>;
}

/** @param section the artifact's sections beside its name and context, in flow style */
export async function artifactFolder(section: string): Promise<ArtifactFolder> {
  const folder = await tempFolder();
  const root = folder.path;
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await write(
    "skaffold.yaml",
    `apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n    - {image: web, context: web, ${section}}\n`,
  );
  const store = await openStore({
    cacheDir: join(root, ".home/cache"),
    stateDir: join(root, ".home/state"),
    clock: systemClock,
  });
  const signal = new AbortController().signal;
  const inspect = async () => {
    const { project, environment, diagnostics } = await loadProject({
      cwd: root,
      environment: { GREETING: "hello" },
      command: "build",
      acting: true,
      signal,
    });
    const [error] = diagnostics.filter(({ severity }) => severity === "error");
    if (!project || error) throw new Failure(error ?? "the configuration cannot be read");
    const [work] = composedFor({ project, environment }, store);
    if (!work) throw new Error("there is no artifact");
    return work.inspect(signal);
  };
  return {
    root,
    store,
    write,
    inspect,
    async inputs() {
      const { tree } = await store.snapshot((await inspect()).sources, signal);
      return [...tree.entries()].flatMap(([path, is]) => (is.startsWith("directory") ? [] : [path])).sort();
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
