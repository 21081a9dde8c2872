/** Sessions that sync into pods of a model, with the results of passes in the test's hand. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { DevProject, PassOutcome, PlaceOutcome } from "../../src/dev/loop/dev-project.ts";
import { devSession } from "../../src/dev/loop/session.ts";
import type { SyncHooks } from "../../src/dev/sync/syncer.ts";
import type { DeployedImage } from "../../src/dev/sync/wanted-overlay.ts";
import { type Clock, systemClock } from "../../src/std/clock.ts";
import { describePath } from "../../src/store/tree/describe.ts";
import { eventually } from "../rig/eventually.ts";
import { MemoryWatcher } from "../rig/memory-watcher.ts";
import { type VirtualClock, virtualClock } from "../rig/virtual-clock.ts";
import { artifact, equal, type ModelArtifact, modelArtifact } from "./model-artifact.ts";

type Pass = (number: number) => Promise<Partial<PassOutcome & PlaceOutcome>>;

interface SessionSetup {
  readonly clock?: Clock;
  readonly hooks?: SyncHooks;
  /** The project after a reload: another name, other hooks, the same place. */
  readonly reloaded?: { readonly named: string; readonly hooks?: SyncHooks };
}

/** @param pass what a pass comes to; images are those of the newest pass unless it says otherwise */
async function session(
  at: ModelArtifact,
  pass: Pass,
  read = async () => {},
  { clock = systemClock, hooks, reloaded }: SessionSetup = {},
) {
  const watcher = new MemoryWatcher();
  const end = new AbortController();
  const passes: number[] = [];
  /** @param named what the names of its overlays begin with */
  const projectOf = (named: string, hooks: SyncHooks | undefined): DevProject => ({
    places: [
      {
        id: "place",
        cluster: at.pods.cluster,
        overlayName: (image) => `${named}overlay/${image}`,
        ...(hooks ? { hooks } : {}),
      },
    ],
    targets: () => ({ roots: [at.root], files: [] }),
    async files() {
      await read();
      return { ...at.projectFiles, isConfig: (path) => path === join(at.root, "skaffold.yaml") };
    },
    print: describePath,
    heard: () => undefined,
    async pass({ number }) {
      passes.push(number);
      const { images = new Map(), ...outcome } = await pass(number);
      const namespaces = "namespaces" in outcome ? outcome.namespaces : ["default"];
      return { end: "done", did: "nothing", places: new Map([["place", { images, namespaces }]]), ...outcome };
    },
    async reload() {
      if (reloaded === undefined) throw new Error("nothing is reloaded");
      return projectOf(reloaded.named, reloaded.hooks);
    },
  });
  const running = devSession(
    {
      project: projectOf("", hooks),
      documents: at.store,
      openWatcher: watcher.open,
      streams: [],
      channel: at.pods.channel,
      staysOnFailure: true,
      clock,
      emit: (event) => void at.events.push(event),
    },
    end.signal,
  );
  const earlier = at.events.length;
  const seen = (type: string) => at.events.slice(earlier).filter((event) => event.type === type).length;
  await eventually("the session", () => seen("watching") || undefined);
  return {
    passes,
    saves: () => at.events.filter((event) => event.type === "save"),
    /** Saves and waits for what it leads to. */
    async save(path: string, text: string) {
      const before = seen("save");
      await at.save(path, text);
      watcher.changed(join(at.root, path));
      await eventually("the save's end", () => seen("save") > before || undefined);
    },
    changed: (path: string) => watcher.changed(join(at.root, path)),
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
    },
  };
}

/** Lets time pass until something has come about; files are read meanwhile, which takes time of its own. */
async function advanced(clock: VirtualClock, what: string, is: () => boolean, mostMs = Infinity): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (let passed = 0; !is(); passed += 50) {
    if (performance.now() > deadline) throw new Error(`${what} did not come about`);
    // Files are real here: once enough time has passed, only their turn is waited for.
    await (passed < mostMs ? clock.advance(50) : clock.settle());
  }
}

const images = (image: DeployedImage) => ({ images: new Map([[artifact, image]]) });

