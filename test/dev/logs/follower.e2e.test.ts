import { afterAll, beforeAll, expect, test } from "bun:test";
import { LogFollower } from "../../../src/dev/logs/follower.ts";
import type { Event } from "../../../src/event/event.ts";
import { applyCounting, countingFaults } from "../../rig/counting-pods.ts";
import { eventually } from "../../rig/eventually.ts";
import { busyboxOnNode, type NodeImage } from "../../rig/image-on-node.ts";
import { getObject, kubectl } from "../../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";

let image: NodeImage;
let at: ProxiedCluster;
beforeAll(async () => {
  image = await busyboxOnNode("logs");
  at = await proxiedCluster("logs");
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  await image[Symbol.asyncDispose]();
});

/** A follower that sorts what it emits by pod and container. */
function collecting(since = Date.now()) {
  const lines = new Map<string, string[]>();
  const others: Event[] = [];
  const follower = new LogFollower({
    cluster: at.cluster,
    since,
    emit(event) {
      if (event.type !== "log") return void others.push(event);
      const key = `${event.pod}/${event.container}`;
      const known = lines.get(key);
      if (known) known.push(event.line);
      else lines.set(key, [event.line]);
    },
  });
  const of = (container: string) => [...lines].filter(([key]) => key.endsWith(`/${container}`));
  return { follower, lines, others, of };
}

const hasEnded = (lines: readonly string[]) => lines.at(-1)?.startsWith("end ") === true;

async function applyPod(name: string, script: string, more: object = {}): Promise<string> {
  const container = {
    name: "main",
    image: image.reference,
    imagePullPolicy: "Never",
    command: ["/bin/busybox", "sh", "-c", script],
  };
  const spec = { terminationGracePeriodSeconds: 0, containers: [container], ...more };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: at.namespace }, spec };
  return JSON.parse(await kubectl(["apply", "-o", "json", "-f", "-"], JSON.stringify(pod))).metadata.uid;
}

test("ten thousand lines a second through roll-outs and cut connections: none lost, none twice", async () => {
  await using stack = new AsyncDisposableStack();
  const { follower, of, others } = collecting();
  stack.use(follower);
  const replicas = 5;
  const total = () => of("count").reduce((sum, [, own]) => sum + own.length, 0);
  for (const version of ["1", "2", "3"]) {
    const uid = await applyCounting(at.namespace, image.reference, "count", { replicas, rate: 2000, version });
    follower.follow({
      workloads: [{ kind: "Deployment", namespace: at.namespace, uid }],
      images: new Map([[image.reference, "counter"]]),
    });
    const pods = Number(version) * replicas;
    await eventually(`lines of ${pods} pods`, () => (of("count").length === pods ? true : undefined));
    // A pod that goes takes its log along: what is cut off in that moment nobody can read any more.
    await eventually("the ends of those before", () =>
      of("count").filter(([, own]) => hasEnded(own)).length === pods - replicas ? true : undefined,
    );
    // Once only the logs break, once everything does.
    for (const what of [/\/log$/, undefined]) {
      const before = new Map(of("count").map(([key, own]) => [key, own.length]));
      at.proxy.cut(what);
      await eventually("more lines of every pod after the cut", () =>
        of("count").every(([key, own]) => hasEnded(own) || own.length > 1_000 + (before.get(key) ?? 0))
          ? true
          : undefined,
      );
    }
  }
  await kubectl(["-n", at.namespace, "delete", "deployment", "count", "--wait=false"]);
  await eventually("the last words of every pod", () =>
    of("count").every(([, own]) => hasEnded(own)) ? true : undefined,
  );
  expect(of("count").flatMap(([key, own]) => countingFaults(own, true).map((fault) => `${key}: ${fault}`))).toEqual([]);
  expect(of("first").map(([, own]) => own)).toEqual(Array.from({ length: 3 * replicas }, () => ["from init"]));
  expect(total()).toBeGreaterThan(30_000);
  expect(others).toEqual([]);
});

