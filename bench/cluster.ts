/**
 * The Kubernetes API as devloop uses it, on the test cluster: connect, list, first and second apply, beside kubectl
 * doing the same in the same run. Everything happens in a namespace of its own, which goes at the end.
 *
 * Budget for many objects: unchanged ones need one list and no write; new ones are at least 5 times faster than
 * `kubectl apply --server-side`.
 */

import type { KubeObject } from "../src/cluster/cluster.ts";
import { connect } from "../src/cluster/connect/connect.ts";
import { clusterId } from "../src/cluster/connect/identity.ts";
import { applyObject } from "../src/cluster/objects/apply.ts";
import { applyRecord, drift } from "../src/cluster/objects/drift.ts";
import { listObjects } from "../src/cluster/objects/objects.ts";
import { context, kubeconfig } from "../test/rig/cluster.ts";
import { kubectl, testNamespace } from "../test/rig/kubectl.ts";
import { figure, printFigures, sideBySide } from "./measure.ts";

const signal = new AbortController().signal;
const count = Number(process.argv[2] ?? 1000);
const parallel = 24;
const options = { manager: "devloop", force: true };
await using namespace = await testNamespace("bench");
const configMaps = { apiVersion: "v1", kind: "ConfigMap", namespace: namespace.name };

function configMap(name: string, value: string): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: namespace.name }, data: { value } };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

const first = await timed(async () => clusterId(await connect({ kubeconfig, context, env: {} }), signal));
const cluster = await connect({ kubeconfig, context, env: {} });
await clusterId(cluster, signal);
let n = 0;
const one = (await applyObject(cluster, configMap("one", "0"), undefined, options, signal)).object;
printFigures([
  figure("connect and first answer", [first]),
  ...(await sideBySide(
    [
      { name: "identity, connection open", run: async () => void (await clusterId(cluster, signal)) },
      { name: "list of one kind", run: async () => void (await listObjects(cluster, configMaps, signal)) },
      {
        name: "apply, new",
        run: async () => void (await applyObject(cluster, configMap(`n${n++}`, "1"), undefined, options, signal)),
      },
      {
        name: "apply, unchanged (dry run)",
        run: async () => void (await applyObject(cluster, configMap("one", "0"), one, options, signal)),
      },
      {
        name: "kubectl apply, one object",
        run: async () => void (await kubectl(["apply", "-f", "-"], JSON.stringify(configMap("k", String(n))))),
      },
    ],
    15,
  )),
]);

const ours = Array.from({ length: count }, (_, i) => configMap(`ours-${i}`, String(i)));
const theirs = Array.from({ length: count }, (_, i) => configMap(`theirs-${i}`, String(i)));
const records = new Map<string, ReturnType<typeof applyRecord>>();
const created = await timed(() =>
  inParallel(ours, async (object) => {
    const applied = await applyObject(cluster, object, undefined, options, signal);
    records.set(object.metadata.name, applyRecord(object, applied.object, "devloop"));
  }),
);
const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: theirs });
const byKubectl = await timed(() => kubectl(["apply", "--server-side", "-f", "-"], list));
let equal = 0;
const unchanged = await timed(async () => {
  const live = await listObjects(cluster, configMaps, signal);
  const byName = new Map(live.items.map((item) => [item.metadata.name, item]));
  for (const object of ours) {
    const { name } = object.metadata;
    if (drift(object, byName.get(name), records.get(name), "devloop") === "equal") equal++;
  }
});
const kubectlAgain = await timed(() => kubectl(["apply", "--server-side", "-f", "-"], list));
printFigures([
  figure(`${count} new objects`, [created]),
  figure(`${count} new objects by kubectl`, [byKubectl]),
  figure(`${equal} of ${count} proved unchanged`, [unchanged]),
  figure(`${count} unchanged by kubectl`, [kubectlAgain]),
]);
console.log(
  `new: ${(byKubectl / created).toFixed(1)} times faster than kubectl; resident ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`,
);
