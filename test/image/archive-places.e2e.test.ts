/**
 * Images that lie in archives, brought to every kind of place for real: a node's containerd, a registry, an engine. Each
 * gets what it lacks, and the engine takes no part unless it is the place.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Destination } from "../../src/image/destination.ts";
import { type Engine, engineAt } from "../../src/image/engine/engine.ts";
import { inspectImage } from "../../src/image/engine/engine-image.ts";
import { sharedEngineDestination } from "../../src/image/engine/shared-engine.ts";
import type { Holder } from "../../src/image/holder.ts";
import { openNodesDestination } from "../../src/image/node/nodes.ts";
import type { Sender } from "../../src/image/node/send.ts";
import { sourceSender } from "../../src/image/node/send-source.ts";
import { contentReference, fullName, parseReference } from "../../src/image/reference.ts";
import { registryClient } from "../../src/image/registry/registry.ts";
import { registryDestination } from "../../src/image/registry/registry-push.ts";
import { sourcesOver } from "../../src/image/source/open-source.ts";
import type { NodesTarget } from "../../src/image/target.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openScratch } from "../../src/store/scratch.ts";
import { asFolder, asTar, type ImageOptions, type MadeImage, makeImage } from "../rig/image-archive.ts";
import { removeFrom, testEngine, testTarget } from "../rig/kind-node.ts";
import { startRegistry, type TestRegistry } from "../rig/registry.ts";
import { docker } from "../rig/scratch-image.ts";
import { type TempFolder, tempFolder } from "../rig/temp-folder.ts";

const signal = () => AbortSignal.timeout(120_000);
const run = `devloop-test/archive-${process.pid}-${randomBytes(3).toString("hex")}`;
/** What no engine is: nobody listens. */
const noEngine = engineAt({ kind: "unix", path: "/nowhere/docker.sock", from: "the test" });
const client = registryClient(async () => undefined, [], systemClock);
const sources = sourcesOver(client);

let folder: TempFolder;
let engine: Engine;
let target: NodesTarget;
let node = "";
let registry: TestRegistry;
let nodes: Destination;

