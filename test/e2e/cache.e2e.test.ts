/** `devloop cache` on a real engine and a real node, beside images, names and containers that somebody else made. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { JsonRecord } from "../../src/std/data/json.ts";
import { openDocuments } from "../../src/store/documents.ts";
import { eventually } from "../rig/eventually.ts";
import { busyboxOnNode, type NodeImage } from "../rig/image-on-node.ts";
import { testEngine, testTarget } from "../rig/kind-node.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import { docker, type ScratchImages, scratchImages } from "../rig/scratch-image.ts";

interface Image {
  readonly id: string;
  readonly names: readonly string[];
  readonly bytes: number;
  readonly usedBy?: string;
  readonly removed: boolean;
  readonly why: string;
}

let foreign: ScratchImages;
let onNode: NodeImage;
let node: string;
beforeAll(async () => {
  [foreign, onNode] = await Promise.all([scratchImages("foreign"), busyboxOnNode("foreign")]);
  const { nodes } = await testTarget(await testEngine());
  node = nodes[0]?.container ?? "";
});
afterAll(async () => {
  await foreign[Symbol.asyncDispose]();
  await onNode[Symbol.asyncDispose]();
});

const inEngine = async (id: string) => (await docker("image", "inspect", id).catch(() => "")) !== "";
const nodeNames = async () => (await docker("exec", node, "ctr", "-n", "k8s.io", "images", "ls", "-q")).split("\n");

async function cache(it: ProjectRun, ...args: string[]) {
  const { code, text } = await it.run("cache", ...args, "-o", "json");
  expect(code).toBe(0);
  const answer = JSON.parse(text) as {
    readonly places: readonly { readonly kind: string; readonly closed?: string; readonly images: readonly Image[] }[];
    readonly store: { readonly bytes: number };
  };
  const of = (kind: string) => answer.places.find((place) => place.kind === kind);
  return { engine: of("engine"), nodes: of("nodes"), store: answer.store };
}

/** Builds and deploys another version. */
async function version(it: ProjectRun, text: string): Promise<void> {
  await it.sample.write("web/version.txt", `${text}\n`);
  const { code, text: said } = await it.run("run", "--status-check=true");
  if (code !== 0) throw new Error(said);
}

