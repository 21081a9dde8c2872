/** What a project has for itself, and what two projects of one session share. Clusters and the engine are fakes. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { commands } from "../../src/cli/commands.ts";
import { type ProjectServices, projectServices, type ServiceMeans } from "../../src/cli/compose/project-services.ts";
import { globalFlags } from "../../src/cli/flag-table.ts";
import { parseFlags } from "../../src/command/flags.ts";
import type { ProjectPlace } from "../../src/deploy/place/project-places.ts";
import { Failure } from "../../src/diag/failure.ts";
import type { Engine } from "../../src/image/engine/engine.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { header, loadFiles } from "../rig/config-files.ts";
import { type FakeApi, fakeApi } from "../rig/fake-api.ts";
import { type TempFolder, tempFolder } from "../rig/temp-folder.ts";

let home: TempFolder;
let store: Store;
const apis = new Map<string, FakeApi>();
let kubeconfig = "";

beforeAll(async () => {
  home = await tempFolder();
  store = await openStore({
    stateDir: join(home.path, "state"),
    cacheDir: join(home.path, "cache"),
    clock: systemClock,
  });
  for (const name of ["one", "two"])
    apis.set(name, await fakeApi(() => Response.json({ metadata: { name, uid: `uid-${name}` }, items: [] })));
  kubeconfig = join(home.path, "kubeconfig");
  const names = [...apis.keys()];
  await Bun.write(
    kubeconfig,
    JSON.stringify({
      "current-context": "one",
      contexts: names.map((name) => ({ name, context: { cluster: name, user: "u", namespace: `default-${name}` } })),
      clusters: names.map((name) => ({ name, cluster: { server: apis.get(name)?.url } })),
      users: [{ name: "u", user: {} }],
    }),
  );
});
afterAll(async () => {
  for (const api of apis.values()) await api[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

/** An engine that runs no container; the first `broken` requests do not reach it. */
function engineOf(broken = 0): Engine & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    endpoint: { kind: "unix", path: "/nowhere", from: "the test" },
    async request(path) {
      asked.push(path);
      if (asked.length <= broken) throw new Failure("cannot reach the Docker engine");
      return Response.json([]);
    },
  };
}

function servicesOf(engine: Engine, argv: readonly string[] = []) {
  const dev = commands.find(({ name }) => name === "dev");
  const parsed = parseFlags(["--kubeconfig", kubeconfig, ...argv], [...(dev?.flags ?? []), ...globalFlags], {});
  if ("usage" in parsed) throw new Error(parsed.usage);
  const output = { write: () => undefined, isTerminal: false, columns: 80 };
  const { signal } = new AbortController();
  const means: ServiceMeans = {
    invocation: {
      command: "dev",
      flags: parsed.flags,
      args: [],
      argv: [],
      env: {},
      cwd: home.path,
      stdout: output,
      stderr: output,
      signal,
      commands: [],
      terminal: { isHere: () => false, lend: () => Promise.reject(new Error("no terminal")) },
      staysUntilSignal: () => undefined,
    },
    engine,
    credentials: async () => undefined,
    store,
    notice: () => undefined,
    late: new AsyncDisposableStack(),
    signal,
  };
  const of = projectServices(means);
  return async (body: string): Promise<ProjectServices & ProjectPlace> => {
    const { project, environment, printed } = await loadFiles({ "skaffold.yaml": header + body });
    if (!project) throw new Error(printed);
    const services = of({
      project: { ...project, file: join(home.path, "skaffold.yaml"), cwd: home.path },
      environment,
    });
    return { ...services, ...services.places[0] };
  };
}

const named = "metadata: {name: p}\n";

test("each project has the cluster, the delivery and the limits that its own configuration asks for", async () => {
  const open = servicesOf(engineOf());
  const before = await open(`${named}build: {local: {concurrency: 3}}\n`);
  const after = await open(`${named}build: {local: {concurrency: 1, push: false}}\ndeploy: {kubeContext: two}\n`);
  expect([before.limits.build, after.limits.build]).toEqual([3, 1]);
  expect([(await before.cluster()).context, (await after.cluster()).context]).toEqual(["one", "two"]);
  expect([(await before.delivers()).kind, (await after.delivers()).kind]).toEqual(["registry", "shared-engine"]);
  expect([(await before.destination()).kind, (await after.destination()).kind]).toEqual(["registry", "shared-engine"]);
});

test("a flag decides for every project", async () => {
  const open = servicesOf(engineOf(), ["--kube-context", "two", "--build-concurrency", "7", "--push"]);
  const services = await open(`${named}build: {local: {concurrency: 1, push: false}}\ndeploy: {kubeContext: one}\n`);
  expect(services.limits.build).toBe(7);
  expect((await services.cluster()).context).toBe("two");
  expect((await services.delivers()).kind).toBe("registry");
});

test("what is the same in two projects is the same connection, destination and ledger", async () => {
  const open = servicesOf(engineOf());
  const before = await open(`${named}build: {local: {concurrency: 3}}\n`);
  const after = await open(`${named}build: {local: {concurrency: 1}}\n`);
  // Whichever of them is asked first.
  expect(await after.cluster()).toBe(await before.cluster());
  const later = await open(`${named}build: {local: {concurrency: 2}}\n`);
  expect(await later.cluster()).toBe(await before.cluster());
  expect(await after.destination()).toBe(await before.destination());
  const [one, other] = [await before.target("shop"), await after.target("shop")];
  expect(other.ledger).toBe(one.ledger);
  expect((await after.target(undefined)).namespace).toBe("default-one");
  expect((await after.target("default-one")).ledger).toBe((await before.target(undefined)).ledger);
  expect((await after.target("other")).ledger).not.toBe(one.ledger);
});

test("registries without TLS are those of the project at hand", async () => {
  const open = servicesOf(engineOf());
  const insecure = (names: string) => open(`${named}build: {insecureRegistries: [${names}], local: {push: true}}\n`);
  const [one, two, again] = [await insecure("a:5000"), await insecure("b:5000"), await insecure("a:5000")];
  expect(await two.destination()).not.toBe(await one.destination());
  expect(await again.destination()).toBe(await one.destination());
});

test("another project has another ledger in the same place, and its cluster by its id", async () => {
  const open = servicesOf(engineOf());
  const [one, two] = [await open(named), await open("metadata: {name: q}\ndeploy: {kubeContext: two}\n")];
  expect([(await one.target("n")).clusterId, (await two.target("n")).clusterId]).toEqual(["uid-one", "uid-two"]);
  expect((await one.target("n")).ledger).not.toBe((await two.target("n")).ledger);
});

test("an engine that could not be reached is asked again", async () => {
  const engine = engineOf(1);
  const services = await servicesOf(engine)(`${named}`);
  expect(await services.delivers().catch((thrown: Error) => thrown.message)).toContain("cannot reach");
  expect((await services.delivers()).kind).toBe("registry");
});

test("modules that deploy to different contexts have a place each", async () => {
  const open = servicesOf(engineOf());
  const module = (name: string) => `metadata: {name: ${name}}\ndeploy: {kubeContext: ${name}}\n`;
  const { places } = await open(`${module("one")}---\n${header}${module("two")}`);
  expect(places.map(({ scope }) => scope)).toEqual(["one", "two"]);
  expect(await Promise.all(places.map(async ({ cluster }) => (await cluster()).context))).toEqual(["one", "two"]);
});
