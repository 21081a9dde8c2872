/** Where a session goes after a reload: streams of places that stay go on, and the clean-up gets every ledger once. */
import { expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import type { DeployTarget } from "../../../src/deploy/apply/owned-apply.ts";
import { ownerOf } from "../../../src/deploy/apply/owner.ts";
import { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import { Places, placeId } from "../../../src/dev/project/places.ts";
import type { Event } from "../../../src/event/event.ts";
import { memoryDocuments } from "../../deploy/memory-documents.ts";

const clusterOf = (context: string): Cluster => ({
  context,
  namespace: "default",
  endpoint: { url: "https://none", tls: {}, headers: async () => ({}) },
  fetch: () => Promise.reject(new Error("nobody asks the cluster")),
});

/** The cluster's id is its context's name. */
async function targetOf(cluster: Cluster, namespace: string, project = "p"): Promise<DeployTarget> {
  const clusterId = cluster.context;
  const ledger = await Ledger.open(memoryDocuments(), { project, cluster: clusterId, namespace });
  return { cluster, clusterId, namespace, owner: ownerOf(project, "me"), ledger };
}

function places() {
  const order: string[] = [];
  const events: Event[] = [];
  const all = new Places(
    ({ namespace, cluster }) => {
      const name = `${cluster.context}/${namespace}`;
      order.push(`open ${name}`);
      return { name, [Symbol.asyncDispose]: async () => void order.push(`close ${name}`) };
    },
    (event) => void events.push(event),
  );
  const told = () => events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
  const enter = (...targets: DeployTarget[]) => all.enter(targets.map((target) => ({ target, cleaners: {} })));
  const entered = () => all.entered.map(({ target }) => target);
  return { all, order, told, enter, entered };
}

test("streams are closed and opened where the place changes, and stay where it does not", async () => {
  const { all, order, told, enter, entered } = places();
  const kind = clusterOf("kind");
  const [a, b] = [await targetOf(kind, "a"), await targetOf(kind, "b")];
  await enter(a);
  await enter({ ...a });
  expect(order).toEqual(["open kind/a"]);
  await enter(b);
  expect(order).toEqual(["open kind/a", "close kind/a", "open kind/b"]);
  expect(told()).toEqual([
    "from now on the namespace b is deployed to; what is in the namespace a stays until the clean-up",
  ]);
  expect([all.streams(a)?.name, all.streams(b)?.name]).toEqual([undefined, "kind/b"]);
  await enter(a);
  expect(entered()).toEqual([b, a]);
  await all[Symbol.asyncDispose]();
  expect(order.at(-1)).toBe("close kind/a");
});

test("another connection to the same objects opens the streams anew, and is no other ledger", async () => {
  const { order, told, enter, entered } = places();
  const a = await targetOf(clusterOf("admin"), "a");
  const other = { ...a, cluster: clusterOf("user") };
  await enter(a);
  await enter(other);
  expect(order).toEqual(["open admin/a", "close admin/a", "open user/a"]);
  expect(entered()).toEqual([other]);
  expect(told()).toEqual([]);
  expect(placeId(a)).not.toBe(placeId(other));
});

test("a context that is named now, and was the current one before, leads to the same place", async () => {
  const { order, enter } = places();
  const a = await targetOf(clusterOf("kind"), "a");
  await enter(a);
  await enter({ ...a, cluster: clusterOf("kind") });
  expect(order).toEqual(["open kind/a"]);
});

test("another cluster is told with its context", async () => {
  const { told, enter } = places();
  await enter(await targetOf(clusterOf("kind"), "a"));
  await enter(await targetOf(clusterOf("remote"), "a"));
  expect(told()[0]).toContain("the namespace a of remote is deployed to; what is in the namespace a of kind stays");
});

test("a place that comes or goes leaves the streams of the others running", async () => {
  const { all, order, told, enter, entered } = places();
  const [one, two, three] = [
    await targetOf(clusterOf("one"), "a"),
    await targetOf(clusterOf("two"), "a"),
    await targetOf(clusterOf("three"), "a"),
  ];
  await enter(one, two);
  await enter(one, two, three);
  expect(order).toEqual(["open one/a", "open two/a", "open three/a"]);
  await enter(three, one);
  expect(order.slice(3)).toEqual(["close two/a"]);
  expect([one, two, three].map((target) => all.streams(target)?.name)).toEqual(["one/a", undefined, "three/a"]);
  expect(entered()).toEqual([two, three, one]);
  expect(told()).toEqual([
    "from now on the namespace a of three is deployed to as well",
    "the namespace a of two is not deployed to any more; what is there stays until the clean-up",
  ]);
  await all[Symbol.asyncDispose]();
  expect(order.slice(4).toSorted()).toEqual(["close one/a", "close three/a"]);
});

test("a project that is called otherwise goes on where it was, with what it has deployed there", async () => {
  const { order, told, enter, entered } = places();
  const kind = clusterOf("kind");
  const [before, after] = [await targetOf(kind, "a", "p"), await targetOf(kind, "a", "q")];
  const elsewhere = await targetOf(kind, "b", "p");
  const made = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "a", name });
  await before.ledger.created(made("one"), "uid-1");
  await elsewhere.ledger.created(made("other"), "uid-2");
  await enter(before, elsewhere);
  await enter(after, elsewhere);
  expect([order, told()]).toEqual([["open kind/a", "open kind/b"], []]);
  // What of the former name is still under way ends up in its own ledger, and is cleaned up with the others.
  expect(entered()).toEqual([before, after, elsewhere]);
  expect([before, after, elsewhere].map(({ ledger }) => ledger.entries().map(({ ref }) => ref.name))).toEqual([
    [],
    ["one"],
    ["other"],
  ]);
  expect(after.ledger.formerOwners).toEqual([before.owner]);
  // Renamed once more, while another context leads there.
  const again = { ...(await targetOf(kind, "a", "r")), cluster: clusterOf("admin") };
  await enter(again);
  expect(again.ledger.entries().map(({ ref }) => ref.name)).toEqual(["one"]);
  expect(new Set(again.ledger.formerOwners)).toEqual(new Set([before.owner, after.owner]));
  expect(elsewhere.ledger.formerOwners).toEqual([]);
});

test("what cleans up a place is what its latest project says", async () => {
  const { all } = places();
  const target = await targetOf(clusterOf("kind"), "a");
  const cleaners = [{}, { release: async () => ({ result: "deleted" }) as const }];
  for (const one of cleaners) await all.enter([{ target, cleaners: one }]);
  expect(all.entered).toEqual([{ target, cleaners: cleaners[1] ?? {} }]);
});
