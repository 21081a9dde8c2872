/** Sessions around a fake project, with a watcher in the test's hand and a virtual clock. */
import { describe, expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { RefusedConfig } from "../../../src/config/load/refused.ts";
import type { DevProject, PassChanges, PassOutcome } from "../../../src/dev/loop/dev-project.ts";
import type { ProjectFiles } from "../../../src/dev/loop/project-files.ts";
import type { Pass } from "../../../src/dev/loop/reducer.ts";
import { devSession, type SessionOptions } from "../../../src/dev/loop/session.ts";
import type { WatchTargets } from "../../../src/dev/watch/watcher.ts";
import type { Diagnostic } from "../../../src/diag/diagnostic.ts";
import { Failure } from "../../../src/diag/failure.ts";
import type { Event } from "../../../src/event/event.ts";
import { moment } from "../../../src/std/moment.ts";
import { flatInputs } from "../../rig/flat-inputs.ts";
import { MemoryWatcher } from "../../rig/memory-watcher.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";
import { artifactOf } from "../sources.ts";

const done: PassOutcome = { end: "done", did: "rebuild", places: new Map() };
const failed: PassOutcome = { ...done, end: "failed" };

/** Nothing here is synced, so nobody asks the cluster. */
const noCluster: Cluster = {
  context: "none",
  namespace: "default",
  endpoint: { url: "https://none", tls: {}, headers: async () => ({}) },
  fetch: () => Promise.reject(new Error("nobody asks the cluster")),
};

interface Setup {
  pass?(pass: Pass, signal: AbortSignal, changes: PassChanges): Promise<PassOutcome>;
  reload?(): Promise<void>;
  targets?(): WatchTargets;
  files?: Partial<ProjectFiles>;
  more?: Partial<SessionOptions>;
  cluster?: Cluster;
  /** What the session is given for the project at `/work`. */
  project?(root: DevProject): DevProject;
}

function start({ pass, reload, targets, files = {}, more = {}, cluster = noCluster, project = (root) => root }: Setup) {
  const clock = virtualClock();
  const watcher = new MemoryWatcher();
  const events: Event[] = [];
  const order: string[] = [];
  const passes: Pass[] = [];
  /** For each pass the paths that it was told of, each with the artifacts that are built for it. */
  const told: string[][] = [];
  const end = new AbortController();
  const projectAt = (root: string): DevProject => ({
    places: [{ id: "place", cluster, overlayName: (image) => `overlay/${image}` }],
    targets: targets ?? (() => ({ roots: [root], files: [] })),
    async files(): Promise<ProjectFiles> {
      return {
        artifacts: [await artifactOf("web", "FROM x\nCOPY src /src\n")],
        isConfig: (path) => path === "/work/skaffold.yaml",
        observed: (path) =>
          path === "/work/app.yaml" ? [{ task: "render:app", rule: "app.yaml", changes: true }] : [],
        others: () => ({ roots: [], files: ["/work/app.yaml"] }),
        ...files,
      };
    },
    print: async () => "print",
    heard: () => undefined,
    async pass(asked, changes, signal) {
      order.push("pass");
      passes.push(asked);
      told.push(changes.paths.map(({ path, rebuilds }) => [path, ...rebuilds].join(" ")));
      return pass ? pass(asked, signal, changes) : done;
    },
    async reload() {
      await reload?.();
      return projectAt("/elsewhere");
    },
  });
  const session = devSession(
    {
      project: project(projectAt("/work")),
      documents: {
        read: async () => undefined,
        write: async () => {},
        remove: async () => {},
        edit: async () => {},
        list: async () => [],
      },
      openWatcher: (targets, listener, pruned) => {
        order.push("watch");
        return watcher.open(targets, listener, pruned);
      },
      streams: [
        () => {
          order.push("stream");
          return { [Symbol.asyncDispose]: async () => void order.push("stream ends") };
        },
      ],
      staysOnFailure: false,
      clock,
      emit: (event) => void events.push(event),
      ...more,
    },
    end.signal,
  );
  const has = (type: Event["type"]) => events.some((event) => event.type === type);
  const save = async (...paths: string[]) => {
    watcher.changed(...paths);
    await clock.advance(20);
  };
  return { clock, watcher, events, order, passes, told, end, session, has, save };
}

/** Sessions look for git on the real disk, which takes its own time; `ms` of the clock's pass at every look. */
async function running(at: ReturnType<typeof start>, until: () => boolean, ms = 0): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!until() && performance.now() < deadline) await at.clock.advance(ms);
  if (!until()) throw new Error(`it did not come to that: ${JSON.stringify(at.events)}`);
}

