import { expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import type { DeployTarget } from "../../../src/deploy/apply/owned-apply.ts";
import { ownerOf } from "../../../src/deploy/apply/owner.ts";
import { cleanUp } from "../../../src/deploy/ledger/cleanup.ts";
import { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import type { Event } from "../../../src/event/event.ts";
import type { Task } from "../../../src/graph/task.ts";
import { cleanersOf, deployedBy } from "../../../src/phase/deploy/deployer.ts";
import { taskId } from "../../../src/phase/ids.ts";
import { memoryDocuments } from "../../deploy/memory-documents.ts";
import { graphSession } from "../../rig/graph-session.ts";
import { type ReleaseStore, type ReleaseWork, releaseDeployer } from "../release-deployer.ts";

const signal = new AbortController().signal;
/** Nothing in these tests may speak to a cluster: a release is known by its deployer alone. */
const cluster = { namespace: "shop" } as unknown as Cluster;

async function project(store: ReleaseStore) {
  const documents = memoryDocuments();
  const ledger = await Ledger.open(documents, { project: "/shop", cluster: "c", namespace: "shop" });
  const target: DeployTarget = { cluster, clusterId: "c", namespace: "shop", owner: ownerOf("/shop", "me"), ledger };
  const work: ReleaseWork = { module: "app", name: "web", chart: "web-1", images: ["web"], store, target };
  const session = graphSession();
  let reference = "web:1";
  const deliver: Task = {
    id: taskId.deliver("web"),
    kind: "deliver",
    mode: "observe",
    deps: [],
    run: async () => ({ reference }),
  };
  const deployer = releaseDeployer(work);
  return {
    work,
    deployer,
    documents,
    deliver: (next: string) => {
      reference = next;
    },
    async deploy() {
      const from = session.started().length;
      const tasks = [deliver, ...deployer.tasks()];
      const result = await session.executor.pass({ tasks, signal, onFailure: "continue" });
      return { ...result, installed: session.started().slice(from).includes("release:web") };
    },
    async cleanUp() {
      const events: Event[] = [];
      const options = { ...target, emit: (event: Event) => void events.push(event) };
      return { events, result: await cleanUp({ ...options, cleaners: cleanersOf([deployer]) }, signal) };
    },
  };
}

test("a release's objects are known once it is installed, and it is installed again only for what changed", async () => {
  const store: ReleaseStore = { revisions: [] };
  const { deploy, deployer, deliver, work } = await project(store);
  expect(deployedBy([deployer], new Map())).toBeUndefined();
  const first = await deploy();
  expect(first.installed).toBe(true);
  const known = deployedBy([deployer], first.outputs);
  expect(known?.map(({ object, uid, module }) => [module, object.metadata.name, uid])).toEqual([
    ["app", "web-1-0", "web-1-0-uid"],
  ]);
  expect((await deploy()).installed).toBe(false);
  deliver("web:2");
  expect((await deploy()).installed).toBe(true);
  work.chart = "web-2";
  expect((await deploy()).installed).toBe(true);
  expect(store.revisions.map(({ chart, images }) => [chart, ...images])).toEqual([
    ["web-1", "web:1"],
    ["web-1", "web:2"],
    ["web-2", "web:2"],
  ]);
  // Somebody uninstalls it.
  store.revisions.length = 0;
  expect((await deploy()).installed).toBe(true);
});

test("a clean-up uninstalls a release that devloop installed, however often it was upgraded", async () => {
  const store: ReleaseStore = { revisions: [] };
  const { deploy, deliver, cleanUp, documents } = await project(store);
  await deploy();
  deliver("web:2");
  await deploy();
  const { result, events } = await cleanUp();
  expect(result).toMatchObject({ deleted: 1, restored: 0, failures: [] });
  expect(events).toEqual([{ type: "cleanup", object: "release/web", result: "deleted" }]);
  expect([store.revisions.length, documents.all.size]).toEqual([0, 0]);
});

test("a clean-up rolls a release that was there before back to the revision that it had", async () => {
  const theirs = { chart: "theirs", images: ["x"], objects: [] };
  const store: ReleaseStore = { revisions: [theirs, theirs] };
  const { deploy, deliver, cleanUp, documents } = await project(store);
  await deploy();
  deliver("web:2");
  await deploy();
  const { result, events } = await cleanUp();
  expect(result).toMatchObject({ deleted: 0, restored: 1 });
  expect(events).toMatchObject([{ object: "release/web", result: "restored", why: "rolled back to revision 2" }]);
  expect(store.revisions.at(-1)).toBe(theirs);
  expect(documents.all.size).toBe(0);
});

test("a thing whose deployer is not there is kept, said, and still noted", async () => {
  const { deploy, work, documents } = await project({ revisions: [] });
  await deploy();
  const events: Event[] = [];
  const result = await cleanUp({ ...work.target, emit: (event) => void events.push(event) }, signal);
  expect(result).toMatchObject({ deleted: 0, kept: 1 });
  expect(events).toMatchObject([{ object: "release/web", result: "kept" }]);
  expect(documents.all.size).toBe(1);
});
