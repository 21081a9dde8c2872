/** BuildKit's own word: which steps it ran and which it took from its cache, and what a context looks like to it. */
import { copyFile, lstat, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgress } from "../../../src/tool/docker/buildx-progress.ts";
import { must, run } from "../../../src/tool/process/run.ts";

const signal = new AbortController().signal;

export interface OracleResult {
  readonly ok: boolean;
  /** Names of the steps that were really run. */
  readonly ran: readonly string[];
  readonly said: readonly string[];
}

/** Builds into the cache alone. */
export async function oracleBuild(
  context: string,
  buildArgs: Readonly<Record<string, string>> = {},
): Promise<OracleResult> {
  const progress = buildProgress(() => undefined);
  const flags = Object.entries(buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  const argv = [
    "docker",
    "buildx",
    "build",
    "--progress=rawjson",
    "--provenance=false",
    "--output=type=cacheonly",
  ] as const;
  const finished = await run(
    { argv: [...argv, ...flags, context], onLine: (line, stream) => stream === "stderr" && progress.line(line) },
    signal,
  );
  if (finished.kind !== "exited") throw new Error(`docker buildx: ${finished.kind}`);
  const steps = [...progress.steps.values()].filter(({ name }) => /^\[(?!internal)/.test(name));
  const ran = steps.filter(({ name, status }) => status === "done" && !/ FROM /.test(name)).map(({ name }) => name);
  return { ok: finished.code === 0, ran, said: progress.text };
}

/** Every path that BuildKit sees of a context, sorted; `undefined` where it refuses the ignore file. */
export async function oraclePaths(context: string): Promise<string[] | undefined> {
  await writeFile(join(context, "Dockerfile"), "FROM scratch\nCOPY . /all/\nWORKDIR /all\n");
  const out = await mkdtemp(join(tmpdir(), "devloop-oracle-out-"));
  try {
    const argv = ["docker", "buildx", "build", "--quiet", `--output=type=local,dest=${out}`, context] as const;
    const finished = await run({ argv }, signal);
    return finished.kind === "exited" && finished.code === 0 ? await pathsBelow(join(out, "all"), "") : undefined;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function pathsBelow(root: string, below: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(join(root, below))) {
    const path = join(below, name);
    found.push(path);
    if ((await lstat(join(root, path))).isDirectory()) found.push(...(await pathsBelow(root, path)));
  }
  return found.sort();
}

/** An image with a static shell under a name of this run; removed by the disposal. */
export async function shellImage(): Promise<{ name: string } & AsyncDisposable> {
  const name = `devloop-test/shell:${process.pid}`;
  const directory = await mkdtemp(join(tmpdir(), "devloop-oracle-"));
  await copyFile("/bin/busybox", join(directory, "busybox"));
  await writeFile(join(directory, "Dockerfile"), "FROM scratch\nCOPY busybox /bin/busybox\n");
  await must(
    { argv: ["docker", "buildx", "build", "--quiet", "--provenance=false", "--load", "--tag", name, directory] },
    signal,
  );
  await rm(directory, { recursive: true });
  return {
    name,
    async [Symbol.asyncDispose]() {
      await run({ argv: ["docker", "image", "rm", name] }, signal);
    },
  };
}