test("a pass that ended before a newer one, and was slower to read the files, tells nothing of the cluster", async () => {
  await using at = await modelArtifact({ page: "1" });
  const first = await at.build();
  await at.save("page", "2");
  const second = await at.build();
  at.rollOut(second);
  const slow = Promise.withResolvers<void>();
  let waits = false;
  const pass: Pass = async (number) => {
    waits = number === 2;
    return images(number === 3 ? second : first);
  };
  const read = async () => {
    if (!waits) return;
    waits = false;
    await slow.promise;
  };
  await using live = await session(at, pass, read);
  live.changed("app.yaml");
  await eventually("the second pass to read files", () => (live.passes.includes(2) && !waits) || undefined);
  await live.save("app.yaml", "2");
  expect(live.passes).toEqual([1, 2, 3]);
  slow.resolve();
  await live.save("page", "3");
  expect(live.saves().at(-1)).toMatchObject({ what: "sync" });
  await equal(at);
});

test("a pass that did not get to know the objects leaves containers, their streams and overlays as they are", async () => {
  await using at = await modelArtifact({ page: "1" });
  const image = await at.build();
  at.rollOut(image);
  await using live = await session(at, async (number) => ({
    ...images(image),
    ...(number === 2 ? { end: "failed", namespaces: undefined } : {}),
  }));
  await live.save("page", "2");
  const open = () => ({ channels: [...at.pods.channels], watches: at.pods.watches, documents: [...at.documents] });
  const before = structuredClone(open());
  expect(before).toMatchObject({ channels: { length: 1 }, watches: 1, documents: { length: 1 } });
  await live.save("app.yaml", "a typo");
  expect(live.saves().at(-1)).toMatchObject({ what: "failed" });
  expect(open()).toEqual(before);
  await live.save("page", "1");
  expect(live.saves().at(-1)).toMatchObject({ what: "sync" });
  await equal(at);
  expect(live.passes).toEqual([1, 2]);
});

test("pods that cannot be listed are not taken for gone: their overlays stay, for when they can be", async () => {
  await using at = await modelArtifact({ page: "1" });
  const image = await at.build();
  at.rollOut(image);
  at.addPod(image, "other");
  const pass: Pass = async () => ({ ...images(image), namespaces: ["default", "other"] });
  {
    await using live = await session(at, pass);
    await live.save("page", "2");
  }
  at.pods.forbidden.add("other");
  await at.save("page", "1");
  {
    await using _live = await session(at, pass);
    const told = { text: expect.stringContaining("nothing can be synced") };
    expect(at.events).toContainEqual(expect.objectContaining(told));
  }
  at.pods.forbidden.clear();
  await using _live = await session(at, pass);
  await equal(at);
});

test("files that cannot be read after a pass do not hide what it brought to the cluster", async () => {
  await using at = await modelArtifact({ page: "1" });
  const first = await at.build();
  at.rollOut(first);
  let unreadable = false;
  const pass: Pass = async (number) => {
    unreadable = number === 2;
    return number === 1 ? images(first) : images(await at.build());
  };
  await using live = await session(at, pass, async () => {
    if (unreadable) throw new Error("the ignore file cannot be read");
  });
  await at.save("page", "2");
  at.rollOut(await at.build());
  await live.save("app.yaml", "2");
  expect(live.saves().at(-1)).toMatchObject({ what: "failed" });
  unreadable = false;
  await live.save("page", "3");
  await equal(at);
  expect(at.pods.all.map(({ container }) => container.taken)).toEqual([1]);
});

