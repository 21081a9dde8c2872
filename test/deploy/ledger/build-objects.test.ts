/** Objects of builds from their note to their end: what is left of a killed process goes, what another one uses stays. */
import { expect, test } from "bun:test";
import type { Cluster, KubeObject, RequestOptions } from "../../../src/cluster/cluster.ts";
import { buildCleaner, buildMaker, makeForBuild, sweepBuilds } from "../../../src/deploy/ledger/build-objects.ts";
import { Ledger, placesOfThings } from "../../../src/deploy/ledger/ledger.ts";
import { tryLock } from "../../../src/store/lock.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";
import { tempFolder } from "../../rig/temp-folder.ts";
import { memoryDocuments } from "../memory-documents.ts";

const signal = () => new AbortController().signal;
const identity = { project: "/shop", cluster: "c", namespace: "builds" };

const pod = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "builds", labels: { own: "label" } },
});
const ref = (name: string) => ({ apiVersion: "v1", kind: "Pod", namespace: "builds", name });

/** A place where processes build; each has a lock until it is ended. */
async function place() {
  const folder = await tempFolder();
  const at = new MemoryCluster();
  const documents = memoryDocuments();
  /** What the server does with a create. */
  let created: (object: KubeObject) => Response | Promise<Response> = (object) =>
    Response.json(at.set(object), { status: 201 });
  const cluster: Cluster = {
    ...at.cluster,
    fetch: async (path, options: RequestOptions = {}) =>
      options.method === "POST"
        ? created(JSON.parse(options.body ?? "") as KubeObject)
        : at.cluster.fetch(path, options),
  };
  const notices: string[] = [];
  return {
    at,
    cluster,
    documents,
    notices,
    onCreate(answer: typeof created) {
      created = answer;
    },
    async process() {
      const late = new AsyncDisposableStack();
      const maker = buildMaker(
        (name) => tryLock(`${folder.path}/${name}`),
        (text) => void notices.push(text),
        late,
      );
      const target = { cluster, ledger: await Ledger.open(documents, identity) };
      return {
        make: (object: KubeObject) => makeForBuild(maker, target, "web")(object, signal()),
        sweep: () => sweepBuilds(maker, target, signal()),
        clean: (name: string) => {
          const entry = target.ledger.get({ ...ref(name), thing: "build" });
          if (!entry) throw new Error("it is not noted");
          return buildCleaner(maker, async () => cluster)(entry, signal());
        },
        /** As the kernel does when it is killed: only its lock goes. */
        killed: () => late.disposeAsync(),
      };
    },
    noted: async () => (await placesOfThings(documents, "/shop", "build")).length > 0,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test("it is noted before it is made, marked, and forgotten once it is gone", async () => {
  await using it = await place();
  const one = await it.process();
  let noted = false;
  it.onCreate(async (object) => {
    noted = await it.noted();
    return Response.json(it.at.set(object), { status: 201 });
  });
  {
    await using made = await one.make(pod("kaniko-1"));
    expect(made.uid).toBe(it.at.get(ref("kaniko-1"))?.metadata.uid as string);
    expect(it.at.get(ref("kaniko-1"))?.metadata.labels).toEqual({
      own: "label",
      "devloop.dev/build": expect.any(String),
    });
    expect([noted, await it.noted()]).toEqual([true, true]);
  }
  expect(it.at.get(ref("kaniko-1"))).toBeUndefined();
  expect(await it.noted()).toBe(false);
  expect(it.notices).toEqual([]);
  await one.killed();
});

test("a create whose answer was lost leaves nothing", async () => {
  await using it = await place();
  const one = await it.process();
  it.onCreate((object) => {
    it.at.set(object);
    throw new TypeError("the socket was closed");
  });
  expect(one.make(pod("kaniko-1"))).rejects.toThrow();
  await one.make(pod("kaniko-1")).catch(() => undefined);
  expect(it.at.get(ref("kaniko-1"))).toBeUndefined();
  expect(await it.noted()).toBe(false);
  await one.killed();
});

test("a running process's objects stay; those of a killed one are swept, also by the process that took its lock over", async () => {
  await using it = await place();
  const one = await it.process();
  await one.make(pod("kaniko-1"));
  const two = await it.process();
  await two.sweep();
  expect(await two.clean("kaniko-1")).toMatchObject({ result: "kept" });
  expect(it.at.get(ref("kaniko-1"))).toBeDefined();

  await one.killed();
  // The number of the killed process's lock is this one's now.
  await using other = await two.make(pod("kaniko-2"));
  await two.sweep();
  expect(it.at.get(ref("kaniko-1"))).toBeUndefined();
  expect(it.at.get(ref("kaniko-2"))?.metadata.uid).toBe(other.uid);
  expect(it.notices).toEqual(["removed pod/kaniko-1 in namespace builds, which a build that was killed had left"]);
  await two.killed();
});

test("a clean-up by the ledger removes it, and leaves another object of that name alone", async () => {
  await using it = await place();
  const one = await it.process();
  await one.make(pod("kaniko-1"));
  await one.make(pod("kaniko-2"));
  await one.killed();
  it.at.set({ ...pod("kaniko-2"), metadata: { ...pod("kaniko-2").metadata, labels: {}, uid: "another" } });
  const two = await it.process();
  expect(await two.clean("kaniko-1")).toEqual({ result: "deleted" });
  expect(await two.clean("kaniko-2")).toEqual({ result: "deleted" });
  expect(it.at.get(ref("kaniko-1"))).toBeUndefined();
  expect(it.at.get(ref("kaniko-2"))?.metadata.uid).toBe("another");
  await two.killed();
});

test("an object that another process has made under the name stays noted as that process's", async () => {
  await using it = await place();
  const one = await it.process();
  const made = await one.make(pod("shared"));
  const two = await it.process();
  it.onCreate(() => refusal(409, "AlreadyExists", "it is there"));
  expect(await two.make(pod("shared")).catch(() => "refused")).toBe("refused");
  expect(it.at.get(ref("shared"))?.metadata.uid).toBe(made.uid);
  await one.killed();
  await two.killed();
  const three = await it.process();
  await three.sweep();
  expect(it.at.get(ref("shared"))).toBeUndefined();
  expect(await it.noted()).toBe(false);
});

test("a removal that fails is told, and is done by the next start", async () => {
  await using it = await place();
  const one = await it.process();
  const made = await one.make(pod("kaniko-1"));
  it.at.override = (asked) => (asked.startsWith("DELETE") ? refusal(500, "InternalError", "not now") : undefined);
  await made[Symbol.asyncDispose]();
  expect(it.notices.join()).toContain(
    "pod/kaniko-1 in namespace builds is left of a build, and goes with the next start: ",
  );
  await one.killed();
  it.at.override = () => undefined;
  await (await it.process()).sweep();
  expect(it.at.get(ref("kaniko-1"))).toBeUndefined();
});