test("directories of a context in which nothing counts are not watched", async () => {
  const at = start({});
  await running(at, () => at.has("watching"));
  expect(["/work/web/src", "/work/web/src/sub"].map(at.watcher.pruned)).toEqual([false, false]);
  expect(at.watcher.pruned("/work/web/node_modules")).toBe(true);
  at.end.abort();
  await at.session;
});

test("files are watched and streams run before the first pass; all end with the session", async () => {
  const at = start({});
  await running(at, () => at.has("watching"));
  expect(at.order).toEqual(["watch", "stream", "pass"]);
  expect(at.passes[0]?.needs.everything).toBe(true);
  at.end.abort();
  expect(await at.session).toBe("ended");
  expect(at.order.at(-1)).toBe("stream ends");
  expect(at.watcher.disposed).toBe(true);
});

test("an edit during the first pass leads to another one", async () => {
  const first = Promise.withResolvers<PassOutcome>();
  const at = start({ pass: ({ number }) => (number === 1 ? first.promise : Promise.resolve(done)) });
  await running(at, () => at.passes.length === 1);
  at.watcher.changed("/work/web/src/main.go");
  await at.clock.advance(20);
  await running(at, () => at.passes.length === 2);
  first.resolve({ ...done, end: "superseded" });
  await running(at, () => at.has("watching"));
  expect(at.events.filter((event) => event.type === "save")).toHaveLength(1);
  at.end.abort();
  await at.session;
});

describe("a first pass that fails", () => {
  test("ends a session that nobody watches", async () => {
    const at = start({ pass: async () => failed });
    expect(await at.session).toBe("failed");
    expect(at.watcher.disposed).toBe(true);
  });

  test("leaves one running where a person is there, and the next save does all of it", async () => {
    let broken = true;
    const at = start({ pass: async () => (broken ? failed : done), more: { staysOnFailure: true } });
    await running(at, () => at.has("watching"));
    broken = false;
    at.watcher.changed("/work/web/src/main.go");
    await at.clock.advance(20);
    await running(at, () => at.has("save"));
    expect(at.passes[1]?.needs.everything).toBe(true);
    at.end.abort();
    expect(await at.session).toBe("ended");
  });
});

