import { describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { ownerOf } from "../../../src/deploy/apply/owner.ts";
import { type Entry, Ledger, type LedgerIdentity, ledgersOf } from "../../../src/deploy/ledger/ledger.ts";
import { isFor } from "../../../src/deploy/ledger/ledger-entry.ts";
import { openDocuments } from "../../../src/store/documents.ts";
import { tryLock } from "../../../src/store/lock.ts";
import { eventually } from "../../rig/eventually.ts";
import { tempFolder } from "../../rig/temp-folder.ts";
import { memoryDocuments } from "../memory-documents.ts";

const identity: LedgerIdentity = { project: "/src/shop shop", cluster: "uid-1", namespace: "shop" };
const ref = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name });
const names = (ledger: Ledger) => ledger.entries().map((entry) => `${entry.ref.name} ${entry.state}`);

test("entries come newest first, and the next process reads what this one wrote", async () => {
  const documents = memoryDocuments();
  const ledger = await Ledger.open(documents, identity);
  await ledger.creating(ref("a"));
  await ledger.creating(ref("b"));
  await ledger.created(ref("a"), "1");
  await ledger.changed(ref("c"), { uid: "3", manager: "devloop", prior: [{ path: ["data", "x"], was: "y" }] });
  expect(names(ledger)).toEqual(["c changed", "b creating", "a created"]);
  expect((await Ledger.open(documents, identity)).entries()).toEqual(ledger.entries());
  // Another object under the same name is a newer one.
  await ledger.created(ref("a"), "4");
  expect(names(ledger)).toEqual(["a created", "c changed", "b creating"]);
});

test("an entry is for the last module that wanted its object; one of an unknown module is for all alone", async () => {
  const documents = memoryDocuments();
  const ledger = await Ledger.open(documents, identity);
  await ledger.created({ ...ref("one"), module: "a" }, "1");
  await ledger.changed({ ...ref("two"), module: "a" }, { uid: "2", manager: "devloop", prior: [] });
  await ledger.creating({ ...ref("moved"), module: "a" });
  await ledger.created({ ...ref("moved"), module: "b" }, "3");
  await ledger.created(ref("older"), "4");
  await ledger.created(ref("one"), "1");
  const of = (...modules: string[]) =>
    ledger
      .entries()
      .filter((entry) => isFor(entry, new Set(modules)))
      .map((entry) => entry.ref.name)
      .sort();
  expect([of("a"), of("b"), of("a", "b"), of()]).toEqual([["one", "two"], ["moved"], ["moved", "one", "two"], []]);
  expect(ledger.entries().every((entry) => isFor(entry, undefined))).toBe(true);
  expect(ledger.get(ref("one"))?.ref).toEqual(ref("one"));
});

test("belongs to project, cluster and namespace, and an empty one leaves no trace", async () => {
  const documents = memoryDocuments();
  const ledger = await Ledger.open(documents, identity);
  await ledger.created(ref("a"), "1");
  for (const other of [{ project: "p" }, { cluster: "uid-2" }, { namespace: "n" }])
    expect((await Ledger.open(documents, { ...identity, ...other })).entries()).toEqual([]);
  const elsewhere = await Ledger.open(documents, { ...identity, cluster: "uid-2" });
  await elsewhere.created(ref("a"), "1");
  await elsewhere.created(ref("b"), "2");
  expect(await ledgersOf(documents, identity.project)).toEqual([
    { ...identity, objects: 1 },
    { ...identity, cluster: "uid-2", objects: 2 },
  ]);
  await ledger.forget(ledger.entries()[0] as Entry);
  expect(await ledgersOf(documents, identity.project)).toHaveLength(1);
});

