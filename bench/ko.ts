#!/usr/bin/env bun
/**
 * One Go file changed, until the image is on the node of the test cluster: in a `dev` session, from the save to the
 * delivery that it tells, and by `devloop build` as a whole process; beside them a bare `ko build` of such a change into an
 * OCI layout, in turn. All keep Go's cache and the base image's layers.
 *
 * Budget of the session: 1.15 x the bare build + 100 ms.
 */
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { context, kubeconfig } from "../test/rig/cluster.ts";
import { DevloopProcess } from "../test/rig/devloop.ts";
import { namesOn, removeFrom, testEngine, testTarget } from "../test/rig/kind-node.ts";
import { startRegistry } from "../test/rig/registry.ts";
import { docker } from "../test/rig/scratch-image.ts";
import { command, figure, printFigures, quartiles } from "./measure.ts";

const times = Number(process.argv[2] ?? 15);
const factor = 1.15;
const allowedMs = 100;

await using stack = new AsyncDisposableStack();
// ko takes a layout's path for the name of an image: no upper case.
const folder = `/tmp/devloop-bench-ko-${process.pid}`;
await mkdir(folder, { mode: 0o700 });
stack.defer(() => rm(folder, { recursive: true }));
const registry = stack.use(await startRegistry());
const base = `${registry.host}/bench/base:1`;
await mkdir(join(folder, "base"));
await cp("/bin/busybox", join(folder, "base/busybox"));
await writeFile(join(folder, "base/Dockerfile"), "FROM scratch\nCOPY --chmod=755 busybox /bin/busybox\n");
await docker("buildx", "build", "--load", "--provenance=false", "-q", "-t", base, join(folder, "base"));
await docker("push", "--quiet", base);
await docker("rmi", base);

const [node] = (await testTarget(await testEngine())).nodes;
if (node === undefined) throw new Error("the test cluster has no node");
const names = `devloop-bench/ko-${process.pid}`;
stack.defer(() => removeFrom(node.container, names));

interface Project {
  readonly name: string;
  readonly directory: string;
  readonly app: string;
  readonly env: Readonly<Record<string, string>>;
}

async function project(part: string): Promise<Project> {
  const directory = join(folder, part);
  const made = { name: `${names}/${part}`, directory, app: join(directory, "app"), env: envOf(directory) };
  await edit(made);
  await writeFile(join(made.app, "go.mod"), "module example.test/app\n\ngo 1.21\n");
  await writeFile(
    join(directory, "skaffold.yaml"),
    `apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n    - {image: ${made.name}, context: app, ko: {fromImage: "${base}"}}\n`,
  );
  return made;
}

function envOf(directory: string): Readonly<Record<string, string>> {
  return { DEVLOOP_HOME: join(directory, "home"), KUBECONFIG: kubeconfig };
}

/** A server, so that there is something to compile and to link. */
async function edit({ app }: Pick<Project, "app">): Promise<void> {
  const says = `${process.pid} ${performance.now()}`;
  await Bun.write(
    join(app, "main.go"),
    `package main\n\nimport (\n\t"fmt"\n\t"net/http"\n)\n\nfunc main() {\n\thttp.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "${says}") })\n\thttp.ListenAndServe(":8080", nil)\n}\n`,
  );
}

async function imagesOf({ name }: Project): Promise<number> {
  return (await namesOn(node?.container ?? "")).filter((one) => one.includes(name)).length;
}

const [saved, built, bare] = [await project("saved"), await project("built"), await project("bare")];
const flags = ["--kube-context", context];
const options = { cwd: saved.directory, env: saved.env, binary: true };
const session = stack.use(new DevloopProcess(["dev", ...flags], options));
await session.line(/^Watching for changes/);
const program = join(import.meta.dir, "../dist/devloop");
const layout = ["--bare", "--push=false", "--sbom=none", `--oci-layout-path=${join(folder, "layout")}`];
const bareEnv = { KO_DOCKER_REPO: bare.name, KO_DEFAULTBASEIMAGE: base };

/** Each takes a change to where it goes, from the moment that it is saved. */
const ways: readonly (readonly [name: string, run: () => Promise<unknown>])[] = [
  [
    "dev: saved, image on the node",
    async () => {
      const from = session.mark();
      await edit(saved);
      await session.line(new RegExp(`^ - ${saved.name}:\\S+ -> `), { from });
    },
  ],
  [
    "build: whole process, image on the node",
    async () => {
      await edit(built);
      await command([program, "build", "-q", ...flags], built.directory, built.env);
    },
  ],
  [
    "ko build, into a layout",
    async () => {
      await edit(bare);
      await command(["ko", "build", ".", ...layout], bare.app, bareEnv);
    },
  ],
];

const taken = ways.map((): number[] => []);
for (let round = -1; round < times; round++)
  for (const [i, [, run]] of ways.entries()) {
    const of = [saved, built][i];
    const before = of && (await imagesOf(of));
    const start = performance.now();
    await run();
    if (round >= 0) taken[i]?.push(performance.now() - start);
    if (of && (await imagesOf(of)) !== (before ?? 0) + 1) throw new Error(`the image of ${of.name} is not on the node`);
  }
session.interrupt();
await session.exit();

const figures = ways.map(([name], i) => figure(name, taken[i] ?? []));
printFigures(figures);
const [mine, , floor] = figures.map(({ median }) => median) as [number, number, number];
const [q1, q3] = quartiles(taken[0] ?? []).map((each) => each.toFixed(0));
const budget = factor * floor + allowedMs;
console.log(
  `budget ${budget.toFixed(0)} ms (${factor} x ${floor.toFixed(0)} + ${allowedMs}); the session's quartiles ${q1}-${q3}`,
);
if (mine > budget) {
  console.log("over budget");
  process.exitCode = 1;
}
