/** One artifact in several places: real syncers, each with pods of a model. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlaceOutcome } from "../../../src/dev/loop/dev-project.ts";
import { Syncer, type SyncHooks } from "../../../src/dev/sync/syncer.ts";
import { Syncers } from "../../../src/dev/sync/syncers.ts";
import type { Event } from "../../../src/event/event.ts";
import { systemClock } from "../../../src/std/clock.ts";
import type { Json } from "../../../src/std/data/json.ts";
import { moment } from "../../../src/std/moment.ts";
import { describePath } from "../../../src/store/tree/describe.ts";
import { eventually } from "../../rig/eventually.ts";
import { flatInputs } from "../../rig/flat-inputs.ts";
import { ModelPods } from "../../rig/model-pods.ts";
import { memoryOverlays } from "../memory-overlays.ts";

const root = mkdtempSync(join(tmpdir(), "devloop-syncers-"));
afterAll(() => rmSync(root, { recursive: true }));
const signal = new AbortController().signal;
const image = "web";

/** A place whose pods hold the page of the image, unless it is to hold none. */
function session(hooks?: SyncHooks) {
  const opened: string[] = [];
  const events: Event[] = [];
  const names: Record<string, string> = {};
  const { documents, store } = memoryOverlays();
  const syncers = new Syncers<{ readonly id: string; readonly pods: ModelPods }>({
    open({ id, pods }) {
      opened.push(id);
      return new Syncer({
        cluster: pods.cluster,
        documents: store,
        overlayName: (artifact) => `overlay/${names[id] ?? id}/${artifact}`,
        context: () => root,
        trouble: () => undefined,
        channel: pods.channel,
        clock: systemClock,
        emit: (event) => void events.push(event),
        ...(hooks ? { hooks } : {}),
      });
    },
    hasHooks: () => hooks !== undefined,
  });
  const told = () => events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
  return { opened, events, documents, names, syncers, told };
}

async function imageNow() {
  const print = (await describePath(join(root, "page"), signal)) ?? "";
  const deployed = { imageId: "sha256:1", reference: "web:1", inputs: flatInputs({ page: print }), readAt: moment() };
  return { print, outcome: { images: new Map([[image, deployed]]), namespaces: ["default"] } satisfies PlaceOutcome };
}
function place(id: string, print?: string) {
  const pods = new ModelPods();
  if (print !== undefined) pods.start("web:1", [["/www/page", print]]);
  const page = () => pods.all.map(({ container }) => container.files.get("/www/page"));
  return { id, pods, page };
}
async function saved(text: string) {
  writeFileSync(join(root, "page"), text);
  const print = (await describePath(join(root, "page"), signal)) ?? "";
  const source = join(root, "page");
  return {
    print,
    file: { source, path: "page", kind: "file", print, at: moment(), destinations: ["/www/page"] },
  } as const;
}

/** Two places whose pods hold the page `one`, and the save of another one that nobody has yet. */
async function both(hooks?: SyncHooks) {
  await saved("one");
  const { print, outcome } = await imageNow();
  const [here, there] = [place("here", print), place("there", print)];
  const made = session(hooks);
  await made.syncers.follow([here, there]);
  const deployed = new Map([here, there].map(({ id }) => [id, outcome] as const));
  return { ...made, print, here, there, deploy: () => made.syncers.deployed(deployed, signal) };
}

test("a save reaches the containers of every place, and is held only once all of them have it", async () => {
  const { print, here, there, syncers, deploy } = await both();
  await using _ = syncers;
  expect(syncers.held(image, "page")).toBeUndefined();
  await deploy();
  expect(syncers.held(image, "page")).toEqual({ print, unsure: false });
  const { print: next, file } = await saved("two");
  expect(await syncers.sync(image, [file], signal)).toBe(true);
  expect([here.page(), there.page()]).toEqual([[next], [next]]);
  expect(syncers.held(image, "page")).toEqual({ print: next, unsure: false });
  expect([...syncers.pathsBelow(image, "")]).toEqual(["page"]);
});

