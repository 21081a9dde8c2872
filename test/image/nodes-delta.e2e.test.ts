import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Destination } from "../../src/image/destination.ts";
import { type Engine, engineAt } from "../../src/image/engine/engine.ts";
import { inspectImage, listImages } from "../../src/image/engine/engine-image.ts";
import { openNodesDestination } from "../../src/image/node/nodes.ts";
import { deltaSender } from "../../src/image/node/send-delta.ts";
import { fullSender } from "../../src/image/node/send-full.ts";
import { contentReference, fullName } from "../../src/image/reference.ts";
import type { NodesTarget } from "../../src/image/target.ts";
import { openScratch } from "../../src/store/scratch.ts";
import { engineProxy } from "../rig/engine-proxy.ts";
import { namesOn, removeFrom, testEngine, testTarget } from "../rig/kind-node.ts";
import { docker, type ScratchImages, scratchImages } from "../rig/scratch-image.ts";
import { type TempFolder, tempFolder } from "../rig/temp-folder.ts";

/** More than the busybox layer that all images share, so that the first delivery is a full one. */
const sizes = [2000, 1000, 40];
const secret = "a password of the test";
let engine: Engine;
let target: NodesTarget;
let images: ScratchImages;
let destination: Destination;
let folder: TempFolder;
let node = "";
const signal = () => AbortSignal.timeout(120_000);
const notices: string[] = [];

beforeAll(async () => {
  folder = await tempFolder();
  engine = await testEngine();
  target = await testTarget(engine);
  images = await scratchImages("delta");
  node = target.nodes[0]?.container ?? "";
  destination = await open(engine, (n) => notices.push(n));
});

