/** A plan of images and objects: what a run would do is known without an engine's, a node's or a cluster's being changed. */
import { expect, test } from "bun:test";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { usualFlags } from "../../src/deploy/apply/apply-flags.ts";
import { ownerOf } from "../../src/deploy/apply/owner.ts";
import { Ledger } from "../../src/deploy/ledger/ledger.ts";
import { sealer } from "../../src/graph/plan/seal.ts";
import type { PassRequest } from "../../src/graph/request.ts";
import type { ObserveTask, Task } from "../../src/graph/task.ts";
import type { Destination } from "../../src/image/destination.ts";
import type { DeployWork } from "../../src/phase/deploy/deploy-work.ts";
import { type ManifestsOutput, manifestsTask } from "../../src/phase/deploy/manifests.ts";
import { objectsTask } from "../../src/phase/deploy/objects.ts";
import { taskId } from "../../src/phase/ids.ts";
import { deliverTasks, destinationTask, type ImagePlace, listingTask } from "../../src/phase/image/deliver.ts";
import type { Json } from "../../src/std/data/json.ts";
import { memoryDocuments } from "../deploy/memory-documents.ts";
import { graphSession } from "../rig/graph-session.ts";

const signal = new AbortController().signal;
const id = (digit: string) => `sha256:${digit.repeat(64)}`;
const at = { file: "web.yaml", line: 1, column: 1, length: 1, text: "" };
const object = (kind: string, name: string, spec: Json) => ({
  at,
  object: { apiVersion: kind === "Deployment" ? "apps/v1" : "v1", kind, metadata: { name }, ...(spec as object) },
});
const rendered = [
  object("ConfigMap", "settings", { data: { colour: "blue" } }),
  object("Deployment", "web", { spec: { template: { spec: { containers: [{ name: "web", image: "web" }] } } } }),
];

/** The tasks of one image and two objects; what changes the world counts its runs and gives what a fake world gives. */
async function shop(kind: Destination["kind"]) {
  const changed: string[] = [];
  const ledger = await Ledger.open(memoryDocuments(), { project: "/shop", cluster: "c", namespace: "shop" });
  const cluster = {
    context: "fake",
    namespace: "shop",
    fetch: async () => Response.json({ metadata: { resourceVersion: "1" }, items: [] }),
  } as unknown as Cluster;
  const target = { cluster, clusterId: "c", namespace: "shop", owner: ownerOf("/shop", "me"), ledger };
  const work: DeployWork = {
    modules: [{ module: "app", flags: usualFlags, hooks: { before: [], after: [] }, statusCheck: true }],
    images: ["web"],
    expected: ["web"],
    labels: {},
    adopt: false,
    wait: { deadlineMs: 1000, tolerateFailures: false },
    session: "s",
    facts: {},
    seal: sealer("secret"),
    target: async () => target,
  };
  const present = new Set<string>();
  const destination = {
    id: "d",
    kind,
    label: "the place",
    has: async (images: readonly { readonly id: string; readonly name: string }[]) =>
      images.map(({ id: image, name }) =>
        present.has(image)
          ? { present: true as const, reference: name, proof: "it is there" }
          : { present: false as const, reason: "it is not there" },
      ),
    deliver: async ({ id: image, name }: { readonly id: string; readonly name: string }) => {
      present.add(image);
      return { reference: name, how: "full", seconds: 0 };
    },
  } as unknown as Destination;
  const place: ImagePlace = { scope: undefined, destination: async () => destination };
  const artifact = { image: "web", repository: "web" };
  const look = (task: string, output: Json): ObserveTask => ({
    id: task,
    kind: "look",
    mode: "observe",
    deps: [],
    run: async () => output,
  });
  const files = { web: "a" };
  const build: Task = {
    id: taskId.build("web"),
    kind: "build",
    mode: "act",
    deps: ["hash:web"],
    keyParts: (inputs) => ({ files: inputs.get("hash:web") }),
    foresee: (_inputs, pending) => ({ imageId: pending }),
    run: async (inputs) => ({ imageId: id(inputs.get<string>("hash:web")) }),
  };
  /** Instead of a real cluster's answer to an apply, and of its roll-outs. */
  const faked = (task: Task): Task => {
    const { expand } = task;
    const more = expand ? { expand: (...args: Parameters<typeof expand>) => expand(...args).map(faked) } : {};
    if (task.mode !== "act") return { ...task, ...more } as Task;
    const run: typeof task.run = async (inputs, ctx) => {
      changed.push(task.id);
      if (task.kind === "apply") return { uid: "u", generation: 1, applied: "a", owned: "o", state: "generation 1" };
      return task.kind === "wait" ? null : task.run(inputs, ctx);
    };
    return { ...task, ...more, run };
  };
  const tasks = (): Task[] =>
    [
      look("hash:web", files.web),
      look(taskId.tag("web"), { reference: "web:v1" }),
      build,
      destinationTask(place),
      listingTask([], () => [], place),
      ...deliverTasks(artifact as never, place, { named: false }),
      look(taskId.render("app"), { manifests: rendered as unknown as Json, files: {} }),
      objectsTask(work),
      manifestsTask(["web"]),
    ].map(faked);
  const session = graphSession();
  const pass = async ({ more = [], ...how }: Partial<PassRequest> & { readonly more?: readonly Task[] } = {}) => {
    changed.length = 0;
    const request = { tasks: [...tasks(), ...more.map(faked)], signal, onFailure: "stop", ...how } as const;
    const result = await session.executor.pass(request);
    expect(result.failed).toEqual([]);
    return { ...result, changed: [...changed] };
  };
  return { files, pass };
}

