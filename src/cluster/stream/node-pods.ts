/**
 * Shells on the nodes of a cluster through its API alone: a pod on each node that runs the node's own programs. It
 * needs no image of its own: any image on the node works, because the node's folders are mounted over it.
 * A pod is privileged, and is removed on disposal. A pod that is left behind ends by itself once no shell is in it, and
 * the next use in the cluster removes it.
 */
import { Failure } from "../../diag/failure.ts";
import type { NodeShell } from "../../image/node/node-shell.ts";
import { sharedBy } from "../../std/async/shared.ts";
import { shellArgv } from "../../std/bytes/kept-shell.ts";
import { randomHex } from "../../std/random.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import { requestJson } from "../connect/request.ts";
import { deleteObject, listObjects } from "../objects/objects.ts";
import { watch } from "../watch/watch.ts";
import { type ExecTarget, openExec } from "./exec.ts";
import { execShell } from "./exec-shell.ts";

export interface NodePods extends AsyncDisposable {
  /**
   * Opens a shell on the node; makes its pod where there is none.
   * @throws Failure where the cluster forbids such a pod, or it does not start
   */
  open(node: string, signal: AbortSignal): Promise<NodeShell>;
}

/** The namespace of these pods, where most clusters allow privileged ones. */
const namespace = "kube-system";
const label = "devloop.dev/node-shell";
const container = "shell";
const startMs = 60_000;
const cleaningMs = 10_000;
const mostImages = 3;

export function nodePods(cluster: Cluster): NodePods {
  const over = new AbortController();
  const made = new Set<string>();
  const pods = sharedBy(async (node) => {
    await removeEnded(cluster, over.signal);
    return startPod(cluster, node, made, over.signal);
  });
  return {
    async open(node, signal) {
      const pod = await pods(node).get(signal);
      const target: ExecTarget = { namespace, pod, container };
      const stream = await openExec(cluster, target, shellArgv, over.signal, { stdin: true }).catch(
        (thrown: unknown) => {
          // The pod may have been removed: the next shell gets another one.
          pods(node).forget();
          throw thrown;
        },
      );
      const shell = execShell(stream, target);
      return {
        container: node,
        get broken() {
          return shell.broken;
        },
        run: (command, stop, input) => shell.run(command, stop, input),
        [Symbol.asyncDispose]: () => shell.end(),
      };
    },
    async [Symbol.asyncDispose]() {
      over.abort(new DOMException("the way into the nodes is closed", "AbortError"));
      const stop = AbortSignal.timeout(cleaningMs);
      await Promise.allSettled([...made].map((pod) => removePod(cluster, pod, stop)));
    },
  };
}

/** The name of a running pod. The first images of the node are tried. */
async function startPod(cluster: Cluster, node: string, made: Set<string>, signal: AbortSignal): Promise<string> {
  let last: unknown = new Failure(`the node ${node} has no image that a pod could be started from`);
  for (const image of (await imagesOn(cluster, node, signal)).slice(0, mostImages)) {
    const name = `devloop-node-${randomHex(4)}`;
    made.add(name);
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const options = { method: "POST", body: JSON.stringify(podOn(node, name, image)), signal } as const;
    await requestJson(cluster, path, options, `cannot start a pod on the node ${node}`);
    try {
      await running(cluster, name, AbortSignal.any([signal, AbortSignal.timeout(startMs)]));
      return name;
    } catch (thrown) {
      signal.throwIfAborted();
      await removePod(cluster, name, signal).catch(() => undefined);
      made.delete(name);
      last = thrown instanceof Failure ? thrown : new Failure(`the pod ${name} on the node ${node} does not start`);
    }
  }
  throw last;
}

