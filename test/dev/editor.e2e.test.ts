/**
 * A random editor against a whole session on the real cluster: whenever it pauses, the container holds exactly what the
 * workspace does, file by file and by content; also after its container was restarted and its streams were cut.
 */
import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DevProject } from "../../src/dev/loop/dev-project.ts";
import type { ProjectFiles } from "../../src/dev/loop/project-files.ts";
import { devSession } from "../../src/dev/loop/session.ts";
import { manualPlacer } from "../../src/dev/sync/manual.ts";
import { notifyWatcher } from "../../src/dev/watch/notify-watcher.ts";
import type { Event } from "../../src/event/event.ts";
import { systemClock } from "../../src/std/clock.ts";
import { moment } from "../../src/std/moment.ts";
import { openDocuments } from "../../src/store/documents.ts";
import { describePath } from "../../src/store/tree/describe.ts";
import { imageFrom } from "../rig/built-on-node.ts";
import { eventually } from "../rig/eventually.ts";
import { flatInputs } from "../rig/flat-inputs.ts";
import { kubectl } from "../rig/kubectl.ts";
import { proxiedCluster } from "../rig/proxied-cluster.ts";
import { randomEditor } from "./random-editor.ts";
import { deploy, dockerfile, state } from "./synced-artifact.ts";

const seed = Number(process.env.DEVLOOP_TEST_SEED ?? 20_260_101);
const rounds = Number(process.env.DEVLOOP_TEST_ROUNDS ?? 25);

/** `directory path` and `file path digest`, a line each, sorted. */
const listing = 'cd "$0" && { find . -type d | sed "s/^/directory /"; find . -type f -exec sha256sum {} + ; } | sort';

test("at every pause the container holds what the workspace does", async () => {
  await using stack = new AsyncDisposableStack();
  const at = stack.use(await proxiedCluster("editor"));
  const home = stack.use(await state());
  const image = stack.use(await imageFrom("editor", dockerfile, { "site/page.html": "first" }));
  const site = join(image.context, "site");
  await image.deliver();
  await deploy(at.cluster, at.namespace, image.reference);
  const place = manualPlacer(
    [{ src: "site/**", dest: "/www", strip: "", at: { file: "", line: 1, column: 1, length: 1, text: "" } }],
    () => "/www",
  );
  const sources = {
    root: image.context,
    part: () => "in" as const,
    extra: [],
    rules: [],
    reason: () => "Dockerfile:8",
  };
  const files: ProjectFiles = {
    artifacts: [{ image: "site", required: false, sources, place }],
    isConfig: () => false,
    observed: () => [],
    others: () => ({ roots: [], files: [] }),
  };
  const passes: number[] = [];
  const project: DevProject = {
    places: [{ id: "place", cluster: at.cluster, overlayName: (name) => `overlay/editor/${name}` }],
    targets: () => ({ roots: [site], files: [] }),
    files: async () => files,
    print: describePath,
    heard: () => undefined,
    async pass({ number }, _changes, signal) {
      passes.push(number);
      const readAt = moment();
      const inputs = flatInputs({
        site: (await describePath(site, signal)) ?? "",
        "site/page.html": (await describePath(join(site, "page.html"), signal)) ?? "",
      });
      const images = new Map([["site", { imageId: image.imageId, reference: image.reference, inputs, readAt }]]);
      const outcome = { images, namespaces: [at.namespace] };
      return { end: "done", did: "nothing", places: new Map([["place", outcome]]) };
    },
    reload: async () => project,
  };
  const events: Event[] = [];
  const end = new AbortController();
  const session = devSession(
    {
      project,
      documents: openDocuments(home.directory),
      openWatcher: (targets, listener, pruned) =>
        notifyWatcher(targets, listener, { clock: systemClock, intervalMs: 1000, pruned }),
      streams: [],
      staysOnFailure: false,
      clock: systemClock,
      emit: (event) => void events.push(event),
    },
    end.signal,
  );
  await eventually("the session", () => events.find((event) => event.type === "watching"));

  const here = async () => {
    const child = Bun.spawn(["busybox", "sh", "-c", listing, site], { stdout: "pipe" });
    return new Response(child.stdout).text();
  };
  const there = () =>
    kubectl(["-n", at.namespace, "exec", "deployment/site", "--", "/bin/busybox", "sh", "-c", listing, "/www/site"]);
  await mkdir(site, { recursive: true });
  const editor = randomEditor(site, seed);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 3; i++) await editor.burst();
    if (round % 6 === 3) at.proxy.cut(/exec/);
    if (round % 12 === 7)
      await kubectl(["-n", at.namespace, "exec", "deployment/site", "--", "/bin/busybox", "touch", "/stop"]);
    const wanted = await here();
    await eventually(`round ${round} of seed ${seed}`, async () => {
      const got = await there();
      if (got === wanted) return true;
      const notices = events.filter((event) => event.type === "notice" || event.type === "diagnostic");
      throw new Error(difference(wanted, got) + JSON.stringify(notices));
    });
  }
  expect(events.filter((event) => event.type === "notice")).toEqual([]);
  expect(passes).toEqual([1]);
  end.abort();
  await session;
});

function difference(wanted: string, got: string): string {
  const [a, b] = [new Set(wanted.split("\n")), new Set(got.split("\n"))];
  const missing = [...a].filter((line) => !b.has(line)).slice(0, 5);
  const left = [...b].filter((line) => !a.has(line)).slice(0, 5);
  return JSON.stringify({ missing, left });
}
