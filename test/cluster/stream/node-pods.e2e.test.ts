/** The way into a node through its cluster, on the real one: what runs there, and what is left of it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { clusterNodes } from "../../../src/cluster/connect/identity.ts";
import { type NodePods, nodePods } from "../../../src/cluster/stream/node-pods.ts";
import { eventually } from "../../rig/eventually.ts";
import { kubectl } from "../../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";

let at: ProxiedCluster;
let node = "";
const signal = () => AbortSignal.timeout(120_000);
const selector = ["-n", "kube-system", "-l", "devloop.dev/node-shell"];

beforeAll(async () => {
  at = await proxiedCluster("node-pods");
  node = (await clusterNodes(at.cluster, signal()))[0]?.name ?? "";
});
afterAll(() => at[Symbol.asyncDispose]());

/** Pods that this way asked for, by the requests that made them; other tests have pods of their own. */
const made = () =>
  at.proxy.requests.filter(({ method, path }) => method === "POST" && /\/kube-system\/pods$/.test(path));
const names = async () => (await kubectl(["get", "pods", ...selector, "-o", "name"])).split("\n").filter(Boolean);

async function opened(pods: NodePods) {
  const shell = await pods.open(node, signal());
  const say = async (command: string) => (await shell.run(command, signal())).stdout.trim();
  return { shell, say };
}

test("the node's own programs run there, with input, in shells that share one pod", async () => {
  const before = made().length;
  await using pods = nodePods(at.cluster);
  const [one, two] = await Promise.all([opened(pods), opened(pods)]);
  expect(made().length - before).toBe(1);
  expect(await one.say("ctr -n k8s.io images ls -q | head -n 1")).not.toBe("");
  expect(await two.say("ls -d /var/lib/containerd/io.containerd.content.v1.content/blobs/sha256")).not.toBe("");
  const bytes = new Uint8Array(3 << 20).fill(7);
  const counted = await one.shell.run("wc -c", signal(), { bytes: bytes.length, chunks: [bytes] });
  expect(counted).toMatchObject({ code: 0, stdout: expect.stringContaining(String(bytes.length)) });
});

test("a pod that somebody removed is made anew, and none is left afterwards", async () => {
  const others = await names();
  const pods = nodePods(at.cluster);
  const first = await opened(pods);
  const mine = (await names()).filter((name) => !others.includes(name));
  expect(mine).toHaveLength(1);
  await kubectl(["delete", "-n", "kube-system", "--now", ...mine]);
  await eventually("the shell is broken", async () => (first.shell.broken ? true : undefined));
  // The first try tells that the pod is gone, the next one makes another.
  const again = await pods.open(node, signal()).catch(() => pods.open(node, signal()));
  expect((await again.run("echo here", signal())).stdout.trim()).toBe("here");
  const now = (await names()).filter((name) => ![...mine, ...others].includes(name));
  expect(now).toHaveLength(1);
  await pods[Symbol.asyncDispose]();
  await eventually("no pod is left", async () => {
    const left = await names();
    return now.some((name) => left.includes(name)) ? undefined : true;
  });
});

test("what a killed process left is removed by the next one", async () => {
  const name = `devloop-node-left-${Math.random().toString(36).slice(2, 8)}`;
  const ended = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "kube-system", labels: { "devloop.dev/node-shell": "true" } },
    // Its deadline ends it.
    spec: {
      restartPolicy: "Never",
      activeDeadlineSeconds: 1,
      nodeName: node,
      containers: [{ name: "shell", image: "localhost/never:1", imagePullPolicy: "Never" }],
    },
  };
  await kubectl(["create", "-f", "-"], JSON.stringify(ended));
  await eventually("the pod has failed", async () => {
    const phase = await kubectl(["-n", "kube-system", "get", "pod", name, "-o", "jsonpath={.status.phase}"]);
    return phase === "Failed" ? true : undefined;
  });
  await using pods = nodePods(at.cluster);
  await opened(pods);
  expect(await names()).not.toContain(`pod/${name}`);
});

test("a cluster that allows no such pod is one clear failure", async () => {
  const answer = { kind: "Status", status: "Failure", reason: "Forbidden", message: "pods are forbidden", code: 403 };
  const end = at.proxy.rule("POST", /\/kube-system\/pods$/, {
    kind: "answer",
    status: 403,
    body: JSON.stringify(answer),
  });
  await using pods = nodePods(at.cluster);
  await expect(pods.open(node, signal())).rejects.toThrow(/cannot start a pod on the node .*: .*forbidden/);
  end();
  const { say } = await opened(pods);
  expect(await say("echo allowed")).toBe("allowed");
});