test("on the disk it is for the user's eyes alone", async () => {
  const directory = await mkdtemp(join(tmpdir(), "devloop-ledger-"));
  try {
    const ledger = await Ledger.open(openDocuments(directory), identity);
    await ledger.changed(ref("a"), {
      uid: "1",
      manager: "devloop",
      prior: [{ path: ["data"], was: { key: "secret" } }],
    });
    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    const [file] = files.filter((entry) => entry.name.endsWith(".json"));
    expect((await stat(join(file?.parentPath ?? "", file?.name ?? ""))).mode & 0o777).toBe(0o600);
    expect((await Ledger.open(openDocuments(directory), identity)).get(ref("a"))?.state).toBe("changed");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("what comes together is written together, and resolves only once it is written", async () => {
  const documents = memoryDocuments();
  const ledger = await Ledger.open(documents, identity);
  await Promise.all(Array.from({ length: 300 }, (_, i) => ledger.creating(ref(`m${i}`))));
  expect(documents.writes).toBeLessThan(5);
  expect((await Ledger.open(documents, identity)).entries()).toHaveLength(300);
});

test("a write that fails is the caller's failure, and later ones go on", async () => {
  const documents = memoryDocuments();
  const edit = documents.edit.bind(documents);
  const ledger = await Ledger.open(documents, identity);
  documents.edit = () => Promise.reject(new Error("disk full"));
  await expect(ledger.creating(ref("a"))).rejects.toThrow("disk full");
  documents.edit = edit;
  await ledger.creating(ref("b"));
  expect(names(await Ledger.open(documents, identity))).toContain("b creating");
});

/** One thing that may happen to an object, told to a ledger. */
const step = fc.record({
  by: fc.nat({ max: 2 }),
  name: fc.constantFrom("a", "b", "c"),
  what: fc.constantFrom("creating", "created", "changed", "forget", "refresh"),
  uid: fc.constantFrom("1", "2", "3"),
  awaited: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(ledger: Ledger, { name, what, uid }: Step): Promise<void> {
  const known = ledger.get(ref(name));
  if (what === "creating") await ledger.creating(ref(name));
  else if (what === "created") await ledger.created(ref(name), uid);
  else if (what === "changed") await ledger.changed(ref(name), { uid, manager: "devloop", prior: [] });
  else if (what === "refresh") await ledger.refresh();
  else if (known) await ledger.forget(known);
}

test("whatever is written in whatever order, the disk has what the ledger says", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const documents = memoryDocuments();
      const ledger = await Ledger.open(documents, identity);
      const all: Promise<void>[] = [];
      for (const one of steps) {
        const done = take(ledger, one);
        all.push(done);
        if (one.awaited) await done;
      }
      await Promise.all(all);
      expect((await Ledger.open(documents, identity)).entries()).toEqual(ledger.entries());
    }),
    { numRuns: 60 },
  );
});

test("of several processes none undoes what another wrote, and what was found is never called created", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const documents = memoryDocuments();
      const open = () => Ledger.open(documents, identity);
      const ledgers = await Promise.all([open(), open(), open()]);
      for (const one of steps) {
        const ledger = ledgers[one.by] as Ledger;
        const remembered = ledger.get(ref(one.name));
        const before = await open();
        await take(ledger, one);
        const after = await open();
        const [was, is] = [before.get(ref(one.name)), after.get(ref(one.name))];
        const others = (all: Ledger) => all.entries().filter(({ ref: { name } }) => name !== one.name);
        expect(others(after)).toEqual(others(before));
        // Who forgets what it remembers does not forget what another has written since.
        if (one.what === "forget") expect(is).toEqual(Bun.deepEquals(remembered, was) ? undefined : was);
        // An intent hides nothing that is known.
        if (one.what === "creating" && was) expect(is).toEqual({ ...was, order: expect.any(Number) });
        if (one.what === "created" && was?.state === "changed" && was.uid === one.uid) expect(is).toEqual(was);
        if (one.what === "changed" && was?.state === "created" && was.uid === one.uid) expect(is).toEqual(was);
      }
    }),
    { numRuns: 100 },
  );
});