describe("what failed for a cause that may pass", () => {
  const away = { ...failed, failures: [{ severity: "error" as const, message: "no answer", passing: true as const }] };

  test("is tried again when the server answers, with all that it was to do, and its end is told", async () => {
    let answers = 0;
    const cluster: Cluster = {
      ...noCluster,
      fetch: async () => new Response("", { status: answers++ < 3 ? 503 : 200 }),
    };
    const at = start({
      pass: async ({ number }) => (number === 1 ? away : { ...done, did: "nothing" }),
      more: { staysOnFailure: true },
      cluster,
    });
    await running(at, () => at.has("watching"));
    await running(at, () => at.passes.length === 2, 500);
    expect(answers).toBe(4);
    expect(at.passes[1]?.needs.everything).toBe(true);
    await running(at, () => at.has("save"));
    expect(at.events.filter((event) => event.type === "save")).toMatchObject([{ what: "nothing", paths: 0 }]);
    at.end.abort();
    expect(await at.session).toBe("ended");
  });

  test("is tried again after saves that failed as well, each with its reason", async () => {
    let isAway = true;
    const cluster: Cluster = { ...noCluster, fetch: async () => new Response("", { status: isAway ? 503 : 200 }) };
    const at = start({ pass: async ({ number }) => (number > 1 && isAway ? away : done), cluster });
    await running(at, () => at.has("watching"));
    const saves = () => at.events.filter((event) => event.type === "save");
    for (let i = 1; i <= 9; i++) {
      await at.save(`/work/web/src/${i}.go`);
      await running(at, () => saves().length === i);
    }
    await at.clock.advance(10_000);
    expect(saves().map(({ what, why }) => [what, why])).toEqual(Array(9).fill(["failed", "no answer"]));
    const before = at.passes.length;
    isAway = false;
    await running(at, () => saves().length === 10, 500);
    expect(saves().at(-1)?.what).toBe("rebuild");
    expect(at.passes).toHaveLength(before + 1);
    expect([...(at.passes.at(-1)?.needs.artifacts ?? [])]).toEqual(["web"]);
    await at.clock.advance(100_000);
    expect(at.passes).toHaveLength(before + 1);
    at.end.abort();
    await at.session;
  });

  test("is not tried again where the session has ended with it", async () => {
    const at = start({ pass: async () => away, cluster: { ...noCluster, fetch: async () => new Response("ok") } });
    expect(await at.session).toBe("failed");
    await at.clock.advance(10_000);
    expect(at.clock.sleepers).toBe(0);
    expect(at.has("notice")).toBe(false);
  });

  test("waits for what else the project needs", async () => {
    const back = Promise.withResolvers<void>();
    const at = start({
      pass: async ({ number }) => (number === 1 ? away : done),
      more: { staysOnFailure: true },
      cluster: { ...noCluster, fetch: async () => new Response("ok") },
      project: (root) => ({ ...root, answers: () => back.promise }),
    });
    await running(at, () => at.has("watching"));
    await at.clock.advance(20_000);
    expect(at.passes).toHaveLength(1);
    back.resolve();
    await running(at, () => at.passes.length === 2);
    at.end.abort();
    await at.session;
  });
});

test("an older pass whose reload is slow neither supersedes a newer one nor takes anything over", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let reloads = 0;
  const ends: ((outcome: PassOutcome) => void)[] = [];
  const at = start({
    async reload() {
      await gates[reloads++]?.promise;
    },
    pass: ({ number }) => (number === 1 ? Promise.resolve(done) : new Promise((resolve) => void ends.push(resolve))),
  });
  await running(at, () => at.has("watching"));
  await at.save("/work/skaffold.yaml");
  await running(at, () => reloads === 1);
  await at.save("/work/web/src/main.go");
  await running(at, () => reloads === 2);
  gates[1]?.resolve();
  await running(at, () => at.passes.length === 2);
  gates[0]?.resolve();
  await at.clock.advance(5000);
  expect(at.passes.map(({ number }) => number)).toEqual([1, 3]);
  expect(ends).toHaveLength(1);
  ends[0]?.(done);
  await running(at, () => at.events.filter((event) => event.type === "save").length === 2);
  at.end.abort();
  await at.session;
});

test("what a path leads to is told and done: nothing, a render, a build", async () => {
  const at = start({});
  await running(at, () => at.has("watching"));
  const saved = () => at.events.filter((event) => event.type === "save").length;
  for (const [i, path] of ["/work/web/README", "/work/app.yaml", "/work/web/src/a"].entries()) {
    at.watcher.changed(path);
    await at.clock.advance(20);
    await running(at, () => saved() === i + 1);
  }
  expect(at.events.flatMap((event) => (event.type === "change" ? event.verdicts : []))).toMatchObject([
    { kind: "ignored" },
    { kind: "observe", task: "render:app", rule: "app.yaml" },
    { kind: "rebuild", artifact: "web" },
  ]);
  expect(at.passes.slice(1).map(({ needs }) => [needs.pass, [...needs.artifacts]])).toEqual([
    [true, []],
    [false, ["web"]],
  ]);
  // Also what led to nothing: whoever looked at it earlier judges by itself.
  expect(at.told.slice(1)).toEqual([["/work/web/README", "/work/app.yaml"], ["/work/web/src/a web"]]);
  at.end.abort();
  await at.session;
});