test("a reload that gives the project another name and other hooks leaves its containers, and takes their overlays along", async () => {
  await using at = await modelArtifact({ page: "1", "skaffold.yaml": "1" });
  const image = await at.build();
  at.rollOut(image);
  const order: string[] = [];
  const hooks: SyncHooks = {
    has: () => true,
    before: async () => void order.push("before"),
    after: async () => void order.push("after"),
  };
  await using live = await session(at, async () => images(image), undefined, { reloaded: { named: "new/", hooks } });
  await live.save("page", "2");
  expect([...at.documents.keys()]).toEqual(["overlay/web"]);
  const open = () => ({ channels: [...at.pods.channels], watches: at.pods.watches });
  const before = open();
  live.changed("skaffold.yaml");
  await eventually("the pass after the reload", () => live.saves().length === 2 || undefined);
  expect([...at.documents.keys()]).toEqual(["new/overlay/web"]);
  expect([open(), order]).toEqual([before, []]);
  await live.save("page", "1");
  expect(order).toEqual(["before", "after"]);
  expect(at.pods.all.map(({ container }) => container.taken)).toEqual([2]);
});

describe("what takes its time holds no other save", () => {
  const pageOf = (at: ModelArtifact) => at.pods.all.map(({ container }) => container.files.get("/www/page"));
  const wanted = async (at: ModelArtifact) => (await at.wanted())["/www/page"] ?? "";

  test("one container of several that hangs: the others are synced, and it leads to a build after a while", async () => {
    await using at = await modelArtifact({ page: "1" });
    const image = await at.build();
    at.rollOut(image);
    const hanging = at.addPod(image);
    const clock = virtualClock();
    const pass: Pass = async (number) => {
      if (number === 1) return images(image);
      const next = await at.build();
      at.rollOut(next);
      return { ...images(next), did: "rebuild" };
    };
    await using live = await session(at, pass, undefined, { clock });
    hanging.container.hung = true;
    const until = (what: string, is: () => boolean, mostMs?: number) => advanced(clock, what, is, mostMs);
    for (const text of ["2", "3"]) {
      await at.save("page", text);
      live.changed("page");
      const now = await wanted(at);
      await until("the container that does not hang", () => pageOf(at)[0] === now, 3_000);
    }
    expect(live.saves()).toEqual([]);
    expect(live.passes).toEqual([1]);
    await until("both saves to be answered", () => live.saves().length >= 2);
    expect(at.events).toContainEqual(
      expect.objectContaining({ text: "web is built instead of synced: it took nothing of the files for 20 s" }),
    );
    await equal(at);
  });

  test("a slow hook: other work goes on, and the next batch of its artifact waits for it", async () => {
    await using at = await modelArtifact({ page: "1" });
    const image = await at.build();
    at.rollOut(image);
    const slow = Promise.withResolvers<void>();
    const order: string[] = [];
    let nth = 0;
    const hooks: SyncHooks = {
      has: () => true,
      async before() {
        const mine = ++nth;
        order.push(`before ${mine}`);
        if (mine === 1) await slow.promise;
      },
      after: async () => void order.push("after"),
    };
    await using live = await session(at, async () => images(image), undefined, { hooks });
    await at.save("page", "2");
    live.changed("page");
    await eventually("the hook", () => nth || undefined);
    await live.save("app.yaml", "2");
    expect(live.passes).toEqual([1, 2]);
    await at.save("page", "3");
    live.changed("page");
    await live.save("app.yaml", "3");
    expect(order).toEqual(["before 1"]);
    slow.resolve();
    await eventually("the end of both syncs", () => order.length === 4 || undefined);
    expect(order).toEqual(["before 1", "after", "before 2", "after"]);
    await equal(at);
  });

  test("a pass does not wait for a container that hangs, and what it lacks is built", async () => {
    await using at = await modelArtifact({ page: "1" });
    const image = await at.build();
    at.rollOut(image);
    const clock = virtualClock();
    const pass: Pass = async (number) => {
      if (number < 3) return images(image);
      const next = await at.build();
      at.rollOut(next);
      return images(next);
    };
    await using live = await session(at, pass, undefined, { clock });
    await at.save("page", "2");
    live.changed("page");
    await advanced(clock, "the sync", () => live.saves().length === 1);
    const late = at.addPod(image);
    late.container.hung = true;
    live.changed("app.yaml");
    await advanced(clock, "the pass", () => live.saves().length === 2);
    expect(live.passes).toEqual([1, 2]);
    await advanced(clock, "the build", () => live.passes.includes(3));
    await equal(at);
  });
});