const apply = "apply:apps/Deployment/shop/web";

test.each(["nodes", "registry"] as const)(
  "with images in %s, only the image of an object is not known yet",
  async (kind) => {
    const { files, pass } = await shop(kind);
    expect((await pass()).changed).toContain(apply);
    files.web = "b";
    const { verdicts, outputs, changed } = await pass({ planOnly: true });
    expect(changed).toEqual([]);
    expect(verdicts.get("build:web")).toMatchObject({ kind: "stale", reason: "changed" });
    expect(verdicts.get("deliver:web")).toMatchObject({ kind: "stale" });
    const changes = (task: string) => {
      const verdict = verdicts.get(task);
      return verdict?.kind === "stale" ? verdict.changes.map(({ path }) => path) : [];
    };
    expect(changes(apply)).toEqual(["fields.spec.template.spec.containers.0.image", "images.web"]);
    expect(verdicts.get(apply)).toMatchObject({ changes: [{}, { now: "<result of build:web>" }] });
    const { text } = outputs.get(taskId.manifests) as ManifestsOutput;
    expect(text).toContain("image: <result of build:web>");
    expect(text).toContain("colour: blue");
    // The object without an image is not there (the fake cluster lists nothing), which is no matter of the build.
    expect(verdicts.get("apply:ConfigMap/shop/settings")).toMatchObject({ reason: "gone" });
  },
);

test.each([
  ["nodes", `web:${"a".repeat(64)}`],
  ["registry", "<result of deliver:web>"],
] as const)("an image that is built and not yet in %s is known as %s", async (kind, reference) => {
  const { pass } = await shop(kind);
  await pass({ wanted: ["build:web"] });
  const { outputs, verdicts, changed } = await pass({ planOnly: true });
  expect(changed).toEqual([]);
  expect(verdicts.get("build:web")?.kind).toBe("fresh");
  expect(verdicts.get("deliver:web")).toMatchObject({ kind: "stale", reason: "never-run" });
  expect((outputs.get(taskId.manifests) as ManifestsOutput).text).toContain(`image: ${reference}`);
});

test("a task of somebody else comes between bringing an image and applying its object, and changes neither", async () => {
  const { files, pass } = await shop("nodes");
  const plain = await pass();
  files.web = "b";
  const swap: Task = {
    id: "swap:web",
    kind: "swap",
    mode: "act",
    deps: [taskId.deliver("web")],
    precedes: ({ id: task }) => task === apply,
    keyParts: (inputs) => ({ image: inputs.get(taskId.deliver("web")) }),
    run: async () => null,
  };
  const { changed, outputs } = await pass({ more: [swap] });
  const order = ["deliver:web", "swap:web", apply];
  expect(changed.filter((task) => order.includes(task))).toEqual(order);
  expect(outputs.get(apply)).toEqual(plain.outputs.get(apply) ?? null);
  // Nothing is known by another name or key than without it.
  files.web = "a";
  expect((await pass()).verdicts.get("deliver:web")).toMatchObject({ kind: "fresh" });
});