test("a changed configuration is read, watched and passed anew", async () => {
  const at = start({});
  await running(at, () => at.has("watching"));
  await at.save("/work/skaffold.yaml");
  await running(at, () => at.passes.length === 2);
  expect(at.passes[1]?.needs.everything).toBe(true);
  expect(at.watcher.targets.roots).toEqual(["/elsewhere"]);
  at.end.abort();
  await at.session;
});

test("a configuration that was written before its file was watched is read again", async () => {
  const at = start({ project: (root) => ({ ...root, rewritten: () => ["/work/skaffold.yaml"] }) });
  await running(at, () => at.watcher.targets.roots[0] === "/elsewhere", 10);
  await running(at, () => at.has("watching"));
  at.end.abort();
  await at.session;
});

/** Projects in places by name, each with an image there; clusters are away, and what is asked of them is noted. */
async function placed(...steps: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const clusterOf = (context: string): Cluster => ({
    ...noCluster,
    context,
    fetch: (path) => {
      asked.push(`${context} ${path.split("?")[0]}`);
      return Promise.reject(new Failure("away"));
    },
  });
  const place = () => ({ kind: "placed", rule: "r", destinations: ["/src/a"] }) as const;
  const synced = await artifactOf("web", "FROM x\nCOPY src /src\n", { place });
  const deployed = { imageId: "sha256:1", reference: "web:1", inputs: flatInputs({}), readAt: moment() };
  const outcome = { images: new Map([["web", deployed]]), namespaces: ["default"] };
  const began: string[] = [];
  const inPlaces = (project: DevProject, step: number): DevProject => {
    const ids = steps[step] ?? [];
    return {
      ...project,
      places: ids.map((id) => ({ id, cluster: clusterOf(id), overlayName: (image) => `overlay/${id}/${image}` })),
      begin: async () => void began.push(ids.join(" ")),
      reload: async (signal) => inPlaces(await project.reload(signal), step + 1),
      async pass(pass, changes, signal) {
        began.push(`pass in ${ids.join(" ")}`);
        return { ...(await project.pass(pass, changes, signal)), places: new Map(ids.map((id) => [id, outcome])) };
      },
    };
  };
  const at = start({ files: { artifacts: [synced] }, project: (root) => inPlaces(root, 0) });
  await running(at, () => at.has("watching"));
  const reload = async () => {
    const passes = began.length;
    const saves = () => at.events.filter(({ type }) => type === "save").length;
    const before = saves();
    at.watcher.changed("/work/skaffold.yaml");
    await at.clock.advance(20);
    await running(at, () => began.length === passes + 2);
    await running(at, () => saves() > before);
  };
  return { ...at, asked, began, reload };
}

test("a reload that leads to another place is in force before its pass, and syncs there", async () => {
  const at = await placed(["first"], ["second"]);
  await at.reload();
  expect(at.began).toEqual(["first", "pass in first", "second", "pass in second"]);
  expect(at.asked).toEqual(["first /api/v1/namespaces/default/pods", "second /api/v1/namespaces/default/pods"]);
  at.end.abort();
  await at.session;
});

test("a place that a reload adds or takes away leaves what is watched in the others as it is", async () => {
  const at = await placed(["first"], ["first", "second"], ["second"], ["first"]);
  const pods = (id: string) => `${id} /api/v1/namespaces/default/pods`;
  const asked = async (expected: string) => {
    const before = at.asked.length;
    await at.reload();
    await running(at, () => at.asked.slice(before).includes(expected));
    return at.asked.slice(before);
  };
  // A watch that failed is opened anew by the pass: only the clusters that were asked count here.
  expect(at.asked).toEqual([pods("first")]);
  await asked(pods("second"));
  expect(await asked(pods("second"))).not.toContain(pods("first"));
  await asked(pods("first"));
  at.end.abort();
  await at.session;
});

