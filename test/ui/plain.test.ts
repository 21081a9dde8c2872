import { describe, expect, test } from "bun:test";
import type { Event } from "../../src/event/event.ts";
import { painter } from "../../src/ui/paint.ts";
import { type Level, PlainView } from "../../src/ui/plain.ts";

/** What the view prints for a list of events; complaints are marked with `! `. */
function lines(events: readonly Event[], level: Level = "warn"): string {
  const out: string[] = [];
  const view = new PlainView({
    out: (line) => out.push(line),
    err: (text) =>
      out.push(
        ...text
          .trimEnd()
          .split("\n")
          .map((line) => `! ${line}`),
      ),
    paint: painter(false, {}, 34),
    level,
    timestamps: false,
    logPrefix: "container",
    cwd: "/project",
  });
  for (const [i, event] of events.entries()) view.show({ at: i, event });
  return out.join("\n");
}

const firstRun: readonly Event[] = [
  { type: "phase", phase: "tags", status: "started" },
  { type: "tag", artifact: "web", reference: "web:sha256-0123456789ab" },
  {
    type: "task-planned",
    task: "build:web",
    kind: "build",
    verdict: { kind: "stale", reason: "never-run", changes: [] },
  },
  { type: "build-started", artifact: "web" },
  { type: "tag", artifact: "api", reference: "api:sha256-ba9876543210" },
  { type: "phase", phase: "tags", status: "done" },
  { type: "build-step", artifact: "web", step: "s1", name: "[1/2] FROM busybox", status: "cached" },
  { type: "task-planned", task: "build:api", kind: "build", verdict: { kind: "fresh", proof: "in the engine" } },
  { type: "build-ended", artifact: "web", outcome: "done", seconds: 1.25, imageId: "sha256:1" },
  { type: "phase", phase: "deploy", status: "started" },
  {
    type: "deliver",
    image: "web:sha256-0123456789ab",
    destination: "kind node n",
    how: "full",
    bytes: 2_100_000,
    seconds: 0.4,
  },
  { type: "apply", object: "service/web", result: "unchanged" },
  { type: "apply", object: "deployment/web", result: "created" },
  { type: "phase", phase: "deploy", status: "done" },
  { type: "phase", phase: "wait", status: "started" },
  { type: "wait", object: "deployment/web", state: "progressing", message: "waiting for 1 of 1 pods" },
  { type: "wait", object: "deployment/web", state: "progressing", message: "waiting for 1 of 1 pods" },
  { type: "wait", object: "deployment/web", state: "ready", message: "", pending: 0, total: 1 },
  { type: "phase", phase: "wait", status: "done", seconds: 2.1 },
  {
    type: "forward",
    resource: "deployment/web",
    namespace: "default",
    port: 8080,
    address: "127.0.0.1",
    localPort: 4503,
    status: "listening",
  },
  { type: "watching" },
];

test("a first run reads in the article's order, whatever the order of events", () => {
  expect(lines(firstRun)).toBe(`Generating tags...
 - web -> web:sha256-0123456789ab
 - api -> api:sha256-ba9876543210
Checking cache...
 - web: Not found. Building
 - api: Found Locally
Building [web]...
 [web] [1/2] FROM busybox CACHED
Build [web] succeeded in 1.3 s
Tags used in deployment:
 - api -> api:sha256-ba9876543210
 - web -> web:sha256-0123456789ab
Starting deploy...
 - web:sha256-0123456789ab -> Loaded (kind node n, 2.10 MB, 0.4 s)
 - deployment/web created
Waiting for deployments to stabilize...
 - deployment/web: waiting for 1 of 1 pods
 - deployment/web is ready.
Deployments stabilized in 2.1 s
Port forwarding deployment/web in namespace default, remote port 8080 -> http://127.0.0.1:4503
Press Ctrl+C to exit
Watching for changes...`);
});

