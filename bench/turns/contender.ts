/**
 * One program with all that it is measured on: the example with a `dev` session that stays, a project of 200 objects, and
 * a tree of 50,000 files. A round takes every figure once, in milliseconds unless its name says otherwise.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DevloopProcess } from "../../test/rig/devloop.ts";
import { docker } from "../../test/rig/scratch-image.ts";
import { saying } from "../dev/by-hand.ts";
import { type Example, end, example, watching } from "../dev/example.ts";
import { residentTree } from "../dev/resident.ts";
import { timedDev, timedRun } from "../dev/timed-starts.ts";
import { makeTree } from "../files/tree.ts";
import { wholeProcess } from "../files/whole-process.ts";
import { command } from "../measure.ts";
import { manyObjects } from "./objects.ts";

export type Measured = number;

export interface Contender extends AsyncDisposable {
  readonly name: string;
  round(): Promise<Readonly<Record<string, Measured>>>;
  /** Ends the session in order. @returns what it weighed then */
  ended(): Promise<string>;
}

const page = "web/templates/index.html";
const code = "web/main.go";

export async function contender(name: string, program: string, firstPort: number): Promise<Contender> {
  await using stack = new AsyncDisposableStack();
  const session = stack.use(await sessionOn(program, firstPort));
  const starts = stack.use(await example({ program, firstPort: firstPort + 5 }));
  const objects = stack.use(await manyObjects(program));
  const files = stack.use(await filesOf(program));
  const owned = stack.move();
  return {
    name,
    async round() {
      return {
        "version, whole process": await timed(() => command([program, "version"])),
        ...(await files.round()),
        ...(await startsOf(starts)),
        ...(await objects.round()),
        ...(await session.saves()),
      };
    },
    async ended() {
      const { mebibytes, processes } = await residentTree(session.pid);
      await session.end();
      return `${mebibytes.toFixed(0)} MiB in ${processes} process(es) after the saves`;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startsOf(project: Example): Promise<Record<string, number>> {
  const cold = await timedDev(project, "--cleanup=false");
  const warm = await timedDev(project, "--cleanup=false");
  const run = await timedRun(project);
  await timedDev(project);
  return {
    "dev, objects gone -> watching": cold,
    "dev, nothing changed -> watching": warm,
    "run, nothing changed": run,
  };
}

async function sessionOn(program: string, firstPort: number) {
  await using stack = new AsyncDisposableStack();
  const project = stack.use(await example({ program, firstPort }));
  const session: DevloopProcess = stack.use(project.start("dev"));
  await session.line(watching);
  let count = 0;
  const owned = stack.move();
  return {
    pid: session.pid,
    async saves(): Promise<Record<string, number>> {
      const synced = await saved(
        page,
        (old) => old.replace(/<p>(page|Edit).*<\/p>/, `<p>page ${count++}</p>`),
        /^Synced in /,
      );
      const same = await saved(page, (old) => old, /^(Nothing to do|Synced)/);
      const rebuilt = await saved(code, (old) => saying(old, `words ${crypto.randomUUID()}`), /^Rebuilt and ready in /);
      return {
        "save of a synced file -> line": synced,
        "save without a change -> line": same,
        "save of a Go file -> ready": rebuilt,
      };
    },
    end: () => end(session),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };

  async function saved(file: string, change: (text: string) => string, line: RegExp): Promise<number> {
    const mark = session.mark();
    const at = await project.save(file, change);
    await session.line(line, { from: mark });
    return performance.now() - at;
  }
}

async function filesOf(program: string) {
  await using stack = new AsyncDisposableStack();
  const made = await mkdtemp(join(tmpdir(), "devloop-bench-turns-"));
  stack.defer(() => rm(made, { recursive: true, force: true }));
  const image = `devloop-bench-turns-${crypto.randomUUID().slice(0, 8)}`;
  stack.defer(async () => {
    const built = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}", image)).split("\n").filter(Boolean);
    if (built.length > 0) await docker("rmi", "-f", ...built);
  });
  makeTree(join(made, "app/tree"), 1);
  await writeFile(join(made, "app/Dockerfile"), "FROM scratch\nCOPY tree /tree\n");
  await writeFile(
    join(made, "skaffold.yaml"),
    `apiVersion: skaffold/v4beta11
kind: Config
build:
  tagPolicy: {sha256: {}}
  artifacts:
    - {image: ${image}, context: app}
  local: {push: false}
`,
  );
  const env = { DEVLOOP_HOME: join(made, "home") };
  const build = () => wholeProcess([program, "build"], made, env);
  await build();
  const owned = stack.move();
  return {
    async round(): Promise<Record<string, number>> {
      const { wall, cpu, mebibytes } = await build();
      return {
        "build, 50,000 files": wall,
        "build, 50,000 files, processor": cpu,
        "build, 50,000 files, MiB": mebibytes,
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
