/**
 * What version 0.1 left on a disk, made by a real `devloop dev --cleanup=false` in /tmp/shop: one image, a Service and a
 * Deployment that it created, a ConfigMap that was there before, two files synced. An intent (`Job/migrate`) and an
 * unsettled overlay entry were added with the code of that version, as a crash leaves them. State must be read by every
 * later version; records, logs and the file index are a cache and may count as nothing, but never as a fault.
 */
import { expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../../src/cluster/cluster.ts";
import { restoration } from "../../src/deploy/apply/prior.ts";
import { Ledger, ledgersOf } from "../../src/deploy/ledger/ledger.ts";
import { OverlayBook } from "../../src/dev/sync/overlay-book.ts";
import type { Diagnostic } from "../../src/diag/diagnostic.ts";
import { systemClock } from "../../src/std/clock.ts";
import { sha256 } from "../../src/std/data/digest.ts";
import { openStore } from "../../src/store/store.ts";
import { wholeRun } from "../rig/past-run.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const project = "/tmp/shop/skaffold.yaml#shop";
const cluster = "a0183fbf-20b4-4491-8431-08723faad592";
const identity = { project, cluster, namespace: "shop" };
const overlay = `overlay/7b130fda5cab9ec3fef4f2ceec9b5013/${cluster}/shop/shop-web`;
const container = "containerd://af2b50a80d86a7b883fd141c1effdfe5d2f93c0ac7d13aa6708201d49cf0e983";
const { signal } = new AbortController();

async function earlierHome() {
  const folder = await tempFolder();
  cpSync(join(import.meta.dir, "fixtures/home-0.1"), folder.path, { recursive: true });
  const told: Diagnostic[] = [];
  const store = await openStore({
    cacheDir: join(folder.path, "cache"),
    stateDir: join(folder.path, "state"),
    clock: systemClock,
    onTrouble: (diagnostic) => told.push(diagnostic),
  });
  return {
    folder: folder.path,
    store,
    told,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("the ledger has every object, with its uid and module, newest first", async () => {
  await using home = await earlierHome();
  const { documents } = home.store;
  expect(await ledgersOf(documents, project)).toMatchObject([{ ...identity, objects: 4 }]);
  const ledger = await Ledger.open(documents, identity);
  expect(ledger.entries().map(({ ref, module, state }) => [ref.apiVersion, ref.kind, ref.name, module, state])).toEqual(
    [
      ["batch/v1", "Job", "migrate", "shop", "creating"],
      ["apps/v1", "Deployment", "web", "shop", "created"],
      ["v1", "ConfigMap", "settings", "shop", "changed"],
      ["v1", "Service", "web", "shop", "created"],
    ],
  );
  expect(ledger.get({ apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "shop" })).toMatchObject({
    uid: "17bf5129-9dbd-4834-9bd3-e83e29c7034b",
  });
  expect(home.told).toEqual([]);
});

test("an object that was there before gets its prior fields back", async () => {
  await using home = await earlierHome();
  const ledger = await Ledger.open(home.store.documents, identity);
  const entry = ledger.get({ apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "shop" });
  if (entry?.state !== "changed") throw new Error(`the entry of the ConfigMap is ${JSON.stringify(entry)}`);
  expect(entry.manager).toBe("devloop");
  const live: KubeObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: "shop", labels: { "devloop.dev/owner": "d3c204887124da0d.found" } },
    data: { GREETING: "hello", CURRENCY: "euro" },
  };
  expect(restoration(live, entry.prior)).toEqual({
    others: 0,
    patch: [
      { op: "remove", path: "/data/CURRENCY" },
      { op: "replace", path: "/data/GREETING", value: "hi" },
      { op: "remove", path: "/metadata/labels" },
    ],
  });
});

test("an edit of the ledger keeps the entries that version 0.1 wrote", async () => {
  await using home = await earlierHome();
  const { documents } = home.store;
  const ledger = await Ledger.open(documents, identity);
  await ledger.creating({ apiVersion: "v1", kind: "Secret", name: "token", namespace: "shop", module: "shop" });
  const names = (await Ledger.open(documents, identity)).entries().map(({ ref }) => ref.name);
  expect(names).toEqual(["token", "migrate", "web", "settings", "web"]);
});

test("the overlay says what each file in the container is, and which of them are in doubt", async () => {
  await using home = await earlierHome();
  const book = await OverlayBook.open(home.store.documents, overlay);
  expect(book.of(container)).toEqual({
    "public/index.html": {
      print: "file 644 713278eb4e68c3e7fc33d83fb5ae9c4ce81dceffb72cb2f8350da7275eda2dfa",
      destinations: ["/www/index.html"],
      settled: true,
    },
    "public/old.txt": { print: null, destinations: ["/www/old.txt"], settled: true },
    "public/style.css": {
      print: "file 644 9a0f9b4a4b5c0a4f4d0c8d8ad20cc4ec0c1f3c5dbe8a2f3b6f7a0b1c2d3e4f50",
      destinations: ["/www/style.css"],
      settled: false,
    },
  });
  expect(home.told).toEqual([]);
});

test("the cache of version 0.1 is read or counts as nothing, without a complaint", async () => {
  await using home = await earlierHome();
  const { folder, store, told } = home;
  for (const task of ["build:shop-web", "apply:apps/Deployment/shop/web", "wait:apps/Deployment/shop/web"]) {
    store.records(project).last(task);
    store.records(project).outputs(task);
  }
  store.durations(project).of("build:shop-web");
  for (const run of await store.runs(project)) await wholeRun(run);
  const root = join(folder, "web");
  mkdirSync(root);
  const index = join(folder, "cache/index");
  const [earlier = ""] = readdirSync(index);
  cpSync(join(index, earlier), join(index, `${sha256(root).slice(0, 32)}.index`));
  writeFileSync(join(root, "Dockerfile"), "FROM scratch\n");
  await store.snapshot({ root, part: () => "in", extra: [] }, signal);
  expect(told).toEqual([]);
  const state = readdirSync(join(folder, "state"), { recursive: true, encoding: "utf8" });
  expect(state.filter((path) => path.includes("unreadable"))).toEqual([]);
});