describe("a configuration that is refused", () => {
  const wrong: Diagnostic = { severity: "error", message: "unknown field" };
  const refusing = () => {
    const reloads = { count: 0, refuse: true };
    const at = start({
      async reload() {
        reloads.count++;
        if (reloads.refuse) throw new RefusedConfig(["/work/skaffold.yaml", "/other/absent.yaml"], wrong);
      },
    });
    return { at, reloads };
  };
  const saves = ({ events }: ReturnType<typeof start>) => events.filter((event) => event.type === "save");
  const told = ({ events }: ReturnType<typeof start>) =>
    events.flatMap((event) => (event.type === "notice" && event.text.includes("unknown field") ? [event.text] : []));

  test("leaves the one before in force: nothing is passed for it, and its save failed with its words", async () => {
    const { at } = refusing();
    await running(at, () => at.has("watching"));
    await at.save("/work/skaffold.yaml");
    await running(at, () => at.has("save"));
    expect(at.passes).toHaveLength(1);
    expect(at.events).toContainEqual({ type: "diagnostic", diagnostic: wrong });
    expect(saves(at)).toMatchObject([{ what: "failed", why: "unknown field" }]);
    expect(at.watcher.targets).toEqual({ roots: ["/work"], files: ["/work/skaffold.yaml", "/other/absent.yaml"] });
    at.end.abort();
    await at.session;
  });

  test("holds up no other save, is not read again by one, and is told again at each", async () => {
    const { at, reloads } = refusing();
    await running(at, () => at.has("watching"));
    await at.save("/work/skaffold.yaml");
    await running(at, () => saves(at).length === 1);
    for (const path of ["/work/web/src/main.go", "/work/app.yaml"]) await at.save(path);
    await running(at, () => saves(at).length === 3);
    expect(at.passes.slice(1).map(({ needs }) => [[...needs.artifacts], needs.pass, needs.everything])).toEqual([
      [["web"], false, false],
      [[], true, false],
    ]);
    expect(saves(at).map(({ what }) => what)).toEqual(["failed", "rebuild", "rebuild"]);
    expect(reloads.count).toBe(1);
    expect(told(at)).toHaveLength(2);
    at.end.abort();
    await at.session;
  });

  test("saved together with code: the code is built by the configuration that is in force", async () => {
    const { at } = refusing();
    await running(at, () => at.has("watching"));
    await at.save("/work/skaffold.yaml", "/work/web/src/main.go");
    await running(at, () => at.has("save"));
    expect(at.passes[1]?.needs).toMatchObject({ artifacts: new Set(["web"]), reload: false, everything: false });
    expect(saves(at)).toMatchObject([{ what: "rebuild", paths: 2 }]);
    expect(told(at)).toHaveLength(1);
    at.end.abort();
    await at.session;
  });

  test("is read again at the next save of one of its files, also of one that was not there", async () => {
    const { at, reloads } = refusing();
    await running(at, () => at.has("watching"));
    await at.save("/work/skaffold.yaml");
    await running(at, () => saves(at).length === 1);
    await at.save("/other/absent.yaml");
    await running(at, () => saves(at).length === 2);
    expect(reloads.count).toBe(2);
    reloads.refuse = false;
    await at.save("/work/skaffold.yaml");
    await running(at, () => at.passes.length === 2);
    expect(at.passes[1]?.needs.everything).toBe(true);
    expect(at.watcher.targets).toEqual({ roots: ["/elsewhere"], files: [] });
    at.end.abort();
    await at.session;
  });
});

test("a reload that fails by something that is away is owed, and tried again when it is back", async () => {
  let away = true;
  const at = start({
    async reload() {
      if (away) throw new Failure({ severity: "error", message: "no answer", passing: true });
    },
    cluster: { ...noCluster, fetch: async () => new Response("ok") },
  });
  await running(at, () => at.has("watching"));
  await at.save("/work/skaffold.yaml");
  await running(at, () => at.has("save"));
  expect(at.passes).toHaveLength(1);
  away = false;
  await running(at, () => at.passes.length === 2, 500);
  expect(at.passes[1]?.needs.everything).toBe(true);
  at.end.abort();
  await at.session;
});

