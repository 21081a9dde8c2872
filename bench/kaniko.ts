#!/usr/bin/env bun
/**
 * A build context of 5,000 files to its pod, of a folder with twice as many: as the kaniko builder sends it, from the
 * look at the folder until all is unpacked, and as `tar | gzip -1` of the same files does over the same exec, in turn.
 *
 * Budget: 1.2 x `tar | gzip -1`, and no file but those that count.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectDocker } from "../src/build/docker/inspect.ts";
import { buildContext } from "../src/build/kaniko/context.ts";
import { sendContext } from "../src/build/kaniko/send-context.ts";
import { connect } from "../src/cluster/connect/connect.ts";
import { openExec } from "../src/cluster/stream/exec.ts";
import { context as contextName, kubeconfig } from "../test/rig/cluster.ts";
import { executorOnNodes } from "../test/rig/cluster-builds.ts";
import { kubectl, testNamespace } from "../test/rig/kubectl.ts";
import { printFigures, sideBySide } from "./measure.ts";

const times = Number(process.argv[2] ?? 15);
const factor = 1.2;
const folders = 50;
const filesEach = 100;

await using stack = new AsyncDisposableStack();
const root = await mkdtemp(join(tmpdir(), "devloop-bench-kaniko-"));
stack.defer(() => rm(root, { recursive: true }));
let seed = 7;
const random = (below: number) => {
  seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
  return seed % below;
};
for (const part of ["src", "node_modules"])
  for (let folder = 0; folder < folders; folder++) {
    const at = join(root, part, `package${folder}`);
    await mkdir(at, { recursive: true });
    for (let file = 0; file < filesEach; file++) {
      const lines = Array.from({ length: 20 + random(200) }, () => `const v${random(999)} = need("x${random(99)}");`);
      await writeFile(join(at, `file${file}.js`), lines.join("\n"));
    }
  }
const dockerfile = join(root, "Dockerfile");
await writeFile(dockerfile, "FROM scratch\nCOPY . /app/\n");
await writeFile(join(root, ".dockerignore"), "node_modules\n");

const executor = stack.use(await executorOnNodes());
const namespace = stack.use(await testNamespace("bench-kaniko"));
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "sink" },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "sink", image: executor.image, command: ["sleep", "3600"] }],
  },
};
await kubectl(["-n", namespace.name, "apply", "-f", "-"], JSON.stringify(pod));
await kubectl(["-n", namespace.name, "wait", "--for=condition=Ready", "pod/sink", "--timeout=120s"]);

const cluster = await connect({ env: process.env, kubeconfig, context: contextName });
const target = { namespace: namespace.name, pod: "sink", container: "sink" };
const { signal } = new AbortController();

async function inPod(script: string): Promise<string> {
  return kubectl(["-n", namespace.name, "exec", "sink", "--", "sh", "-c", script]);
}

async function ours(): Promise<void> {
  const { sources, files } = await inspectDocker({ context: root, dockerfile, buildArgs: {} });
  const { entries } = buildContext(sources, dockerfile, files.ignore, undefined);
  await sendContext(cluster, target, entries, 1, signal);
}

async function tarAndGzip(): Promise<void> {
  const argv = ["sh", "-c", "tar -cf - --exclude=./node_modules . | gzip -1"];
  const child = Bun.spawn(argv, { cwd: root, stdout: "pipe", stderr: "inherit" });
  const script = "tar -xzf - -C /workspace && touch /tmp/complete";
  await using stream = await openExec(cluster, target, ["sh", "-c", script], signal, { stdin: true });
  for await (const piece of child.stdout) await stream.write(piece);
  await stream.end();
  const { code, message } = await stream.exit;
  if (code !== 0) throw new Error(message);
}

const figures = await sideBySide(
  [
    { name: "devloop", run: ours },
    { name: "tar | gzip -1", run: tarAndGzip },
  ],
  times,
);
const sent = await inPod("set -- /kaniko/buildcontext/src/*/*; echo $#; set -- /kaniko/buildcontext/*; echo $*");
const wanted = `${folders * filesEach}\n/kaniko/buildcontext/Dockerfile /kaniko/buildcontext/src\n`;
if (sent !== wanted) throw new Error(`in the pod are ${sent}`);
printFigures(figures);
const [mine, floor] = figures.map(({ median }) => median) as [number, number];
const ratio = mine / floor;
console.log(`${ratio.toFixed(2)} x tar | gzip -1 (at most ${factor})`);
if (ratio > factor) process.exitCode = 1;