test("-v info says why, with the changed part", () => {
  const planned: Event = {
    type: "task-planned",
    task: "build:web",
    kind: "build",
    verdict: {
      kind: "stale",
      reason: "changed",
      changes: [
        { kind: "changed", path: "files.src/main.go", was: "a", now: "b" },
        { kind: "changed", path: "docker.buildArgs.TOKEN", was: "sealed:1", now: "sealed:2" },
        { kind: "added", path: "docker.target", now: "dev" },
        { kind: "removed", path: "docker.network", was: "host" },
      ],
    },
  };
  expect(lines([{ type: "phase", phase: "tags", status: "done" }, planned], "info")).toBe(
    "Checking cache...\n - web: Not found. Building\n ? build web: src/main.go changed; docker.buildArgs.TOKEN: (secret) -> (secret); docker.target added; and 1 more",
  );
  expect(lines([planned], "warn")).not.toContain("?");
});

test("hooks are told in the reference tool's words, their own lines as they are; -v info says whose they are", () => {
  const hook = (status: "started" | "output" | "done", line?: string): Event => ({
    type: "hook",
    name: "post-render",
    status,
    ...(line === undefined ? {} : { line }),
  });
  const events: readonly Event[] = [
    { type: "phase", phase: "tags", status: "done" },
    hook("started"),
    hook("output", "kind: ConfigMap"),
    hook("output", ""),
    hook("done"),
  ];
  expect(lines(events)).toBe("Starting post-render hooks...\nkind: ConfigMap\n\nCompleted post-render hooks");
  expect(lines(events, "info")).toBe(
    "Starting post-render hooks...\n[post-render] kind: ConfigMap\n[post-render] \nCompleted post-render hooks",
  );
});

test("a build that delivers says so, and nothing of a deployment", () => {
  const image = "web:sha256-0123456789ab";
  const delivered: readonly Event[] = [
    ...firstRun.slice(0, 9),
    { type: "phase", phase: "deliver", status: "started" },
    { type: "deliver", image, destination: "kind node n", how: "full", seconds: 0.4 },
    { type: "phase", phase: "deliver", status: "done" },
    { type: "run-ended", outcome: "ok", seconds: 2 },
  ];
  expect(lines(delivered).split("\n").slice(-3)).toEqual([
    "Build [web] succeeded in 1.3 s",
    "Delivering images...",
    ` - ${image} -> Loaded (kind node n, 0.4 s)`,
  ]);
});

describe("complaints", () => {
  test("a failed task shows place, caret, evidence and suggestion on standard error", () => {
    const failed: Event = {
      type: "task-ended",
      task: "build:web",
      kind: "build",
      outcome: "failed",
      seconds: 1,
      diagnostics: [
        {
          severity: "error",
          message: "the build of web failed at step [2/2] RUN make",
          at: { file: "web/Dockerfile", line: 2, column: 1, length: 8, text: "RUN make" },
          details: ["make: *** No targets.  Stop."],
          command: "docker buildx build web",
          suggestion: "run the command by itself",
        },
      ],
    };
    expect(lines([failed])).toBe(`! web/Dockerfile:2:1: error: the build of web failed at step [2/2] RUN make
! 2 | RUN make
!   | ^^^^^^^^
!   $ docker buildx build web
!   | make: *** No targets.  Stop.
!   hint: run the command by itself`);
  });

  const failedWith = (details: readonly string[]): Event => ({
    type: "task-ended",
    task: "build:web",
    kind: "build",
    outcome: "failed",
    seconds: 1,
    diagnostics: [{ severity: "error", message: "cannot build web", details }],
  });
  const said = (line: string): Event => ({ type: "build-output", artifact: "web", line });

  test("evidence that was shown a moment ago is not shown again, what is out of sight is", () => {
    const opened: Event = { type: "phase", phase: "tags", status: "done" };
    const failed = failedWith(["no such file", "make: stop"]);
    const shown = [opened, said("no such file"), said("make: stop")];
    expect(lines([...shown, failed])).toBe(" [web] no such file\n [web] make: stop\n! error: cannot build web");
    const others = Array.from({ length: 60 }, (_, i) => said(`line ${i}`));
    expect(lines([...shown, ...others, failed])).toEndWith("\n!   | no such file\n!   | make: stop");
    expect(lines([opened, said("make: stop"), failed])).toEndWith("\n!   | no such file\n!   | make: stop");
  });

  test("a container's log is the same under its complaint", () => {
    const logged = {
      type: "log",
      artifact: "w",
      pod: "p",
      container: "web",
      namespace: "n",
      line: "bad config",
    } as const;
    expect(lines([logged, failedWith(["web: bad config"])])).toBe("[web] bad config\n! error: cannot build web");
    expect(lines([logged, failedWith(["api: bad config"])])).toEndWith("!   | api: bad config");
  });

  test("a failed wait is told by its complaint alone", () => {
    const wait: Event = { type: "wait", object: "deployment/web", state: "failed", message: "it crashed" };
    expect(lines([wait, failedWith([])])).toBe("! error: cannot build web");
  });

  test("one cause of many failures at the same moment is told once", () => {
    const failed = (task: string, message: string): Event => ({
      type: "task-ended",
      task,
      kind: "live",
      outcome: "failed",
      seconds: 1,
      diagnostics: [{ severity: "error", message }],
    });
    const away = "the API server did not answer";
    expect(lines([failed("live:a", away), failed("live:b", away), failed("live:c", "no permission")])).toBe(
      `! error: ${away}\n! error: no permission`,
    );
  });

  test("the same notice at the same moment is told once", () => {
    const notice: Event = { type: "notice", level: "warning", text: "images are tagged latest" };
    expect(lines([notice, notice])).toBe("! warning: images are tagged latest");
  });

  test("what was skipped or cancelled is no complaint", () => {
    expect(lines([{ type: "task-ended", task: "apply:x", kind: "apply", outcome: "skipped", seconds: 0 }])).toBe("");
  });
});

