/** A syncer between a workspace and containers that are models of their own, with saves at the worst moments. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { SyncHooks } from "../../../src/dev/sync/syncer.ts";
import { eventually } from "../../rig/eventually.ts";
import { equal, type ModelArtifact, modelArtifact } from "../model-artifact.ts";

async function started(
  files: Record<string, string>,
  options: Parameters<typeof modelArtifact>[1] = {},
): Promise<ModelArtifact> {
  const at = await modelArtifact(files, options);
  const image = await at.build();
  at.rollOut(image);
  await at.deployed(image);
  return at;
}

describe("a revert", () => {
  test("to what was synced before a build that holds something newer is sent", async () => {
    await using at = await started({ a: "1", code: "1" });
    await at.save("a", "2");
    expect(await at.look("a")).toBe(false);
    await at.save("a", "3");
    const image = await at.build();
    at.rollOut(image);
    await at.deployed(image);
    await at.save("a", "2");
    expect(await at.look("a")).toBe(false);
    await equal(at);
  });

  test("that leads back to an earlier image takes away what was synced over it", async () => {
    await using at = await started({ page: "1", other: "1" });
    await at.save("page", "2");
    await at.save("added", "1");
    await at.look("page", "added");
    // A build that is superseded before its roll-out; the pod that was there goes on.
    await at.build();
    await at.save("page", "1");
    await at.save("added");
    await at.deployed(await at.build());
    await equal(at);
  });

  test("while the older overlay is on its way to a new container arrives after it", async () => {
    await using at = await started({ page: "1", other: "1" });
    const image = await at.build();
    await at.save("page", "2");
    await at.look("page");
    const gate = Promise.withResolvers<void>();
    const pod = at.addPod(image);
    pod.container.gate = gate.promise;
    await eventually("the older overlay to be on its way", () => pod.container.waiting || undefined);
    await at.save("page", "1");
    const deployed = at.deployed(await at.build());
    gate.resolve();
    await deployed;
    await equal(at);
  });
});

test("a container of another image than the newest keeps what is known of it: its image may come back", async () => {
  await using at = await started({ page: "1", other: "1" });
  const [pod] = at.pods.all;
  const gate = Promise.withResolvers<void>();
  if (pod) pod.container.gate = gate.promise;
  await at.save("page", "2");
  await at.look("page");
  await at.save("other", "2");
  await at.look("other");
  // A pass fails after its image was delivered: nothing is rolled out.
  await at.deployed(await at.build());
  gate.resolve();
  await eventually("the sync to be over", () => pod?.container.taken || undefined);
  await at.save("page", "1");
  await at.save("other", "1");
  await at.deployed(await at.build());
  await equal(at);
});

test("a container that restarts before a sync reaches it gets nothing by way of its forerunner", async () => {
  const hook = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const hooks: SyncHooks = {
    has: () => true,
    async before() {
      begun.resolve();
      await hook.promise;
    },
    after: async () => undefined,
  };
  await using at = await started({ page: "1" }, { hooks });
  await at.save("page", "2");
  const looked = at.look("page");
  await begun.promise;
  await at.save("page", "1");
  const [pod] = at.pods.all;
  if (pod) at.restart(pod);
  await eventually("the new start to be brought up to date", () => at.pods.all[0]?.container.taken || undefined);
  // A pass finds the former start gone.
  await at.syncer.deployed(new Map(), ["default"], new AbortController().signal);
  await at.save("page", "3");
  hook.resolve();
  await looked;
  await at.save("page", "1");
  await at.deployed(await at.build());
  await equal(at);
});

test("what was sent to a start that had ended before its pod said so is known of the next one", async () => {
  let save: (() => Promise<void>) | undefined;
  const hooks: SyncHooks = {
    has: () => true,
    async before() {
      await save?.();
      save = undefined;
    },
    after: async () => undefined,
  };
  await using at = await started({ page: "1" }, { hooks });
  await at.save("page", "2");
  await at.look("page");
  const told = Promise.withResolvers<void>();
  const [pod] = at.pods.all;
  if (pod) at.restart(pod, told.promise);
  // It is reverted, and is another file when it is read.
  await at.save("page", "1");
  save = () => at.save("page", "3");
  await at.look("page");
  await eventually("the next start to get it", () => at.pods.all[0]?.container.taken || undefined);
  told.resolve();
  await at.save("page", "1");
  await at.look("page");
  await equal(at);
});

test("a start whose overlay cannot be written down leads to a build", async () => {
  let isFull = false;
  await using at = await modelArtifact({ page: "1" });
  const write = at.store.write;
  Object.assign(at.store, {
    write: async (...given: Parameters<typeof write>) =>
      isFull ? Promise.reject(new Error("no space")) : write(...given),
  });
  const image = await at.build();
  const pod = at.rollOut(image);
  await at.deployed(image);
  await at.save("page", "2");
  await at.look("page");
  isFull = true;
  at.restart(pod);
  await eventually("the build", () => at.troubles[0]);
  expect(at.troubles).toEqual(["web"]);
  expect(at.events).toContainEqual(expect.objectContaining({ text: "web is built instead of synced: no space" }));
  isFull = false;
});

describe("what is recorded as sent is what was sent", () => {
  /** Saves once between the look at the files and the sending. */
  async function between(save: (at: ModelArtifact) => Promise<void>): Promise<ModelArtifact> {
    let once = true;
    const hooks: SyncHooks = {
      has: () => true,
      async before() {
        if (once) await save(at);
        once = false;
      },
      after: async () => undefined,
    };
    const at = await started({ a: "1", b: "1" }, { hooks });
    await at.save("a", "2");
    expect(await at.look("a")).toBe(false);
    return at;
  }

  test("where the file was saved again meanwhile, a revert to what was looked at is sent", async () => {
    await using at = await between((it) => it.save("a", "3"));
    await at.save("a", "2");
    expect(await at.look("a")).toBe(false);
    await equal(at);
  });

  test("where the file had gone meanwhile, it is sent when it is back, and deleted when it stays away", async () => {
    await using back = await between((it) => it.save("a"));
    await back.save("a", "2");
    expect(await back.look("a")).toBe(false);
    await equal(back);
    await using away = await between((it) => it.save("a"));
    expect(await away.look("a")).toBe(false);
    await equal(away);
  });

  test("where the file was as it was looked at again before the end of the sending, it is sent once more", async () => {
    const begun = Promise.withResolvers<void>();
    const hooks: SyncHooks = {
      has: () => true,
      before: () => begun.promise,
      after: async () => undefined,
    };
    await using at = await started({ a: "1" }, { hooks });
    const [pod] = at.pods.all;
    const gate = Promise.withResolvers<void>();
    if (pod) pod.container.gate = gate.promise;
    await at.save("a", "2");
    const looked = at.look("a");
    await eventually("the look", () => at.events.some(({ type }) => type === "change") || undefined);
    await at.save("a", "3");
    begun.resolve();
    await eventually("it to be on its way", () => pod?.container.waiting || undefined);
    await at.save("a", "2");
    await at.look("a");
    gate.resolve();
    await looked;
    await equal(at);
  });

  test("also across sessions", async () => {
    await using at = await between((it) => it.save("a", "3"));
    await at.nextSession();
    await at.save("a", "1");
    await at.deployed(await at.build());
    await equal(at);
  });
});