afterAll(async () => {
  await destination?.[Symbol.asyncDispose]();
  await removeFrom(node, images.repository(""));
  await images?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function open(through: Engine, notice: (text: string) => void): Promise<Destination> {
  const scratch = () => openScratch(folder.path);
  const sender = deltaSender({ engine: through, full: fullSender(through), secret, scratch, notice });
  return openNodesDestination(through, target, sender, undefined, notice, signal());
}

async function built(name: string, changed?: readonly number[]) {
  const id = await images.build(name, sizes, changed);
  return { id, name: contentReference(images.repository(name), id) };
}

/** What the node's runtime says of an image, and that its file system can be mounted and read: every layer is there. */
async function isWholeOn(image: { id: string; name: string }): Promise<void> {
  const seen = JSON.parse(await docker("exec", node, "crictl", "inspecti", "-o", "json", image.name));
  expect(seen.status.id).toBe(image.id);
  const read =
    'd=$(mktemp -d) && ctr -n k8s.io images mount "$0" $d >/dev/null && cat $d/data*/layer* | wc -c; ' +
    "ctr -n k8s.io images unmount --rm $d >/dev/null; rmdir $d";
  const out = await docker("exec", node, "sh", "-c", read, fullName(image.name));
  expect(Number(out.trim())).toBe(sizes.reduce((a, b) => a + b, 0) * 1024);
}

describe("delta", () => {
  test("the first image goes whole, a changed layer goes alone", async () => {
    const first = await built("web");
    expect(await destination.deliver(first, signal())).toMatchObject({ how: "full" });

    const second = await built("web", [2]);
    const delivered = await destination.deliver(second, signal());
    expect(delivered).toMatchObject({ how: "delta", reference: second.name });
    expect(delivered.bytes).toBeGreaterThan(40 * 1024);
    expect(delivered.bytes).toBeLessThan(60 * 1024);
    expect(await destination.has([first, second], signal())).toMatchObject([{ present: true }, { present: true }]);
    await isWholeOn(second);

    // Over a layer that itself came compressed.
    const third = await built("web", [1]);
    expect(await destination.deliver(third, signal())).toMatchObject({ how: "delta" });
    await isWholeOn(third);
    expect(notices).toEqual([]);
    // The push's own name is gone again, the image is not.
    await destination[Symbol.asyncDispose]();
    expect(await listImages(engine, { reference: ["127.0.0.1:*/devloop-delivery"] }, signal())).toEqual([]);
    expect((await inspectImage(engine, third.id, signal()))?.tags).toEqual([`${images.repository("web")}:latest`]);
    destination = await open(engine, (n) => notices.push(n));
  });

  test("a session that knows nothing learns what the node has from the node", async () => {
    const base = await built("fresh");
    await destination.deliver(base, signal());
    const viaDelta = await built("fresh", [1]);
    await destination.deliver(viaDelta, signal());
    await using other = await open(engine, (n) => notices.push(n));
    const changed = await built("fresh", [2]);
    const delivered = await other.deliver(changed, signal());
    expect(delivered).toMatchObject({ how: "delta" });
    expect(delivered.bytes).toBeLessThan(60 * 1024);
    await isWholeOn(changed);
    expect(notices).toEqual([]);
  });

  test("a new name for an image that was delivered moves nothing", async () => {
    const base = await built("name");
    await destination.deliver(base, signal());
    const changed = await built("name", [2]);
    await destination.deliver(changed, signal());
    const renamed = { ...changed, name: `${images.repository("other")}:v3` };
    expect(await destination.deliver(renamed, signal())).toMatchObject({ how: "tagged", bytes: 0 });
    expect(await namesOn(node)).toContain(fullName(renamed.name));
  });

  test("layers that were collected on the node are noticed and sent again", async () => {
    const base = await built("collected");
    await destination.deliver(base, signal());
    const changed = await built("collected", [2]);
    await removeFrom(node, images.repository("collected"));
    await docker("exec", node, "ctr", "-n", "k8s.io", "content", "prune", "references").catch(() => "");
    const delivered = await destination.deliver(changed, signal());
    expect(delivered.bytes).toBeGreaterThan(1_000_000);
    await isWholeOn(changed);
    expect(notices.filter((n) => n.includes(images.repository("collected")))).toEqual([]);
  });

  test("two images at once", async () => {
    const [a, b] = [await built("left"), await built("right")];
    await Promise.all([destination.deliver(a, signal()), destination.deliver(b, signal())]);
    const [c, d] = [await built("left", [2]), await built("right", [1])];
    const delivered = await Promise.all([destination.deliver(c, signal()), destination.deliver(d, signal())]);
    expect(delivered.map((x) => x.how)).toEqual(["delta", "delta"]);
    await isWholeOn(c);
    await isWholeOn(d);
  });

  test("an image without a name in the engine keeps existing", async () => {
    const base = await built("dangling");
    await destination.deliver(base, signal());
    const changed = await built("dangling", [2]);
    await docker("tag", base.id, `${images.repository("dangling")}:latest`);
    expect((await inspectImage(engine, changed.id, signal()))?.tags).toEqual([]);
    expect(await destination.deliver(changed, signal())).toMatchObject({ how: "delta" });
    await destination[Symbol.asyncDispose]();
    destination = await open(engine, (n) => notices.push(n));
    expect((await inspectImage(engine, changed.id, signal()))?.tags).toEqual([changed.name]);
  });
});

describe("fallback to a full load, with one line", () => {
  test("the push fails", async () => {
    await using proxy = await engineProxy();
    const faulty = engineAt(proxy.endpoint);
    const said: string[] = [];
    await using through = await open(faulty, (n) => said.push(n));
    const base = await built("push");
    await through.deliver(base, signal());
    const changed = await built("push", [2]);
    proxy.fault("POST", /\/push\?/, { kind: "cut", after: 200, of: "received" });
    expect(await through.deliver(changed, signal())).toMatchObject({ how: "full" });
    expect(said).toHaveLength(1);
    expect(said[0]).toStartWith(`${changed.name} is sent whole: cannot reach the Docker engine at ${proxy.host}`);
    await isWholeOn(changed);
  });

  test("the engine cannot reach the target: tried twice, then left alone", async () => {
    await using proxy = await engineProxy();
    const faulty = engineAt(proxy.endpoint);
    const said: string[] = [];
    await using through = await open(faulty, (n) => said.push(n));
    await through.deliver(await built("reach"), signal());
    proxy.fault("POST", /\/push\?/, { kind: "answer", status: 500, message: "connection refused" });
    for (let i = 0; i < 3; i++)
      expect(await through.deliver(await built("reach", [2]), signal())).toMatchObject({ how: "full" });
    expect(said).toHaveLength(2);
    expect(proxy.count("POST", /\/push\?/)).toBe(2);
  });

  test("the node's stream is cut in the middle of an import: no half image, then whole", async () => {
    await using proxy = await engineProxy();
    const faulty = engineAt(proxy.endpoint);
    const said: string[] = [];
    const base = await built("stream");
    await destination.deliver(base, signal());
    proxy.fault("POST", /^\/exec\/.*\/start/, { kind: "cut", after: 20_000, of: "sent" }, 1);
    await using through = await open(faulty, (n) => said.push(n));
    const changed = await built("stream", [2]);
    expect(await through.deliver(changed, signal())).toMatchObject({ how: "full" });
    expect(said).toEqual([`${changed.name} is sent whole: the connection into the node ${node} was cut`]);
    expect(await through.has([changed], signal())).toMatchObject([{ present: true }]);
    await isWholeOn(changed);
  });
});
