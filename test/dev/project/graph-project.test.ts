/** A session's project over a graph in the test's hand: places, locks, what a pass gives back, and what a reload changes. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { RefusedConfig } from "../../../src/config/load/refused.ts";
import type { Module, Project } from "../../../src/config/project.ts";
import type { DeployTarget } from "../../../src/deploy/apply/owned-apply.ts";
import { ownerOf } from "../../../src/deploy/apply/owner.ts";
import { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import { everything } from "../../../src/dev/loop/needs.ts";
import type { ProjectContext } from "../../../src/dev/project/dev-places.ts";
import { type GraphProjectMeans, graphProject } from "../../../src/dev/project/graph-project.ts";
import type { LockedModules } from "../../../src/dev/project/module-locks.ts";
import { Places } from "../../../src/dev/project/places.ts";
import type { PassedPlace, Streams } from "../../../src/dev/project/streams.ts";
import { Failure } from "../../../src/diag/failure.ts";
import { Bus } from "../../../src/event/bus.ts";
import type { PassRequest, PassResult } from "../../../src/graph/request.ts";
import type { Task, TaskContext } from "../../../src/graph/task.ts";
import type { Deployer } from "../../../src/phase/deploy/deployer.ts";
import type { ComposedArtifact } from "../../../src/phase/image/artifact-work.ts";
import { sha256 } from "../../../src/std/data/digest.ts";
import { treeMark } from "../../../src/store/tree/mark.ts";
import { memoryDocuments } from "../../deploy/memory-documents.ts";
import { flatInputs } from "../../rig/flat-inputs.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const { signal } = new AbortController();
const web = { id: "web" } as unknown as Module;
const edge = { id: "edge" } as unknown as Module;
const inputs = sha256("the inputs of web");
const imageId = `sha256:${sha256("the image")}` as const;
const ledgers = memoryDocuments();
const noSources = { open: () => Promise.reject(new Error("images are in the engine")) };

/** The place of a context: the cluster's id is the context's name. */
async function targetOf(context: string, identity: string): Promise<DeployTarget> {
  const fetch = () => Promise.reject(new Error("nobody asks the cluster"));
  const endpoint = { url: "https://none", tls: {}, headers: async () => ({}) };
  const cluster: Cluster = { context, namespace: "shop", endpoint, fetch };
  const ledger = await Ledger.open(ledgers, { project: identity, cluster: context, namespace: "shop" });
  return { cluster, clusterId: context, namespace: "shop", owner: ownerOf(identity, "me"), ledger };
}

interface Written {
  readonly identity: string;
  /** Context -> its modules. */
  readonly contexts: Readonly<Record<string, readonly Module[]>>;
}