// Few files with few contents, so that content that was there before comes back often.
const paths = ["a", "b/c"];
const texts = ["1", "2"];
type Command =
  | { readonly do: "save"; readonly path: string; readonly text: string | undefined }
  /** Saves between the look and the sending of the next sync. `back`: and undoes that after the sending. */
  | { readonly do: "save-late"; readonly path: string; readonly text: string | undefined; readonly back: boolean }
  /** `revert`: every file is as the newest image has it. */
  | { readonly do: "revert" | "look" | "build" | "roll-out-lost" | "restart" | "replica" | "session" | "cut" | "calm" };

const file = { path: fc.constantFrom(...paths), text: fc.constantFrom(...texts, undefined) };
const named = (weight: number, ...names: Exclude<Command["do"], "save" | "save-late">[]) => ({
  weight,
  arbitrary: fc.constantFrom(...names).map((name) => ({ do: name })),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("save" as const), ...file }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("save-late" as const), back: fc.boolean(), ...file }) },
  named(8, "look"),
  named(4, "revert"),
  named(4, "build"),
  named(3, "calm"),
  named(3, "roll-out-lost", "restart", "replica", "session", "cut"),
);

test("after any saves, builds, reverts, restarts and sessions the containers hold the workspace's files", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40, size: "max" }), async (commands) => {
      const late: (Command & { readonly do: "save-late" })[] = [];
      const touched = new Set<string>();
      let undo: [path: string, text: string | undefined][] = [];
      const hooks: SyncHooks = {
        has: () => true,
        async before() {
          for (const { path, text, back } of late.splice(0)) {
            if (back) undo.push([path, now.get(path)]);
            await save(path, text);
          }
        },
        async after() {
          for (const [path, text] of undo.reverse()) await save(path, text);
          undo = [];
        },
      };
      await using at = await started({ a: "1", other: "1" }, { hooks });
      let image = await at.build();
      /** A pass was superseded after its roll-out: the one that answers for it builds, whatever else is saved. */
      let owed = false;
      const now = new Map([["a", "1"]]);
      let built = new Map(now);
      const save = async (path: string, text: string | undefined) => {
        touched.add(path);
        if (text === undefined) now.delete(path);
        else now.set(path, text);
        await at.save(path, text);
      };
      const build = async () => {
        built = new Map(now);
        touched.clear();
        owed = false;
        image = await at.build();
        at.rollOut(image);
        await at.deployed(image);
      };
      const look = async () => {
        const changed = [...touched];
        touched.clear();
        if (owed || (await at.look(...changed))) await build();
      };
      const calm = async () => {
        while (touched.size > 0 || late.length > 0) {
          for (const { path } of late) touched.add(path);
          late.length = 0;
          await look();
        }
        if (owed || at.troubles.splice(0).length > 0) await build();
        await equal(at);
      };
      for (const one of commands) {
        if (one.do === "save") await save(one.path, one.text);
        else if (one.do === "revert") for (const path of paths) await save(path, built.get(path));
        else if (one.do === "save-late") late.push(one);
        else if (one.do === "look") await look();
        else if (one.do === "build") await build();
        else if (one.do === "roll-out-lost") {
          owed = true;
          at.rollOut(await at.build());
        } else if (one.do === "restart") for (const pod of at.pods.all) at.restart(pod);
        else if (one.do === "replica") at.addPod(image);
        else if (one.do === "cut")
          for (const { container } of at.pods.all) container.faults.push({ kind: "cut", why: "the stream was cut" });
        else if (one.do === "calm") await calm();
        else {
          await at.nextSession();
          await build();
        }
      }
      await calm();
    }),
    { numRuns: 100 },
  );
});

test("an overlay document that could not be read is read again", async () => {
  await using at = await modelArtifact({ page: "1" });
  const { read } = at.store;
  let refusals = 1;
  at.store.read = async (name) => {
    if (refusals-- > 0) throw new Error("the disk is away");
    return read(name);
  };
  const image = await at.build();
  at.rollOut(image);
  await at.deployed(image).catch((thrown: Error) => expect(thrown.message).toBe("the disk is away"));
  await at.save("page", "2");
  expect(await at.look("page")).toBe(false);
  await equal(at);
});