test("a container that is restarted: its last words and its first, in order", async () => {
  await using stack = new AsyncDisposableStack();
  const { follower, lines } = collecting();
  stack.use(follower);
  const script = '/bin/busybox seq 1 3; /bin/busybox sleep 0.3; /bin/busybox echo "last words"; exit 3';
  const uid = await applyPod("crasher", script);
  follower.follow({ workloads: [{ kind: "Pod", namespace: at.namespace, uid }], images: new Map() });
  const once = ["1", "2", "3", "last words"];
  const own = () => lines.get("crasher/main") ?? [];
  await eventually("two runs", () => (own().length >= 2 * once.length ? true : undefined));
  expect(own().slice(0, 2 * once.length)).toEqual([...once, ...once]);
});

test("restarts while the connection is cut: the previous log fills the gap", async () => {
  await using stack = new AsyncDisposableStack();
  const { follower, lines } = collecting();
  stack.use(follower);
  // Each run of the container says `b` and ends when it is told to.
  const script = "echo a; until [ -e /go ]; do /bin/busybox usleep 100000; done; echo b; exit 1";
  const uid = await applyPod("gap", script);
  const go = () => kubectl(["-n", at.namespace, "exec", "gap", "--", "/bin/busybox", "touch", "/go"]);
  follower.follow({ workloads: [{ kind: "Pod", namespace: at.namespace, uid }], images: new Map() });
  const own = () => lines.get("gap/main") ?? [];
  await eventually("the first line", () => own()[0]);
  const thaw = at.proxy.rule("GET", /\/pods\/gap/, { kind: "cut", after: 0 });
  at.proxy.cut(/\/pods\/gap/);
  await go();
  await eventually("a restart", async () => {
    const pod = await getObject(at.namespace, "pod", "gap");
    const { restartCount, state } = pod?.status?.containerStatuses?.[0] ?? {};
    return restartCount === 1 && state.running ? true : undefined;
  });
  expect(own()).toEqual(["a"]);
  thaw();
  // Only one restart back is kept: the second run goes on until the first one's end has come.
  await eventually("the second run", () => (own().length >= 3 ? true : undefined));
  await go();
  await eventually("its end", () => (own().length >= 4 ? true : undefined));
  expect(own().slice(0, 4)).toEqual(["a", "b", "a", "b"]);
});

test("a pod of nobody's is followed for its image alone, and by that container only", async () => {
  await using stack = new AsyncDisposableStack();
  const { follower, lines } = collecting();
  stack.use(follower);
  const side = { name: "side", image: "localhost/pause:1", imagePullPolicy: "Never" };
  const main = {
    name: "main",
    image: image.reference,
    imagePullPolicy: "Never",
    command: ["/bin/busybox", "sh", "-c", "/bin/busybox echo here; /bin/busybox sleep 3600"],
  };
  await applyPod("stray", "", { containers: [main, side] });
  follower.follow({
    workloads: [{ kind: "Deployment", namespace: at.namespace, uid: "none" }],
    images: new Map([[image.reference, "stray-artifact"]]),
  });
  await eventually("its line", () => lines.get("stray/main")?.[0]);
  expect([...lines.keys()].filter((key) => key.startsWith("stray/"))).toEqual(["stray/main"]);
});

test("what was said before the session is not shown; muted lines come with the unmute", async () => {
  const uid = await applyPod(
    "talker",
    "n=0; while :; do n=$((n+1)); /bin/busybox echo $n; /bin/busybox usleep 100000; done",
  );
  await eventually("some lines before the session", async () => {
    const out = await kubectl(["-n", at.namespace, "logs", "talker"]);
    return out.split("\n").length > 40 ? true : undefined;
  });
  await using stack = new AsyncDisposableStack();
  const { follower, lines } = collecting();
  stack.use(follower);
  const own = () => lines.get("talker/main") ?? [];
  follower.follow({ workloads: [{ kind: "Pod", namespace: at.namespace, uid }], images: new Map() });
  await eventually("a line", () => own()[0]);
  const first = Number(own()[0]);
  expect(first).toBeGreaterThan(15);
  follower.mute();
  const muted = own().length;
  const newest = Number(own().at(-1));
  await eventually("ten more lines in the cluster", async () => {
    const out = await kubectl(["-n", at.namespace, "logs", "talker", "--tail=1"]);
    return Number(out) > newest + 10 ? true : undefined;
  });
  expect(own()).toHaveLength(muted);
  follower.unmute();
  await eventually("lines again", () => (own().length > muted + 10 ? true : undefined));
  expect(own().map(Number)).toEqual(own().map((_, i) => first + i));
});