/** A session over projects as they are written one after the other. */
function session() {
  const noted: string[] = [];
  const passed: [place: string, PassedPlace][] = [];
  const requests: Omit<PassRequest, "signal">[] = [];
  const locked: (readonly LockedModules[])[] = [];
  const clock = virtualClock();
  const bus = new Bus(clock);
  const { engine } = memoryEngine({ [imageId]: ["web:1"] });
  const state = {
    result: { outcome: "done", outputs: new Map(), failed: [], verdicts: new Map() } as PassResult,
    next: undefined as Written | Error | undefined,
    isLocked: false,
    /** Of the configuration. */
    files: ["/skaffold.yaml"],
    watchImages: [] as readonly string[],
  };
  const places = new Places<Streams>((target) => {
    const name = target.cluster.context;
    noted.push(`streams of ${name}`);
    return {
      any: true,
      delivered: (image, reference) => void noted.push(`${image} is in ${name} as ${reference}`),
      passed: (place) => void passed.push([name, place]),
      [Symbol.asyncDispose]: async () => void noted.push(`end of ${name}`),
    };
  }, bus.emit);
  const locks = {
    async take(wanted: readonly LockedModules[]) {
      if (state.isLocked) throw new Failure("process 7 is already running dev for this project");
      locked.push(wanted);
    },
  };
  const artifact = {
    image: "web",
    module: web,
    requires: [],
    artifact: { image: "web", context: "/web" },
    inspect: async () => ({ sources: { root: "/web" } }),
    readMoment: () => 5,
    heard: (path: string) => void noted.push(`web hears of ${path}`),
  } as unknown as ComposedArtifact;
  const deliver = (scope: string | undefined): Task => ({
    id: scope === undefined ? "deliver:web" : `deliver:web@${scope}`,
    kind: "deliver",
    mode: "act",
    deps: [],
    keyParts: () => ({}),
    run: async () => ({ reference: `web:in-${scope}` }),
  });
  const means = ({ identity, contexts }: Written): GraphProjectMeans => {
    const names = Object.keys(contexts);
    const scopeOf = (name: string) => (names.length > 1 ? name : undefined);
    const deployer = (name: string): Deployer => ({
      kind: "test",
      target: () => targetOf(name, identity),
      tasks: () => [],
      deployed: (outputs) =>
        outputs.has(`objects of ${name}`)
          ? [{ module: "web", object: { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "shop" } } }]
          : undefined,
    });
    return {
      project: { files: state.files, cwd: "/", modules: [] } as unknown as Project,
      kubeconfigs: ["/home/me/.kube/config"],
      identity,
      artifacts: [artifact],
      contexts: Object.entries(contexts).map(
        ([name, modules]): ProjectContext => ({
          scope: scopeOf(name),
          modules,
          deployers: [deployer(name)],
          target: () => targetOf(name, identity),
        }),
      ),
      watchImages: state.watchImages,
      bus,
      store: { tree: () => flatInputs({}) as never, describePath: async () => undefined },
      engine,
      sources: noSources,
      executor: { concerned: () => [], watched: () => new Map() },
      clock,
      tasks: () => names.map((name) => deliver(scopeOf(name))),
      async run(request) {
        requests.push(request);
        return state.result;
      },
      begin: () => void noted.push(`${identity} is in force`),
      async reopen() {
        const { next } = state;
        if (next instanceof Error) throw next;
        if (next === undefined) throw new Error("nothing is written");
        return { files: ["/skaffold.yaml", "/other.yaml"], compose: () => means(next) };
      },
    };
  };
  const open = (written: Written) => graphProject(means(written), { places, locks }, signal);
  return { noted, passed, requests, locked, state, places, open };
}
const two = { identity: "p", contexts: { one: [web], two: [edge] } };
const changes = { paths: [], watch: async () => undefined };
const pass = { number: 1, needs: everything, saves: [] } as never;

test("each context is a place with its own overlays, streams and locks", async () => {
  const { noted, locked, places, open } = session();
  const project = await open(two);
  expect(project.places.map(({ id }) => id)).toEqual(["one one shop", "two two shop"]);
  const names = project.places.map(({ overlayName }) => overlayName("shop/web"));
  expect(names).toEqual(["one", "two"].map((id) => `overlay/${sha256("p").slice(0, 32)}/${id}/shop/shop%2Fweb`));
  expect(locked).toEqual([
    [
      { project: "p", cluster: "one", namespace: "shop", modules: ["web"] },
      { project: "p", cluster: "two", namespace: "shop", modules: ["edge"] },
    ],
  ]);
  expect(noted).toEqual([]);
  await project.begin?.();
  expect(noted).toEqual(["p is in force", "streams of one", "streams of two"]);
  expect(places.entered.map(({ target }) => target.clusterId)).toEqual(["one", "two"]);
  expect(project.deployTargets.map(({ clusterId }) => clusterId)).toEqual(["one", "two"]);
});

test("a pass brings images where their modules deploy, and tells each place what it came to there", async () => {
  const { noted, passed, requests, state, open } = session();
  const project = await open(two);
  await project.begin?.();
  const outputs = new Map<string, never>(
    Object.entries({
      "build:web": { imageId },
      "hash:web": treeMark(inputs),
      "deliver:web@two": { reference: "web:two" },
      "objects of two": null,
    }) as [string, never][],
  );
  state.result = { ...state.result, outcome: "failed", outputs };
  const outcome = await project.pass(pass, changes, signal);
  expect(outcome.end).toBe("failed");
  const there = [...outcome.places].map(([id, { images, namespaces }]) => [id, [...images.keys()], namespaces]);
  expect(there).toEqual([
    ["one one shop", [], undefined],
    ["two two shop", ["web"], ["shop"]],
  ]);
  expect(outcome.places.get("two two shop")?.images.get("web")).toMatchObject({ reference: "web:two", readAt: 5 });
  expect(passed.map(([name, { deployed, modules }]) => [name, deployed?.length, modules])).toEqual([
    ["one", undefined, [web]],
    ["two", 1, [edge]],
  ]);
  // An image that a module of the first context builds goes to the second one on demand.
  expect(requests[0]?.wanted).toEqual(["deliver:web@one"]);
  const tasks = requests[0]?.tasks ?? [];
  for (const task of tasks) if (task.mode === "act") await task.run({} as never, {} as TaskContext);
  expect(noted.slice(-2)).toEqual(["web is in one as web:in-one", "web is in two as web:in-two"]);
});