beforeAll(async () => {
  folder = await tempFolder();
  engine = await testEngine();
  target = await testTarget(engine);
  node = target.nodes[0]?.container ?? "";
  registry = await startRegistry();
  const none: Sender = {
    send: () => Promise.reject(new Error("the engine was asked for an image")),
    [Symbol.asyncDispose]: async () => {},
  };
  nodes = await openNodesDestination(engine, target, sourceSender(sources, none), undefined, () => {}, signal());
});
afterAll(async () => {
  await nodes?.[Symbol.asyncDispose]();
  await removeFrom(node, run);
  await registry?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

let count = 0;
const fresh = () => join(folder.path, `archive${++count}`);
const large = randomBytes(2 << 20);

/** An image whose upper layer alone is small and may change. */
const made = (name: string, page: string, more: Partial<ImageOptions> = {}) =>
  makeImage({
    busybox: true,
    ...more,
    files: [
      { path: "srv/large", content: large },
      { path: "srv/page", content: `${run} ${name} ${page}` },
    ],
  });

const kinds: readonly [string, (image: MadeImage) => Promise<Holder>, Partial<ImageOptions>][] = [
  ["a layout's folder", async ({ layout }) => ({ kind: "archive", path: await asFolder(fresh(), layout) }), {}],
  ["a layout's tar", async ({ layout }) => ({ kind: "archive", path: await asTar(fresh(), layout) }), {}],
  [
    "a tar of docker save",
    async ({ saved }) => ({ kind: "archive", path: await asTar(fresh(), saved) }),
    { compression: "none" },
  ],
  [
    "a layout with layers compressed by zstd",
    async ({ layout, manifest }) => ({ kind: "archive", path: await asFolder(fresh(), layout), manifest }),
    { compression: "zstd" },
  ],
];

/** What the node's runtime says of an image, and that its file system can be mounted and read. */
async function pageOnNode(id: string, name: string): Promise<string> {
  const seen = JSON.parse(await docker("exec", node, "crictl", "inspecti", "-o", "json", name));
  expect(seen.status.id).toBe(id);
  const read =
    'd=$(mktemp -d) && ctr -n k8s.io images mount "$0" $d >/dev/null && cat $d/srv/page; ' +
    "ctr -n k8s.io images unmount --rm $d >/dev/null; rmdir $d";
  return docker("exec", node, "sh", "-c", read, fullName(name));
}

describe.each(kinds)("%s", (what, write, more) => {
  const part = what.replaceAll(/[^a-z]+/g, "-");

  test("reaches the node, and of a changed image only what changed", async () => {
    const first = await made(part, "one", more);
    const name = contentReference(`${run}/${part}`, first.id);
    const image = { id: first.id, name, holder: await write(first) };
    expect(await nodes.has([image], signal())).toMatchObject([{ present: false }]);
    expect(await nodes.deliver(image, signal())).toMatchObject({ reference: name, how: "delta" });
    expect(await nodes.has([image], signal())).toMatchObject([{ present: true, reference: name }]);
    expect(await pageOnNode(first.id, name)).toBe(`${run} ${part} one`);
    expect(await nodes.deliver(image, signal())).toMatchObject({ how: "present", bytes: 0 });

    const second = await made(part, "two", more);
    const changed = { id: second.id, name: contentReference(`${run}/${part}`, second.id), holder: await write(second) };
    const { bytes } = await nodes.deliver(changed, signal());
    expect(bytes).toBeLessThan(20_000);
    expect(await pageOnNode(second.id, changed.name)).toBe(`${run} ${part} two`);
  });

  test("reaches a registry with no engine, and of a changed image only what changed", async () => {
    const scratch = () => openScratch(join(folder.path, "scratch"));
    const to = registryDestination(
      noEngine,
      client,
      async () => undefined,
      () => {},
      { sources, scratch },
    );
    const first = await made(part, "one", more);
    const image = { id: first.id, name: `${registry.host}/${run}/${part}:one`, holder: await write(first) };
    expect(await to.has([image], signal())).toMatchObject([{ present: false }]);
    const pushed = await to.deliver(image, signal());
    expect(pushed.how).toBe("pushed");
    expect(pushed.bytes).toBeGreaterThan(large.length);
    const digest = await registry.digest(`${run}/${part}`, "one");
    expect(pushed.reference).toBe(`${image.name}@${digest}`);
    // A layout's manifest goes as it is.
    if (image.holder.kind === "archive" && !what.includes("save")) expect(digest).toBe(first.manifest);
    expect(await to.has([image], signal())).toMatchObject([{ present: true, reference: pushed.reference }]);
    expect(await to.deliver(image, signal())).toMatchObject({ how: "present", bytes: 0 });

    const second = await made(part, "two", more);
    const changed = { id: second.id, name: `${registry.host}/${run}/${part}:two`, holder: await write(second) };
    expect((await to.deliver(changed, signal())).bytes).toBeLessThan(20_000);

    // And from there, layer by layer, to the node.
    const held = parseReference((await to.deliver(changed, signal())).reference);
    const from: Holder = { kind: "registry", reference: `${held.written}@${held.digest}` };
    const name = contentReference(`${run}/${part}-pulled`, second.id);
    expect(await nodes.deliver({ id: second.id, name, holder: from }, signal())).toMatchObject({ reference: name });
    expect(await pageOnNode(second.id, name)).toBe(`${run} ${part} two`);
  });

  test("reaches an engine that runs the cluster", async () => {
    const shared = { kind: "shared-engine", id: "engine:test", label: "the engine", why: "the test" } as const;
    const to = sharedEngineDestination(engine, shared, sources);
    const image = await made(part, "engine", more);
    const name = contentReference(`${run}/${part}`, image.id);
    const brought = { id: image.id, name, holder: await write(image) };
    try {
      expect(await to.deliver(brought, signal())).toMatchObject({ reference: name, how: "full" });
      expect(await to.deliver(brought, signal())).toMatchObject({ reference: name, how: "present" });
      expect((await inspectImage(engine, name, signal()))?.id).toBe(image.id);
      expect(await docker("run", "--rm", name, "/bin/busybox", "cat", "/srv/page")).toBe(`${run} ${part} engine`);
    } finally {
      await docker("rmi", "-f", image.id).catch(() => "");
    }
  });
});

test("a node that lost a layer which was listed is given it again", async () => {
  const first = await made("lost", "one");
  const image = { id: first.id, name: contentReference(`${run}/lost`, first.id) };
  const holder: Holder = { kind: "archive", path: await asFolder(fresh(), first.layout) };
  await nodes.deliver({ ...image, holder }, signal());
  await removeFrom(node, `${run}/lost`);
  await docker("exec", node, "ctr", "-n", "k8s.io", "content", "prune", "references");
  expect(await nodes.deliver({ ...image, holder }, signal())).toMatchObject({ how: "delta" });
  expect(await pageOnNode(first.id, image.name)).toBe(`${run} lost one`);
});

test("what its archive has no more is had from elsewhere, or one clear failure", async () => {
  const image = await made("gone", "one");
  const name = contentReference(`${run}/gone`, image.id);
  const holder: Holder = { kind: "archive", path: fresh() };
  await expect(nodes.deliver({ id: image.id, name, holder }, signal())).rejects.toThrow("the engine was asked");
  // Another image under the same path is not taken for it.
  await asFolder(holder.path, (await made("gone", "two")).layout);
  await expect(nodes.deliver({ id: image.id, name, holder }, signal())).rejects.toThrow("the engine was asked");
});