test("an image that is given is known before its tag is told, and holds nothing up", () => {
  const verdict = { kind: "observe" } as const;
  expect(
    lines([
      { type: "phase", phase: "tags", status: "started" },
      { type: "task-planned", task: "build:web", kind: "look", verdict },
      { type: "tag", artifact: "web", reference: "web:given" },
      { type: "phase", phase: "tags", status: "done" },
      { type: "apply", object: "service/web", result: "created" },
    ]),
  ).toBe("Generating tags...\n - web -> web:given\n - service/web created");
});

test("a step that was cut short has not failed", () => {
  const step = { type: "build-step", artifact: "web", step: "a", name: "[2/2] RUN make", status: "failed" } as const;
  const opened: Event = { type: "phase", phase: "tags", status: "done" };
  const canceled = 'process "make" did not complete successfully: context canceled';
  expect(lines([opened, { ...step, error: canceled }])).toBe("");
  expect(lines([opened, { ...step, error: "exit code: 1" }])).toBe(" [web] [2/2] RUN make FAILED");
});

test("a save that failed says why on its line", () => {
  const save = { type: "save", what: "failed", paths: 1, seconds: 2.2 } as const;
  const why = "skaffold.yaml:3:1: unknown field (and 1 more)";
  expect(lines([{ ...save, why }])).toBe(`Failed in 2.2 s (1 file): ${why}`);
});

test("a save in which nothing counted is no news; one that ends in nothing to do is", () => {
  const save = { type: "save", what: "nothing", paths: 2, seconds: 0.1 } as const;
  const change: Event = {
    type: "change",
    path: "/work/.a.swp",
    verdicts: [{ kind: "ignored", rule: ".dockerignore:1" }],
  };
  for (const level of ["warn", "info"] as const) expect(lines([change, { ...save, counted: 0 }], level)).toBe("");
  expect(lines([change, { ...save, counted: 0 }], "debug")).toContain("Nothing to do");
  expect(lines([{ ...save, counted: 1 }])).toBe("Nothing to do, seen in 0.1 s (2 files)");
  expect(lines([{ ...save, paths: 0 }])).toBe("Nothing to do, seen in 0.1 s");
});

test("a second pass begins its sections again", () => {
  const pass: readonly Event[] = [
    { type: "phase", phase: "tags", status: "started" },
    { type: "tag", artifact: "web", reference: "web:1" },
    { type: "phase", phase: "tags", status: "done" },
    { type: "save", what: "rebuild", paths: 1, seconds: 0.9 },
  ];
  expect(lines([...pass, ...pass])).toBe(
    "Generating tags...\n - web -> web:1\nRebuilt and ready in 0.9 s (1 file)\nGenerating tags...\n - web -> web:1\nRebuilt and ready in 0.9 s (1 file)",
  );
});