test("prune removes what devloop made and nothing uses; what others made, named or use is untouched", async () => {
  await using it = await projectRun("cache");
  for (const n of ["1", "2", "3", "4", "5"]) await version(it, n);
  const theirs = await foreign.build("theirs", [4]);
  const before = await cache(it);
  const ids = before.engine?.images.map(({ id }) => id).reverse() ?? [];
  expect(ids).toHaveLength(5);
  expect(before.nodes?.images).toHaveLength(5);
  expect(before.store.bytes).toBeGreaterThan(0);
  expect([...(before.engine?.images ?? []), ...(before.nodes?.images ?? [])].some(({ removed }) => removed)).toBe(
    false,
  );
  const [one = "", two = "", three = "", four = "", five = ""] = ids;
  // Somebody names the first one as well, and keeps a container of the second one.
  await docker("tag", one, `${foreign.repository("named")}:1`);
  const container = `${foreign.repository("user").replaceAll("/", "-")}`;
  await docker("create", "--name", container, two);
  try {
    const planned = await cache(it, "prune", "--keep", "1", "--older-than", "0s", "--dry-run");
    expect(
      planned.engine?.images
        .filter(({ removed }) => removed)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([one, three, four].sort());
    for (const id of ids) expect(await inEngine(id)).toBe(true);

    const text = await it.run("cache", "prune", "--keep", "1", "--older-than", "0s");
    expect(text.text).toMatch(/^removed \d+ images, /m);
    expect(await Promise.all(ids.map(inEngine))).toEqual([true, true, false, false, true]);
    const tags = await docker("image", "inspect", "--format", "{{json .RepoTags}}", one);
    expect(JSON.parse(tags)).toEqual([`${foreign.repository("named")}:1`]);
    // Containers of pods that have ended are on the node for a moment.
    const left = await eventually("the node has the latest alone", async () => {
      const { nodes } = await cache(it, "prune", "--keep", "1", "--older-than", "0s");
      return nodes?.images.length === 1 ? nodes.images[0] : undefined;
    });
    expect(left).toMatchObject({ id: five, usedBy: expect.stringContaining("container on") });
    const names = await nodeNames();
    expect(names).toContain(`docker.io/${onNode.reference}`);
    for (const id of [three, four]) expect(names.filter((name) => name.includes(id.slice(7)))).toEqual([]);
    expect(await inEngine(theirs)).toBe(true);
    expect(await it.served("web", "version.txt")).toBe("5\n");
    // What is gone is built again; what stays is found.
    await version(it, "5");
    expect((await cache(it)).engine?.images.map(({ id }) => id)).toEqual(expect.arrayContaining([five, two]));
  } finally {
    await docker("rm", "-f", container);
  }
  expect((await it.run("delete")).code).toBe(0);
});

test("what a running session may use stays, and so does what a cluster that does not answer may need", async () => {
  await using it = await projectRun("cache-live");
  await version(it, "1");
  await version(it, "2");
  const session = it.start("dev");
  await session.line(/Watching for changes/);
  const during = await cache(it, "prune", "--all");
  const all = [...(during.engine?.images ?? []), ...(during.nodes?.images ?? [])];
  expect(all.map(({ removed }) => removed)).toEqual([false, false, false, false]);
  expect(all.filter(({ usedBy }) => usedBy === "a running devloop").length).toBeGreaterThan(1);
  session.interrupt();
  expect(await session.exit()).toBe(0);
  const end = it.proxy.rule("GET", /^\/apis\/apps\/v1\/deployments/, {
    kind: "answer",
    status: 403,
    body: { kind: "Status", code: 403, reason: "Forbidden", message: "deployments.apps is forbidden" },
  });
  const refused = await cache(it, "prune", "--all");
  expect(refused.nodes?.closed).toContain("deployments.apps is forbidden");
  expect(refused.nodes?.images.map(({ removed }) => removed)).toEqual([false, false]);
  expect(refused.engine?.images.map(({ removed }) => removed)).toEqual([true, true]);
  end();
  await eventually("nothing of devloop's is left", async () => {
    const { nodes } = await cache(it, "prune", "--all");
    return nodes?.images.length === 0 || undefined;
  });
  expect((await cache(it)).engine?.images).toEqual([]);
  expect(await nodeNames()).toContain(`docker.io/${onNode.reference}`);
});

/** As if everything that the store knows of images had happened ten days ago. */
async function aged(it: ProjectRun): Promise<void> {
  const long = Date.now() - 10 * 24 * 3_600_000;
  const documents = openDocuments(join(it.sample.home, "state", "documents"));
  for (const name of await documents.list("images/"))
    await documents.edit(name, (value) => ({ ...(value as JsonRecord), at: long }));
  const cacheDir = join(it.sample.home, "cache");
  const uses = (await readdir(join(cacheDir, "images"))).map((name) => join(cacheDir, "images", name));
  for (const [i, path] of [...uses, join(cacheDir, "images-collected")].entries())
    await utimes(path, long / 1000 + i, long / 1000 + i);
}

test("the end of a session removes what is old, and keeps the latest of each artifact", async () => {
  await using it = await projectRun("cache-end");
  for (const n of ["1", "2", "3", "4", "5"]) await version(it, n);
  const session = async (...args: string[]) => {
    await aged(it);
    const dev = it.start("dev", ...args);
    await dev.line(/Watching for changes/);
    dev.interrupt();
    expect(await dev.exit()).toBe(0);
    return (await cache(it)).engine?.images.length;
  };
  expect(await session("--no-prune")).toBe(5);
  expect(await session()).toBe(3);
});

test("a command line that makes no sense is refused", async () => {
  await using it = await projectRun("cache-words");
  expect((await it.run("cache", "purge")).text).toContain('there is no "purge" of the cache');
  expect((await it.run("cache", "prune", "--older-than", "soon")).text).toContain("is not a time such as 12h or 7d");
  expect((await it.run("cache", "prune", "--max-size", "big")).text).toContain("is not a size such as 500MB");
});
