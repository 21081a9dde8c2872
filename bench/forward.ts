/**
 * Port-forwards beside `kubectl port-forward` in the same run, against the same pod of the test cluster: start, latency
 * of a connection, many at once, throughput each way, and 1 GB echoed and compared byte by byte.
 *
 * Budget: throughput at least that of kubectl.
 */
import { join } from "node:path";
import { context, kubeconfig } from "../test/rig/cluster.ts";
import { kubectl, testNamespace } from "../test/rig/kubectl.ts";
import { applyPortPods, bulkBytes, portServerOnNode, ports } from "../test/rig/port-pods.ts";
import { echoThrough } from "../test/rig/tcp-client.ts";
import { printFigures, sideBySide } from "./measure.ts";

const times = Number(process.argv[2] ?? 5);
await using image = await portServerOnNode("bench-forward");
await using namespace = await testNamespace("bench-forward");
await applyPortPods({ namespace: namespace.name, image: image.reference, name: "ports" }, "v1");
await kubectl(["-n", namespace.name, "rollout", "status", "deployment/ports", "--timeout=60s"]);

/** A forwarding process, with the local port of each remote one. */
interface Way extends AsyncDisposable {
  local(port: number): number;
  /** Processor seconds of its process. */
  usage(): Promise<number>;
}

const wanted = [ports.echo, ports.sink, ports.source];

/** Starts a forwarding process; `find` gets its local ports out of what it has said so far, once they are all there. */
async function forwarder(
  argv: readonly string[],
  find: (said: string) => ReadonlyMap<number, number> | undefined,
): Promise<Way> {
  const child = Bun.spawn([...argv], { stdout: "pipe", stderr: "inherit" });
  const reader = child.stdout.getReader();
  let said = "";
  let local = find(said);
  while (!local) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`${argv[0]} ended: ${said}`);
    said += new TextDecoder().decode(value);
    local = find(said);
  }
  const found = local;
  const rest = (async () => {
    for (let more = await reader.read(); !more.done; more = await reader.read());
  })();
  return {
    local: (port) => found.get(port) ?? 0,
    usage: () => cpuSeconds(child.pid),
    async [Symbol.asyncDispose]() {
      child.kill();
      await Promise.all([child.exited, rest]);
    },
  };
}

function ours(): Promise<Way> {
  const program = join(import.meta.dir, "forward-process.ts");
  const argv = [process.execPath, program, kubeconfig, context, namespace.name, ...wanted.map(String)];
  return forwarder(argv, (said) => {
    if (!said.endsWith("\n")) return undefined;
    const local = JSON.parse(said) as Record<string, number>;
    return new Map(Object.entries(local).map(([remote, port]) => [Number(remote), port]));
  });
}

function theirs(): Promise<Way> {
  const argv = ["kubectl", "--kubeconfig", kubeconfig, "--context", context, "-n", namespace.name, "port-forward"];
  return forwarder([...argv, "deployment/ports", ...wanted.map((port) => `:${port}`)], (said) => {
    const lines = [...said.matchAll(/127\.0\.0\.1:(\d+) -> (\d+)\n/g)];
    const local = new Map(lines.map(([, from, to]) => [Number(to), Number(from)]));
    return local.size === wanted.length ? local : undefined;
  });
}

/** Processor time of a process so far, from the kernel's own count. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await Bun.file(`/proc/${pid}/stat`).text()).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const small = new Uint8Array(32).fill(7);
const larger = crypto.getRandomValues(new Uint8Array(65_536));

async function echo(way: Way, bytes: Uint8Array): Promise<void> {
  const difference = await echoThrough(way.local(ports.echo), bytes);
  if (difference >= 0) throw new Error(`the echo differs at byte ${difference}`);
}

/** Sends `bulkBytes` and waits for the word that all of them arrived. */
function upload(way: Way): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const chunk = new Uint8Array(1 << 20);
  let sent = 0;
  const push = (socket: { write(data: Uint8Array): number }) => {
    while (sent < bulkBytes) {
      const taken = socket.write(chunk.subarray(0, Math.min(chunk.length, bulkBytes - sent)));
      if (taken <= 0) return;
      sent += taken;
    }
  };
  const socket = {
    open: push,
    drain: push,
    data: () => resolve(),
    close: () => reject(new Error(`closed after ${sent}`)),
  };
  Bun.connect({ hostname: "127.0.0.1", port: way.local(ports.sink), socket }).catch(reject);
  return promise;
}

function download(way: Way): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let got = 0;
  const socket = {
    data(own: { end(): void }, data: Uint8Array) {
      got += data.length;
      if (got < bulkBytes) return;
      resolve();
      own.end();
    },
    close: () => reject(new Error(`closed after ${got}`)),
  };
  Bun.connect({ hostname: "127.0.0.1", port: way.local(ports.source), socket }).catch(reject);
  return promise;
}

/** The same for both, in turn. */
function pair(name: string, run: (way: Way) => Promise<void>) {
  return [
    { name, run: () => run(own) },
    { name: `${name}, kubectl`, run: () => run(other) },
  ];
}

await using own = await ours();
await using other = await theirs();
const start = (open: () => Promise<Way>) => async () => {
  await using way = await open();
  await echo(way, small);
};
printFigures(
  await sideBySide(
    [
      { name: "start to first echo", run: start(ours) },
      { name: "start to first echo, kubectl", run: start(theirs) },
      ...pair("connection to first echo", (way) => echo(way, small)),
      ...pair("100 connections at once", async (way) => {
        await Promise.all(Array.from({ length: 100 }, () => echo(way, small)));
      }),
      ...pair("100 x 64 KiB at once", async (way) => {
        await Promise.all(Array.from({ length: 100 }, () => echo(way, larger)));
      }),
    ],
    times * 3,
  ),
);
const bulk = await sideBySide([...pair("256 MiB up", upload), ...pair("256 MiB down", download)], times);
printFigures(bulk);
for (const { name, median } of bulk) console.log(`${name}: ${Math.round(bulkBytes / 1e3 / median)} MB/s`);

console.log(`processor seconds: ${await own.usage()}, kubectl ${await other.usage()}`);

const gigabyte = new Uint8Array(1e9);
for (let at = 0; at < gigabyte.length; at += 65_536) crypto.getRandomValues(gigabyte.subarray(at, at + 65_536));
const began = performance.now();
await echo(own, gigabyte);
console.log(`1 GB echoed and compared: ${Math.round(2e6 / (performance.now() - began))} MB/s both ways together`);
