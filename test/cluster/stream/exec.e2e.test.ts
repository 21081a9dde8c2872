import { afterAll, beforeAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { ApiError, Unreachable } from "../../../src/cluster/connect/api-error.ts";
import { type ExecStream, type ExecTarget, openExec } from "../../../src/cluster/stream/exec.ts";
import { busyboxOnNode, type NodeImage } from "../../rig/image-on-node.ts";
import { kubectl } from "../../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";

let image: NodeImage;
let at: ProxiedCluster;
let target: ExecTarget;
const never = new AbortController().signal;

beforeAll(async () => {
  image = await busyboxOnNode("exec");
  at = await proxiedCluster("exec");
  target = { namespace: at.namespace, pod: "shell", container: "main" };
  const command = ["/bin/busybox", "sleep", "3600"];
  const container = { name: "main", image: image.reference, imagePullPolicy: "Never", command };
  const spec = { terminationGracePeriodSeconds: 0, containers: [container] };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "shell", namespace: at.namespace }, spec };
  await kubectl(["apply", "-f", "-"], JSON.stringify(pod));
  await kubectl(["-n", at.namespace, "wait", "--for=condition=Ready", "pod/shell", "--timeout=240s"]);
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  await image[Symbol.asyncDispose]();
});

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

const sh = (script: string) => ["/bin/busybox", "sh", "-c", script];

async function run(argv: readonly string[]) {
  await using stream = await openExec(at.cluster, target, argv, never);
  const [stdout, stderr, exit] = await Promise.all([all(stream.stdout), all(stream.stderr), stream.exit]);
  return { stdout: stdout.toString(), stderr: stderr.toString(), code: exit.code };
}

test("output, error output and exit codes, each as it is", async () => {
  expect(await run(sh("echo out; echo problem >&2; exit 3"))).toEqual({
    stdout: "out\n",
    stderr: "problem\n",
    code: 3,
  });
  expect(await run(sh("true"))).toEqual({ stdout: "", stderr: "", code: 0 });
  expect(await run(["/bin/busybox", "echo", "a b", "c&d=é", ""])).toMatchObject({ stdout: "a b c&d=é \n" });
  expect((await run(sh("kill -9 $$"))).code).toBe(137);
});

test("a server that is there answers pings, whether or not the command says or reads anything", async () => {
  await using quiet = await openExec(at.cluster, target, sh("sleep 3"), never, { pingMs: 200 });
  const options = { stdin: true, pingMs: 200 };
  await using stuck = await openExec(at.cluster, target, sh("sleep 3; cat >/dev/null"), never, options);
  // More than a pipe holds: until the command reads, the server has to wait for it.
  await stuck.write(new Uint8Array(200_000));
  await stuck.end();
  for (const { exit } of [quiet, stuck]) expect(await exit).toEqual({ code: 0, message: "" });
});

test("input of any size arrives whole, and its end is told", async () => {
  for (const size of [0, 1, 65_536, 20_000_001]) {
    const bytes = randomBytes(size);
    await using stream = await openExec(at.cluster, target, ["/bin/busybox", "sha256sum"], never, { stdin: true });
    await stream.write(bytes);
    await stream.end();
    const digest = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    expect((await all(stream.stdout)).toString()).toBe(`${digest}  -\n`);
    expect((await stream.exit).code).toBe(0);
  }
});

test("a command that reads nothing holds the writer back; one that nobody reads is held back itself", async () => {
  await using idle = await openExec(at.cluster, target, ["/bin/busybox", "sleep", "3600"], never, { stdin: true });
  let written = 0;
  const writing = (async () => {
    for (; written < 200; written++) await idle.write(new Uint8Array(1 << 20));
  })();
  await using loud = await openExec(at.cluster, target, ["/bin/busybox", "yes"], never);
  const first = await loud.stdout[Symbol.asyncIterator]().next();
  expect(Buffer.from(first.value as Uint8Array).toString()).toStartWith("y\ny\n");
  const received = () => at.proxy.requests.at(-1)?.received ?? 0;
  // Whatever lies in the sockets on the way is a bounded amount: it stops growing.
  let before = -1;
  for (let same = 0; same < 5; ) {
    const now = received() + written;
    same = now === before ? same + 1 : 0;
    before = now;
    await Bun.sleep(50);
  }
  expect(written).toBeLessThan(100);
  expect(received()).toBeLessThan(60 << 20);
  await idle[Symbol.asyncDispose]();
  await writing;
});

test("refusals carry the cluster's own words", async () => {
  const refused = async (where: ExecTarget): Promise<ApiError> => {
    const thrown = await openExec(at.cluster, where, ["x"], never).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ApiError);
    return thrown as ApiError;
  };
  expect(await refused({ ...target, pod: "nobody" })).toMatchObject({ code: 404, reason: "NotFound" });
  expect((await refused({ ...target, container: "other" })).message).toContain(
    "container other is not valid for pod shell",
  );
  await using stream = await openExec(at.cluster, target, ["/no/such/program"], never);
  const thrown = await stream.exit.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ApiError);
  expect((thrown as ApiError).message).toMatch(/cannot run \/no\/such\/program .*no such file or directory/);
});

test("an abort ends it with the signal's reason, a cut connection with an Unreachable", async () => {
  const ended = async (stream: ExecStream) => stream.exit.catch((error: unknown) => error);
  const stop = new AbortController();
  await using aborted = await openExec(at.cluster, target, ["/bin/busybox", "sleep", "3600"], stop.signal);
  stop.abort("enough");
  expect(await ended(aborted)).toBe("enough");
  await using cut = await openExec(at.cluster, target, ["/bin/busybox", "sleep", "3600"], never);
  at.proxy.cut(/\/exec$/);
  expect(await ended(cut)).toBeInstanceOf(Unreachable);
  expect(await all(cut.stdout)).toHaveLength(0);
});
