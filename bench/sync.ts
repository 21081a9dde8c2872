/**
 * From a saved file to the file in the container, on the test cluster: a whole session (watcher, quiet time, look,
 * verdict, overlay on the disk, archive, exec stream, the container's answer), beside the bare write of the same file
 * over an open exec stream in the same run.
 *
 * Budget: at most 35 ms, and at most 5 ms above the quiet time plus the bare write.
 */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "../src/cluster/connect/connect.ts";
import { openExec } from "../src/cluster/stream/exec.ts";
import type { DevProject } from "../src/dev/loop/dev-project.ts";
import type { ProjectFiles } from "../src/dev/loop/project-files.ts";
import { devSession } from "../src/dev/loop/session.ts";
import { manualPlacer } from "../src/dev/sync/manual.ts";
import { ordinaryQuiet } from "../src/dev/watch/debounce.ts";
import { notifyWatcher } from "../src/dev/watch/notify-watcher.ts";
import type { Event } from "../src/event/event.ts";
import { keptShell, shellArgv } from "../src/std/bytes/kept-shell.ts";
import { systemClock } from "../src/std/clock.ts";
import { moment } from "../src/std/moment.ts";
import { openDocuments } from "../src/store/documents.ts";
import { describePath } from "../src/store/tree/describe.ts";
import { deploy, dockerfile, rolledOut, state } from "../test/dev/synced-artifact.ts";
import { imageFrom } from "../test/rig/built-on-node.ts";
import { context, kubeconfig } from "../test/rig/cluster.ts";
import { flatInputs } from "../test/rig/flat-inputs.ts";
import { testNamespace } from "../test/rig/kubectl.ts";
import { figure, printFigures } from "./measure.ts";

const times = Number(process.argv[2] ?? 30);
const kib = Number(process.argv[3] ?? 4);
await using stack = new AsyncDisposableStack();
const namespace = stack.use(await testNamespace("bench"));
const home = stack.use(await state());
const image = stack.use(await imageFrom("bench", dockerfile, { "site/page.html": "first" }));
await image.deliver();
const cluster = await connect({ kubeconfig, context, env: {} });
await deploy(cluster, namespace.name, image.reference);
const [pod = ""] = await rolledOut(cluster, namespace.name, image.reference);

const files: ProjectFiles = {
  artifacts: [
    {
      image: "site",
      required: false,
      sources: { root: image.context, part: () => "in", extra: [], rules: [], reason: () => "Dockerfile:8" },
      place: manualPlacer(
        [{ src: "site/**", dest: "/www", strip: "", at: { file: "", line: 1, column: 1, length: 1, text: "" } }],
        () => "/www",
      ),
    },
  ],
  isConfig: () => false,
  observed: () => [],
  others: () => ({ roots: [], files: [] }),
};
const project: DevProject = {
  places: [{ id: "place", cluster, overlayName: (name) => `overlay/bench/cluster/${name}` }],
  targets: () => ({ roots: [image.context], files: [] }),
  files: async () => files,
  print: describePath,
  heard: () => undefined,
  async pass() {
    const readAt = moment();
    const page = (await describePath(join(image.context, "site/page.html"), end.signal)) ?? "";
    const inputs = flatInputs({ "site/page.html": page });
    const deployed = { imageId: image.imageId, reference: image.reference, inputs, readAt };
    const outcome = { images: new Map([["site", deployed]]), namespaces: [namespace.name] };
    return { end: "done", did: "nothing", places: new Map([["place", outcome]]) };
  },
  reload: async () => project,
};

const heard = new Map<Event["type"], () => void>();
const next = (type: Event["type"]) => new Promise<void>((resolve) => heard.set(type, resolve));
const end = new AbortController();
const watching = next("watching");
const session = devSession(
  {
    project,
    documents: openDocuments(home.directory),
    openWatcher: (targets, listener, pruned) =>
      notifyWatcher(targets, listener, { clock: systemClock, intervalMs: 1000, pruned }),
    streams: [],
    staysOnFailure: false,
    clock: systemClock,
    emit(event) {
      heard.get(event.type)?.();
      if (event.type === "diagnostic" || event.type === "notice") console.error(event);
    },
  },
  end.signal,
);
await watching;

const target = { namespace: namespace.name, pod, container: "main" };
const stream = stack.use(await openExec(cluster, target, shellArgv, end.signal, { stdin: true }));
const text = new TextEncoder();
const shell = keptShell({
  write: (data) => stream.write(typeof data === "string" ? text.encode(data) : data),
  closed: stream.exit.then(
    () => undefined,
    () => undefined,
  ),
  cut: async () => undefined,
  lost: () => new Error("lost"),
});
for (const name of ["stdout", "stderr"] as const)
  void (async () => {
    for await (const data of stream[name]) shell.take(name, data);
  })();

const saves: number[] = [];
const bare: number[] = [];
const noops: number[] = [];
const content = () => Buffer.from(crypto.getRandomValues(new Uint8Array(kib * 512)).toHex());
const page = join(image.context, "site/page.html");
async function save(bytes: Buffer, taken: number[], round: number): Promise<void> {
  await writeFile(join(image.context, ".page.tmp~"), bytes);
  const done = next("save");
  const start = performance.now();
  await rename(join(image.context, ".page.tmp~"), page);
  await done;
  if (round >= 0) taken.push(performance.now() - start);
}
for (let round = -3; round < times; round++) {
  const bytes = content();
  await save(bytes, saves, round);
  const start = performance.now();
  await shell.run("cat >/www/site/bare", end.signal, { bytes: bytes.length, chunks: [bytes] });
  if (round >= 0) bare.push(performance.now() - start);
  await save(bytes, noops, round);
}
end.abort();
await session;

const floor = figure("", bare).median + ordinaryQuiet.shortest;
const saved = figure(`save -> ${kib} KiB in the container`, saves);
printFigures([
  saved,
  figure("bare write of the same file over an open exec", bare),
  figure("a save without a change of content", noops),
]);
console.log(`floor (quiet ${ordinaryQuiet.shortest} ms + bare write): ${floor.toFixed(1)} ms`);
console.log(`above the floor: ${(saved.median - floor).toFixed(1)} ms, ${(saved.median / floor).toFixed(2)} times`);