test("what a pass is about to look at is watched first, and nothing is aimed anew for what is watched already", async () => {
  const roots = ["/work"];
  const seen: (readonly string[])[] = [];
  const at = start({
    targets: () => ({ roots: [...roots], files: [] }),
    async pass({ number }, _signal, { watch }) {
      if (number > 1) return done;
      await watch({ roots: ["/work/web"], files: ["/work/Dockerfile"] });
      seen.push(at.watcher.targets.roots);
      roots.push("/shared/lib", "/elsewhere");
      await Promise.all([watch({ roots: ["/shared/lib"], files: [] }), watch({ roots: [], files: ["/elsewhere/x"] })]);
      seen.push(at.watcher.targets.roots);
      return done;
    },
  });
  await running(at, () => at.has("watching"));
  expect(seen).toEqual([["/work"], ["/work", "/shared/lib", "/elsewhere"]]);
  expect(at.watcher.aimed).toBe(2);
  at.end.abort();
  await at.session;
});

test("no path is kept from the passes: those of a failed one are told once, those that wait for a reload later", async () => {
  let broken = true;
  const at = start({
    pass: async ({ number }) => (number === 2 ? failed : done),
    async reload() {
      if (broken) throw new Failure({ severity: "error", message: "the file is busy", passing: true });
    },
  });
  await running(at, () => at.has("watching"));
  await at.save("/work/web/src/a");
  await running(at, () => at.passes.length === 2);
  await at.save("/work/skaffold.yaml", "/work/web/src/b");
  await running(at, () => at.passes.length === 3, 20);
  broken = false;
  await at.save("/work/web/README");
  await running(at, () => at.passes.length === 4, 500);
  expect(at.told.slice(1)).toEqual([
    ["/work/web/src/a web"],
    ["/work/skaffold.yaml", "/work/web/src/b web"],
    expect.arrayContaining(["/work/web/README"]),
  ]);
  at.end.abort();
  await at.session;
});

test("what is written to the file that the session prints to is no save", async () => {
  const at = start({ more: { isOwnOutput: (path) => path === "/work/web/src/dev.log" } });
  await running(at, () => at.has("watching"));
  await at.save("/work/web/src/dev.log");
  await at.save("/work/web/src/main.go");
  await running(at, () => at.has("save"));
  expect(at.events.flatMap((event) => (event.type === "change" ? [event.path] : []))).toEqual([
    "/work/web/src/main.go",
  ]);
  at.end.abort();
  await at.session;
});

test("builds hear of every file event when it comes, but for an editor's files and the session's own", async () => {
  const heard: string[] = [];
  const project = (root: DevProject): DevProject => ({ ...root, heard: (path) => void heard.push(path) });
  const at = start({ project, more: { isOwnOutput: (path) => path === "/work/dev.log" } });
  await running(at, () => at.has("watching"));
  at.watcher.changed("/work/web/src/new.go", "/work/web/src/.new.go.swp", "/work/dev.log");
  expect(heard).toEqual(["/work/web/src/new.go"]);
  at.end.abort();
  await at.session;
});

test("lost events lead to a reload and a whole pass", async () => {
  const at = start({});
  await running(at, () => at.has("watching"));
  at.watcher.lost("the queue overflowed");
  await at.clock.advance(20);
  await running(at, () => at.passes.length === 2);
  expect(at.passes[1]?.needs.everything).toBe(true);
  expect(at.watcher.targets.roots).toEqual(["/elsewhere"]);
  at.end.abort();
  await at.session;
});

test("an abort during the first pass ends the session when the pass has ended", async () => {
  const at = start({
    pass: (_pass, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
  });
  await running(at, () => at.passes.length === 1);
  at.end.abort();
  expect(await at.session).toBe("ended");
  expect(at.has("watching")).toBe(false);
});