/** Images of running pods first, because these are not removed; then the smallest. */
async function imagesOn(cluster: Cluster, node: string, signal: AbortSignal): Promise<string[]> {
  const path = `/api/v1/nodes/${encodeURIComponent(node)}`;
  const of = { apiVersion: "v1", kind: "Pod", fieldSelector: `spec.nodeName=${node},status.phase=Running` };
  const [object, pods] = await Promise.all([
    requestJson<KubeObject>(cluster, path, { signal }, `cannot read the node ${node}`),
    listObjects(cluster, of, signal),
  ]);
  const used = pods.items
    .toSorted((a, b) => Number(b.metadata.namespace === namespace) - Number(a.metadata.namespace === namespace))
    .flatMap(({ spec }) => (spec?.containers ?? []) as { image?: string }[])
    .flatMap(({ image }) => image ?? []);
  const there = ((object.status?.images ?? []) as { names?: string[] | null; sizeBytes?: number }[])
    .toSorted((a, b) => (a.sizeBytes ?? 0) - (b.sizeBytes ?? 0))
    .flatMap(({ names }) => names?.[0] ?? []);
  return [...new Set([...used, ...there])];
}

/**
 * Resolves when the pod runs.
 * @throws Failure where its container cannot start; the signal's reason
 */
async function running(cluster: Cluster, name: string, signal: AbortSignal): Promise<void> {
  const of = { apiVersion: "v1", kind: "Pod", namespace, fieldSelector: `metadata.name=${name}` };
  for await (const change of watch(cluster, of, () => {}, signal)) {
    const objects = change.kind === "reset" ? change.items : [change.object];
    for (const { status } of objects) {
      if (change.kind === "gone" || status?.phase === "Failed" || status?.phase === "Succeeded")
        throw new Failure(`the pod ${name} has ended: ${status?.reason ?? status?.message ?? status?.phase}`);
      if (status?.phase === "Running") return;
      const waiting = status?.containerStatuses?.[0]?.state?.waiting;
      if (waiting && waiting.reason !== "ContainerCreating" && waiting.reason !== "PodInitializing")
        throw new Failure(`the pod ${name} does not start: ${waiting.reason}: ${waiting.message ?? ""}`);
    }
  }
}

async function removeEnded(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const all = await listObjects(cluster, { apiVersion: "v1", kind: "Pod", namespace, labelSelector: label }, signal);
  const ended = all.items.filter(({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed");
  await Promise.allSettled(ended.map(({ metadata }) => removePod(cluster, metadata.name, signal)));
}

async function removePod(cluster: Cluster, name: string, signal: AbortSignal): Promise<void> {
  await deleteObject(cluster, { apiVersion: "v1", kind: "Pod", namespace, name }, { graceSeconds: 0 }, signal);
}

/** Folders of a node with its programs, containerd and its data. Links in the place of a folder are followed. */
const folders = [
  "/bin",
  "/sbin",
  "/usr",
  "/lib",
  "/lib64",
  "/etc/containerd",
  "/run/containerd",
  "/var/lib/containerd",
];

/** Ends after a minute as the only process of its container, because every shell is another process. */
const untilLeft =
  "idle=0; while sleep 20; do set -- /proc/[0-9]*; if [ $# -gt 1 ]; then idle=0; else idle=$((idle+1)); fi; " +
  "[ $idle -lt 3 ] || exit 0; done";

function podOn(node: string, name: string, image: string) {
  const volumes = folders.map((path, i) => ({ name: `folder${i}`, hostPath: { path } }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { [label]: "true" } },
    spec: {
      nodeName: node,
      hostNetwork: true,
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      tolerations: [{ operator: "Exists" }],
      containers: [
        {
          name: container,
          image,
          imagePullPolicy: "Never",
          command: ["/bin/sh", "-c", untilLeft],
          env: [{ name: "PATH", value: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }],
          securityContext: { privileged: true, runAsUser: 0 },
          volumeMounts: folders.map((mountPath, i) => ({ name: `folder${i}`, mountPath })),
        },
      ],
      volumes,
    },
  };
}