test("a ledger takes over what the project had under another name, in its order, and knows whose it was", async () => {
  const documents = memoryDocuments();
  const [before, after] = [
    await Ledger.open(documents, identity),
    await Ledger.open(documents, { ...identity, project: "b" }),
  ];
  const changed = { uid: "2", manager: "devloop", prior: [{ path: ["data", "x"], was: "y" }] };
  await before.created({ ...ref("created"), module: "web" }, "1");
  await before.changed(ref("changed"), changed);
  await before.creating(ref("begun"));
  await before.created(ref("known"), "4");
  await before.created(ref("anew"), "6");
  await before.creating({ ...ref("created"), thing: "release", detail: { revision: 3 } });
  await after.changed(ref("known"), { uid: "4", manager: "devloop", prior: [] });
  await after.created(ref("anew"), "5");
  // Another process of the project goes on noting under the former name until now.
  await (await Ledger.open(documents, identity)).created(ref("late"), "7");
  const owners = [ownerOf("a", "me"), ownerOf("b", "me")] as const;
  await after.takeOver(before, owners[0]);
  expect(names(before)).toEqual([]);
  expect(await ledgersOf(documents, identity.project)).toEqual([]);
  const order = [
    "late created",
    "created creating",
    "anew created",
    "begun creating",
    "changed changed",
    "created created",
  ];
  expect(names(after)).toEqual([...order, "known changed"]);
  const read = await Ledger.open(documents, { ...identity, project: "b" });
  expect(read.entries()).toEqual(after.entries());
  expect(read.get(ref("created"))).toMatchObject({ uid: "1", module: "web" });
  expect(read.get(ref("changed"))).toMatchObject(changed);
  expect(read.get(ref("anew"))).toMatchObject({ uid: "6" });
  expect(read.get({ ...ref("created"), thing: "release" })).toMatchObject({ detail: { revision: 3 } });
  expect(after.formerOwners).toEqual([owners[0]]);
  await before.takeOver(after, owners[1]);
  expect(before.formerOwners).toEqual([...owners]);
});

test("a thing of a deployer is filed apart from an object of the same name, with what its cleaner has to know", async () => {
  const documents = memoryDocuments();
  const ledger = await Ledger.open(documents, identity);
  const release = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "a" };
  await ledger.created(ref("a"), "1");
  await ledger.creating({ ...release, thing: "release", detail: { revision: 3 }, module: "web" });
  await ledger.created({ ...release, thing: "release", detail: { revision: 3 } }, "r-1");
  const again = await Ledger.open(documents, identity);
  expect(again.get(ref("a"))).toMatchObject({ uid: "1" });
  expect(again.get({ ...release, thing: "release" })).toMatchObject({
    uid: "r-1",
    thing: "release",
    detail: { revision: 3 },
    module: "web",
  });
  const entry = again.get({ ...release, thing: "release" });
  if (entry) await again.forget(entry);
  expect(again.entries().map(({ thing }) => thing)).toEqual([undefined]);
});

describe("while another process holds the ledger", () => {
  /** Documents whose lock is held until it is let go of. */
  async function held() {
    const folder = await tempFolder();
    const documents = openDocuments(folder.path);
    const ledger = await Ledger.open(documents, identity);
    await ledger.created(ref("first"), "1");
    const [name = ""] = await readdir(join(folder.path, ".locks"));
    const lock = await tryLock(join(folder.path, ".locks", name));
    if (!lock.held) throw new Error("the ledger's lock is not free");
    return { ledger, folder, documents, letGo: () => lock.lock[Symbol.asyncDispose]() };
  }

  test("who is told to stop waits no longer, and leaves nothing behind", async () => {
    const { ledger, folder, documents, letGo } = await held();
    await using _ = folder;
    const stop = new AbortController();
    const intent = ledger.creating(ref("second"), stop.signal);
    const prior = ledger.changed(ref("third"), { uid: "3", manager: "devloop", prior: [] }, stop.signal);
    expect(names(ledger)).toEqual(["third changed", "second creating", "first created"]);
    const both = Promise.allSettled([intent, prior]);
    const reason = new Error("superseded");
    stop.abort(reason);
    expect(await both).toEqual([
      { status: "rejected", reason },
      { status: "rejected", reason },
    ]);
    await eventually("the ledger as it is on the disk", () => names(ledger).length === 1 || undefined);
    await letGo();
    await ledger.created(ref("fourth"), "4");
    expect(names(await Ledger.open(documents, identity))).toEqual(["fourth created", "first created"]);
  });

  test("what another waits for is written all the same", async () => {
    const { ledger, folder, documents, letGo } = await held();
    await using _ = folder;
    const stop = new AbortController();
    const intent = ledger.creating(ref("second"), stop.signal);
    const uid = ledger.created(ref("third"), "3");
    stop.abort(new Error("superseded"));
    await expect(intent).rejects.toThrow("superseded");
    await letGo();
    await uid;
    expect(names(await Ledger.open(documents, identity))).toContain("third created");
  });
});
