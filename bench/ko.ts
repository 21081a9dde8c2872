#!/usr/bin/env bun
/**
 * One Go file changed, until the image is on the node: `devloop build` as a whole process against the test cluster, beside
 * a bare `ko build` of the same change into an OCI layout, in turn. Both keep Go's cache and the base image's layers.
 *
 * Budget: 1.15 x the bare build + 100 ms.
 */
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { context, kubeconfig } from "../test/rig/cluster.ts";
import { namesOn, removeFrom, testEngine, testTarget } from "../test/rig/kind-node.ts";
import { startRegistry } from "../test/rig/registry.ts";
import { docker } from "../test/rig/scratch-image.ts";
import { command, figure, printFigures, quartiles } from "./measure.ts";

const times = Number(process.argv[2] ?? 15);
const factor = 1.15;
const allowedMs = 100;
const program = join(import.meta.dir, "../dist/devloop");

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

const name = `devloop-bench/ko-${process.pid}`;
const [node] = (await testTarget(await testEngine())).nodes;
if (node === undefined) throw new Error("the test cluster has no node");
stack.defer(() => removeFrom(node.container, name));
const app = join(folder, "app");
let edits = 0;
/** A server, so that there is something to link. */
const edit = () =>
  Bun.write(
    join(app, "main.go"),
    `package main\n\nimport (\n\t"fmt"\n\t"net/http"\n)\n\nfunc main() {\n\thttp.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "edit ${process.pid} ${++edits}") })\n\thttp.ListenAndServe(":8080", nil)\n}\n`,
  );
await edit();
await writeFile(join(app, "go.mod"), "module example.test/app\n\ngo 1.21\n");
await writeFile(
  join(folder, "skaffold.yaml"),
  `apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n    - {image: ${name}, context: app, ko: {fromImage: "${base}"}}\n`,
);

const env = { DEVLOOP_HOME: join(folder, "home"), KUBECONFIG: kubeconfig };
const bareEnv = { KO_DOCKER_REPO: name, KO_DEFAULTBASEIMAGE: base };
const layout = join(folder, "layout");
const bareFlags = ["--bare", "--push=false", "--sbom=none", `--oci-layout-path=${layout}`];
const bare = () => command(["ko", "build", ".", ...bareFlags], app, bareEnv);
const ours = () => command([program, "build", "-q", "--kube-context", context], folder, env);

const taken: [ours: number[], bare: number[]] = [[], []];
for (let round = -1; round < times; round++)
  for (const [i, run] of [ours, bare].entries()) {
    await edit();
    const before = i === 0 ? await imagesThere() : 0;
    const start = performance.now();
    await run();
    const ms = performance.now() - start;
    if (i === 0 && (await imagesThere()) !== before + 1) throw new Error("the image is not on the node");
    if (round >= 0) taken[i]?.push(ms);
  }

async function imagesThere(): Promise<number> {
  return (await namesOn(node?.container ?? "")).filter((one) => one.includes(name)).length;
}

const figures = [figure("devloop build, image on the node", taken[0]), figure("ko build, into a layout", taken[1])];
printFigures(figures);
const [mine, floor] = figures.map(({ median }) => median) as [number, number];
const [q1, q3] = quartiles(taken[0]);
const budget = factor * floor + allowedMs;
console.log(
  `budget ${budget.toFixed(0)} ms (${factor} x ${floor.toFixed(0)} + ${allowedMs}); quartiles ${q1.toFixed(0)}-${q3.toFixed(0)}`,
);
if (mine > budget) {
  console.log("over budget");
  process.exitCode = 1;
}
