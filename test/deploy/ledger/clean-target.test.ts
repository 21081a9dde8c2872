/** The clean-up of one place as a command tells it. */
import { expect, test } from "bun:test";
import { ownerLabel, ownerOf } from "../../../src/deploy/apply/owner.ts";
import { cleanEach, cleanTarget } from "../../../src/deploy/ledger/clean-target.ts";
import { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import { Failure } from "../../../src/diag/failure.ts";
import type { Event } from "../../../src/event/event.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";
import { memoryDocuments } from "../memory-documents.ts";

async function place(...names: readonly string[]) {
  const at = new MemoryCluster();
  const owner = ownerOf("p", "me");
  const documents = memoryDocuments();
  const identity = { project: "p", cluster: "c", namespace: "shop" };
  const ledger = await Ledger.open(documents, identity);
  const other = await Ledger.open(documents, identity);
  for (const name of names) {
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name };
    const metadata = { name, namespace: "shop", uid: `uid-${name}`, labels: { [ownerLabel]: owner } };
    at.set({ apiVersion: "v1", kind: "ConfigMap", metadata });
    // Another process of the project made it: this ledger has to look.
    await other.created({ ...ref, module: `module-${name}` }, `uid-${name}`);
  }
  const told: string[] = [];
  const emit = (event: Event) => {
    if (event.type === "phase") told.push(`${event.phase} ${event.status}`);
    if (event.type === "diagnostic") told.push(event.diagnostic.message);
  };
  const target = { cluster: at.cluster, clusterId: "c", namespace: "shop", owner, ledger };
  const clean = (modules?: ReadonlySet<string>) =>
    cleanTarget(target, { cleaners: {}, modules, emit }, new AbortController().signal);
  return { at, ledger, told, clean };
}

test("what other processes of the project have made there goes as well, under one heading", async () => {
  const { ledger, told, clean } = await place("a", "b");
  expect(await clean()).toBe(true);
  expect([ledger.entries(), told]).toEqual([[], ["cleanup started", "cleanup done"]]);
});

test("where nothing is to be cleaned up nothing is said", async () => {
  const { at, told, clean } = await place("a");
  expect(await clean(new Set(["module-b"]))).toBe(true);
  expect([told, at.asked]).toEqual([[], []]);
});

test("of some modules what is for these goes", async () => {
  const { ledger, clean } = await place("a", "b");
  expect(await clean(new Set(["module-b"]))).toBe(true);
  expect(ledger.entries().map(({ ref }) => ref.name)).toEqual(["a"]);
});

test("what cannot be cleaned up is told, and leaves the place not clean", async () => {
  const { at, told, clean } = await place("a");
  at.override = (asked) =>
    asked.startsWith("DELETE") ? refusal(403, "Forbidden", "configmaps is forbidden") : undefined;
  expect(await clean()).toBe(false);
  expect(told).toEqual(["cleanup started", "cleanup failed", expect.stringContaining("cannot delete configmap/a")]);
});

test("a place that cannot be reached is told, and the others have their turn", async () => {
  const turns: string[] = [];
  const told: string[] = [];
  const emit = (event: Event) => void (event.type === "diagnostic" && told.push(event.diagnostic.message));
  const clean = async (place: string) => {
    turns.push(place);
    if (place === "away") throw new Failure("the cluster does not answer");
    return place !== "left";
  };
  const each = (places: string[], signal = new AbortController().signal) => cleanEach(places, clean, emit, signal);
  expect(await each(["one", "two"])).toBe(true);
  expect(await each(["away", "three"])).toBe(false);
  expect(await each(["left", "four"])).toBe(false);
  expect(turns).toEqual(["one", "two", "away", "three", "left", "four"]);
  expect(told).toEqual(["the cluster does not answer"]);
  const ended = await each(["away", "five"], AbortSignal.abort()).catch((thrown: Error) => thrown.message);
  expect([ended, turns.at(-1)]).toEqual(["the cluster does not answer", "away"]);
});