test("a kubeconfig is watched, and read anew with the configuration when it changes", async () => {
  const { open } = session();
  const project = await open(two);
  const files = ["/skaffold.yaml", "/home/me/.kube/config"];
  expect(project.targets().files).toEqual(files);
  const { isConfig } = await project.files(signal);
  expect([...files, "/home/me/.kube/cache"].map(isConfig)).toEqual([true, true, false]);
});

test.each([
  [[], ["web"]],
  [["we"], ["web"]],
  [["api"], []],
  [["api", "web"], ["web"]],
])("with --watch-image %j the files of %j are watched", async (watchImages, watched) => {
  const { state, open } = session();
  state.watchImages = watchImages;
  const project = await open({ identity: "p", contexts: { one: [web] } });
  const files = await project.files(signal);
  expect(files.artifacts.map(({ image }) => image)).toEqual(watched);
});

test("builds hear of file events", async () => {
  const { noted, open } = session();
  const project = await open(two);
  project.heard("/web/a");
  expect(noted).toEqual(["web hears of /web/a"]);
});

test("a superseded pass tells nothing", async () => {
  const { passed, state, open } = session();
  const project = await open(two);
  await project.begin?.();
  state.result = { ...state.result, outcome: "superseded" };
  const outcome = await project.pass(pass, changes, signal);
  expect([outcome.end, outcome.places.size, passed]).toEqual(["superseded", 0, []]);
});

test("files of the configuration that were written since it was read are named", async () => {
  const { state, open } = session();
  const folder = mkdtempSync(join(tmpdir(), "devloop-graph-project-"));
  state.files = ["skaffold.yaml", "skaffold.env"].map((name) => join(folder, name));
  writeFileSync(state.files[0] as string, "before");
  try {
    const project = await open(two);
    expect(project.rewritten?.()).toEqual([]);
    for (const path of state.files) writeFileSync(path, "written later");
    expect(project.rewritten?.()).toEqual(state.files);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a reload leaves the streams of a context that stays, whether it is the only one or not", async () => {
  const { noted, state, open } = session();
  const first = await open({ identity: "p", contexts: { one: [web] } });
  await first.begin?.();
  state.next = two;
  const second = await first.reload(signal);
  await second.begin?.();
  state.next = { identity: "p", contexts: { two: [edge] } };
  const third = await second.reload(signal);
  await third.begin?.();
  expect(noted.filter((text) => !text.includes("in force"))).toEqual([
    "streams of one",
    "streams of two",
    "end of one",
  ]);
  expect(third.places.map(({ id }) => id)).toEqual(["two two shop"]);
});

test("a project that is called otherwise is the same place, with overlays and locks of its new name", async () => {
  const { noted, locked, places, state, open } = session();
  const before = await open({ identity: "p", contexts: { one: [web] } });
  await before.begin?.();
  state.next = { identity: "q", contexts: { one: [web] } };
  const after = await before.reload(signal);
  await after.begin?.();
  expect(after.places[0]?.id).toBe(before.places[0]?.id as string);
  expect(after.places[0]?.overlayName("web")).toContain(sha256("q").slice(0, 32));
  expect(locked.map(([one]) => one?.project)).toEqual(["p", "q"]);
  expect(noted.filter((text) => text.startsWith("streams"))).toEqual(["streams of one"]);
  expect(places.entered).toHaveLength(2);
});

test("a project that cannot be used is refused with the files that it was read from; what may pass is not", async () => {
  const { state, open } = session();
  const project = await open(two);
  state.next = two;
  state.isLocked = true;
  const refused = await project.reload(signal).catch((thrown: unknown) => thrown);
  expect(refused).toBeInstanceOf(RefusedConfig);
  expect(refused).toMatchObject({ files: ["/skaffold.yaml", "/other.yaml"] });
  state.next = new Failure({ severity: "error", message: "cannot fetch", passing: true });
  const failed = await project.reload(signal).catch((thrown: unknown) => thrown);
  expect(failed).not.toBeInstanceOf(RefusedConfig);
});