test("places that hold different things leave a path in doubt", async () => {
  await saved("one");
  const { print, outcome } = await imageNow();
  await saved("two");
  const { outcome: newer } = await imageNow();
  const [here, there] = [place("here", print), place("there", print)];
  const { syncers } = session();
  await using _ = syncers;
  await syncers.follow([here, there]);
  await syncers.deployed(
    new Map([
      ["here", outcome],
      ["there", newer],
    ]),
    signal,
  );
  expect(syncers.held(image, "page")?.unsure).toBe(true);
});

test("a place without a container of the artifact is no reason to build it; no container anywhere is", async () => {
  await saved("one");
  const { print, outcome } = await imageNow();
  const [empty, runs] = [place("empty"), place("runs", print)];
  const { syncers, told } = session();
  await using _ = syncers;
  await syncers.follow([empty, runs]);
  await syncers.deployed(
    new Map([
      ["empty", outcome],
      ["runs", outcome],
    ]),
    signal,
  );
  const { print: next, file } = await saved("two");
  expect([await syncers.sync(image, [file], signal), told()]).toEqual([true, []]);
  expect(runs.page()).toEqual([next]);
  // What was synced meanwhile reaches a container that starts there later.
  empty.pods.start("web:1", [["/www/page", print]]);
  await eventually("the new container to hold it", () => empty.page()[0] === next || undefined);
  for (const { pods } of [empty, runs]) for (const { name } of pods.all) pods.remove(name);
  await eventually("the pods to be gone", async () => !(await syncers.sync(image, [file], signal)) || undefined);
  expect(told()).toContain("web is built instead of synced: no container runs it");
});

test("a container of one place that takes nothing leads to a build, though the other has it", async () => {
  const { print, here, there, syncers, told, deploy } = await both();
  await using _ = syncers;
  await deploy();
  there.pods.all[0]?.container.faults.push({ kind: "failed", why: "the disk is full" });
  const { print: next, file } = await saved("two");
  expect(await syncers.sync(image, [file], signal)).toBe(false);
  expect([here.page(), there.page(), told()]).toEqual([
    [next],
    [print],
    ["web is built instead of synced: the disk is full"],
  ]);
});

test("a place that comes or goes leaves the watches and channels of the others as they are", async () => {
  await saved("one");
  const { print, outcome } = await imageNow();
  const [first, second] = [place("first", print), place("second", print)];
  const { opened, syncers } = session();
  await using _ = syncers;
  await syncers.follow([first]);
  await syncers.deployed(new Map([["first", outcome]]), signal);
  const state = () => [first.pods.watches, [...first.pods.channels], first.pods.requests.length];
  const before = state();
  await syncers.follow([{ ...first }, second]);
  await syncers.deployed(new Map([["second", outcome]]), signal);
  expect([state(), second.pods.watches, second.pods.channels.size]).toEqual([before, 1, 1]);
  await syncers.follow([first]);
  expect([state(), second.pods.watches, second.pods.channels.size]).toEqual([before, 0, 0]);
  expect(opened).toEqual(["first", "second"]);
});

test("a project that is called otherwise has its overlays under its new name, and the containers as they are", async () => {
  await saved("one");
  const { print, outcome } = await imageNow();
  const here = place("here", print);
  const { documents, names, syncers } = session();
  await using _ = syncers;
  await syncers.follow([here]);
  await syncers.deployed(new Map([["here", outcome]]), signal);
  const { print: next, file } = await saved("two");
  await syncers.sync(image, [file], signal);
  const [overlay] = [...documents.values()];
  expect([...documents.keys()]).toEqual(["overlay/here/web"]);
  names.here = "renamed";
  await syncers.follow([here]);
  expect([...documents]).toEqual([["overlay/renamed/web", overlay as Json]]);
  // A revert is sent: what the container holds is still known.
  const { file: reverted } = await saved("one");
  expect(await syncers.sync(image, [reverted], signal)).toBe(true);
  expect([here.page(), next === print]).toEqual([[print], false]);
});

test("commands around a sync run in one place after the other", async () => {
  const order: string[] = [];
  const hooks: SyncHooks = {
    has: () => true,
    before: async () => void order.push("before"),
    after: async () => void order.push("after"),
  };
  const { syncers, deploy } = await both(hooks);
  await using _ = syncers;
  await deploy();
  const { file } = await saved("two");
  expect(await syncers.sync(image, [file], signal)).toBe(true);
  expect(order).toEqual(["before", "after", "before", "after"]);
});