describe("what is as it should be is counted at the start", () => {
  const fresh = (name: string): Event => ({
    type: "task-planned",
    task: `apply:Service/shop/${name}`,
    kind: "apply",
    verdict: { kind: "fresh", proof: "the cluster has it as applied" },
  });
  const deploy = (status: "started" | "done"): Event => ({ type: "phase", phase: "deploy", status });
  const tags = (status: "started" | "done"): Event => ({ type: "phase", phase: "tags", status });
  const ended = (outcome: "ok" | "failed"): Event => ({ type: "run-ended", outcome, seconds: 1 });

  test("where nothing had to be deployed", () => {
    const pass = [tags("started"), fresh("a"), fresh("b"), tags("done")];
    expect(lines([...pass, ended("ok")])).toBe("Nothing to deploy: 2 objects unchanged");
    expect(lines([...pass, ended("failed")])).toBe("");
    expect(lines([...pass, { type: "watching" }, ...pass, ended("ok")])).toBe(
      "Nothing to deploy: 2 objects unchanged\nPress Ctrl+C to exit\nWatching for changes...",
    );
  });

  test("where something had to", () => {
    const pass = [tags("started"), fresh("a"), deploy("started"), tags("done"), deploy("done")];
    expect(lines([...pass, ended("ok")])).toBe("Starting deploy...\n - 1 object unchanged");
    expect(lines([...pass, { type: "watching" }, ...pass])).toEndWith("Watching for changes...\nStarting deploy...");
  });
});

describe("a credential plugin", () => {
  const plugin = { type: "credential-plugin", plugin: "/opt/bin/kubelogin", context: "dev" } as const;

  test("is heard at once, also before the tags are known", () => {
    expect(
      lines([
        { type: "phase", phase: "tags", status: "started" },
        { ...plugin, status: "said", line: "enter the code AB" },
        { ...plugin, status: "waited-for" },
        { type: "phase", phase: "tags", status: "done" },
      ]),
    ).toBe(
      [
        "! [kubelogin] enter the code AB",
        '! Waiting for the credential plugin /opt/bin/kubelogin of the context "dev"...',
      ].join("\n"),
    );
  });

  test("that fails has said why already", () => {
    const diagnostic = { severity: "error", message: "it failed", details: ["log in first"] } as const;
    expect(
      lines([
        { ...plugin, status: "said", line: "log in first" },
        { type: "diagnostic", diagnostic },
      ]),
    ).toBe(["! [kubelogin] log in first", "! error: it failed"].join("\n"));
  });
});

describe("a complaint from before the tags are known", () => {
  const broken: Event = { type: "diagnostic", diagnostic: { severity: "error", message: "k8s/web.yaml is broken" } };
  const begin: Event = { type: "phase", phase: "tags", status: "started" };
  const tag: Event = { type: "tag", artifact: "web", reference: "web:1" };
  const tags = "Generating tags...\n - web -> web:1";

  test("stands below them", () => {
    expect(lines([begin, broken, tag, { type: "phase", phase: "tags", status: "done" }, broken])).toBe(
      `${tags}\n! error: k8s/web.yaml is broken`,
    );
  });

  test.each<[string, Event]>([
    ["the pass fails before they are", { type: "phase", phase: "tags", status: "failed" }],
    ["the run ends", { type: "run-ended", outcome: "failed", seconds: 1 }],
    ["a newer pass begins", begin],
  ])("is told where %s", (_, end) => {
    expect(lines([begin, broken, end])).toBe("! error: k8s/web.yaml is broken");
  });

  test("waits for nothing in a view of complaints alone", () => {
    const told: string[] = [];
    const view = new PlainView({
      err: (text) => told.push(text),
      paint: painter(false, {}, 34),
      level: "error",
      timestamps: false,
      logPrefix: "container",
      cwd: "/project",
    });
    for (const event of [begin, broken]) view.show({ at: 0, event });
    expect(told).toEqual(["error: k8s/web.yaml is broken\n"]);
  });
});
