/** Where a session goes after a reload: streams follow, and the clean-up gets every ledger once. */
import { expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import type { DeployTarget } from "../../../src/deploy/apply/owned-apply.ts";
import { ownerOf } from "../../../src/deploy/apply/owner.ts";
import { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import { Places, placeId } from "../../../src/dev/loop/places.ts";
import type { Event } from "../../../src/event/event.ts";
import { memoryDocuments } from "../../deploy/memory-documents.ts";

const clusterOf = (context: string): Cluster => ({
  context,
  namespace: "default",
  endpoint: { url: "https://none", tls: {}, headers: async () => ({}) },
  fetch: () => Promise.reject(new Error("nobody asks the cluster")),
});

async function targetOf(cluster: Cluster, namespace: string): Promise<DeployTarget> {
  const identity = { project: "p", cluster: "id", namespace };
  const ledger = await Ledger.open(memoryDocuments(), identity);
  return { cluster, clusterId: "id", namespace, owner: ownerOf("p", "me"), ledger };
}

function places() {
  const order: string[] = [];
  const events: Event[] = [];
  const all = new Places(
    ({ namespace, cluster }) => {
      const name = `${cluster.context}/${namespace}`;
      order.push(`open ${name}`);
      return { [Symbol.asyncDispose]: async () => void order.push(`close ${name}`) };
    },
    (event) => void events.push(event),
  );
  const told = () => events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
  return { all, order, told };
}

test("streams are closed and opened where the place changes, and stay where it does not", async () => {
  const { all, order, told } = places();
  const kind = clusterOf("kind");
  const [a, b] = [await targetOf(kind, "a"), await targetOf(kind, "b")];
  await all.enter(a);
  await all.enter({ ...a });
  expect(order).toEqual(["open kind/a"]);
  await all.enter(b);
  expect(order).toEqual(["open kind/a", "close kind/a", "open kind/b"]);
  expect(told()).toEqual([
    "from now on the namespace b is deployed to; what is in the namespace a stays until the clean-up",
  ]);
  await all.enter(a);
  expect(all.entered).toEqual([b, a]);
  await all[Symbol.asyncDispose]();
  expect(order.at(-1)).toBe("close kind/a");
});

test("another connection to the same objects opens the streams anew, and is no other ledger", async () => {
  const { all, order, told } = places();
  const a = await targetOf(clusterOf("admin"), "a");
  const other = { ...a, cluster: clusterOf("user") };
  await all.enter(a);
  await all.enter(other);
  expect(order).toEqual(["open admin/a", "close admin/a", "open user/a"]);
  expect(all.entered).toEqual([other]);
  expect(told()).toEqual([]);
  expect(placeId(a)).not.toBe(placeId(other));
});

test("another cluster is told with its context", async () => {
  const { all, told } = places();
  await all.enter(await targetOf(clusterOf("kind"), "a"));
  await all.enter(await targetOf(clusterOf("remote"), "a"));
  expect(told()[0]).toContain("the namespace a of remote is deployed to; what is in the namespace a of kind stays");
});
