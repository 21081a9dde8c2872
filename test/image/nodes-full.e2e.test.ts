import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { diagnosticsOf, Failure } from "../../src/diag/failure.ts";
import type { Destination } from "../../src/image/destination.ts";
import { type Engine, engineAt } from "../../src/image/engine/engine.ts";
import { inspectImage } from "../../src/image/engine/engine-image.ts";
import { openNodesDestination } from "../../src/image/node/nodes.ts";
import { fullSender } from "../../src/image/node/send-full.ts";
import { contentReference, fullName } from "../../src/image/reference.ts";
import type { NodesTarget } from "../../src/image/target.ts";
import { engineProxy } from "../rig/engine-proxy.ts";
import { eventually } from "../rig/eventually.ts";
import { namesOn, removeFrom, testEngine, testTarget } from "../rig/kind-node.ts";
import { docker, type ScratchImages, scratchImages } from "../rig/scratch-image.ts";

let engine: Engine;
let target: NodesTarget;
let images: ScratchImages;
let destination: Destination;
let node = "";
const signal = () => AbortSignal.timeout(120_000);
const notices: string[] = [];

beforeAll(async () => {
  engine = await testEngine();
  target = await testTarget(engine);
  images = await scratchImages("full");
  node = target.nodes[0]?.container ?? "";
  destination = await openNodesDestination(
    engine,
    target,
    fullSender(engine),
    undefined,
    (n) => notices.push(n),
    signal(),
  );
});

afterAll(async () => {
  await destination?.[Symbol.asyncDispose]();
  await removeFrom(node, images.repository(""));
  await images?.[Symbol.asyncDispose]();
});

async function built(name: string, layersKiB: readonly number[] = [64, 16]) {
  const id = await images.build(name, layersKiB);
  return { id, name: contentReference(images.repository(name), id) };
}

describe("full load", () => {
  test("an image is absent, is delivered, is present, and the pod's runtime can start it", async () => {
    const image = await built("web");
    const [before] = await destination.has([image], signal());
    expect(before).toMatchObject({ present: false });

    const delivered = await destination.deliver(image, signal());
    expect(delivered).toMatchObject({ reference: image.name, how: "full" });
    expect(delivered.bytes).toBeGreaterThan(80 * 1024);

    const [after] = await destination.has([image], signal());
    expect(after).toMatchObject({ present: true, reference: image.name });
    expect(await namesOn(node)).toContain(fullName(image.name));
    const seen = await docker("exec", node, "crictl", "inspecti", "-o", "json", image.name);
    expect(JSON.parse(seen).status.id).toBe(image.id);
    // The name was only lent to the engine for the export.
    expect((await inspectImage(engine, image.id, signal()))?.tags).toEqual([`${images.repository("web")}:latest`]);
  });

  test("delivered again, nothing moves; a new name moves nothing either", async () => {
    const image = await built("again");
    await destination.deliver(image, signal());
    expect(await destination.deliver(image, signal())).toMatchObject({ how: "present", bytes: 0 });
    const renamed = { ...image, name: `${images.repository("renamed")}:v2` };
    expect(await destination.has([renamed], signal())).toMatchObject([{ present: false }]);
    expect(await destination.deliver(renamed, signal())).toMatchObject({ how: "tagged", bytes: 0 });
    expect(await destination.has([renamed, image], signal())).toMatchObject([{ present: true }, { present: true }]);
    expect(await namesOn(node)).toContain(fullName(renamed.name));
  });

  test("an image that was deleted on the node behind our back is noticed and sent again", async () => {
    const image = await built("deleted");
    await destination.deliver(image, signal());
    await removeFrom(node, image.name);
    expect(await destination.has([image], signal())).toMatchObject([{ present: false }]);
    expect(await destination.deliver(image, signal())).toMatchObject({ how: "full" });
  });

  test("two images at once", async () => {
    const [a, b] = [await built("left"), await built("right")];
    const delivered = await Promise.all([destination.deliver(a, signal()), destination.deliver(b, signal())]);
    expect(delivered.map((d) => d.how)).toEqual(["full", "full"]);
    expect(await destination.has([a, b], signal())).toMatchObject([{ present: true }, { present: true }]);
  });

  test("names of ours are forgotten, foreign ones stay", async () => {
    const image = await built("forget");
    await destination.deliver(image, signal());
    const before = await namesOn(node);
    await destination.forget([image.name, `${image.name.slice(0, -1)}x`], signal());
    const left = await namesOn(node);
    expect(left).not.toContain(fullName(image.name));
    expect(before.filter((name) => !left.includes(name))).toEqual([fullName(image.name)]);
  });

  test("an image that the engine does not have ends in one line", async () => {
    const id = `sha256:${"0".repeat(64)}` as const;
    const missing = { id, name: contentReference(images.repository("missing"), id) };
    await expect(destination.deliver(missing, signal())).rejects.toThrow("no longer has the image");
  });

  test("a cancelled delivery ends with the signal's reason and leaves no name", async () => {
    await using proxy = await engineProxy();
    const slow = engineAt(proxy.endpoint);
    await using through = await openNodesDestination(slow, target, fullSender(slow), undefined, () => {}, signal());
    const image = await built("cancelled", [20_000]);
    const stop = new AbortController();
    const reason = new Error("newer save");
    const work = through.deliver(image, stop.signal);
    work.catch(() => undefined);
    const underway = () => proxy.requests.find(({ path, received }) => path.startsWith("/images/get") && received > 0);
    await eventually("the export is under way", underway);
    stop.abort(reason);
    await expect(work).rejects.toBe(reason);
    expect(await namesOn(node)).not.toContain(fullName(image.name));
  });
});

describe("faults", () => {
  test("the engine is cut in the middle of an export: one clear line, no half image on the node, a second try works", async () => {
    await using proxy = await engineProxy();
    const faulty = engineAt(proxy.endpoint);
    await using through = await openNodesDestination(faulty, target, fullSender(faulty), undefined, () => {}, signal());
    const image = await built("cut", [4000, 4000]);
    const end = proxy.fault("GET", /^\/images\/get/, { kind: "cut", after: 3_000_000, of: "received" });
    const failure = await through.deliver(image, signal()).catch((thrown: unknown) => thrown);
    expect(diagnosticsOf(failure)).toMatchObject([
      { message: `the Docker engine ended the export of ${image.name} too early`, severity: "error" },
    ]);
    expect(proxy.count("GET", /^\/images\/get/)).toBe(1);
    expect(await namesOn(node)).not.toContain(fullName(image.name));
    expect((await inspectImage(engine, image.id, signal()))?.tags).toEqual([`${images.repository("cut")}:latest`]);
    end();
    expect(await through.deliver(image, signal())).toMatchObject({ how: "full" });
    expect(await through.has([image], signal())).toMatchObject([{ present: true }]);
  });

  test("the connection into the node is cut in the middle of an import", async () => {
    await using proxy = await engineProxy();
    const faulty = engineAt(proxy.endpoint);
    await using through = await openNodesDestination(faulty, target, fullSender(faulty), undefined, () => {}, signal());
    const image = await built("cutnode", [4000, 4000]);
    const end = proxy.fault("POST", /^\/exec\/.*\/start/, { kind: "cut", after: 3_000_000, of: "sent" });
    const failure = await through.deliver(image, signal()).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(Failure);
    expect(String(failure)).toContain(`the node ${node} could not import ${image.name}`);
    end();
    expect(await namesOn(node)).not.toContain(fullName(image.name));
  });

  test("every connection is lost between two deliveries: the shell is opened again", async () => {
    await using proxy = await engineProxy();
    const faulty = engineAt(proxy.endpoint);
    await using through = await openNodesDestination(faulty, target, fullSender(faulty), undefined, () => {}, signal());
    const image = await built("lost");
    await through.deliver(image, signal());
    proxy.cutAll();
    expect(await through.has([image], signal())).toMatchObject([{ present: true }]);
  });

  test("where no way of ours works the cluster's tool loads the image, with one line", async () => {
    await using proxy = await engineProxy();
    const faulty = engineAt(proxy.endpoint);
    const said: string[] = [];
    const loaded: string[] = [];
    const toolLoad = async ({ name }: { name: string }) => void loaded.push(name);
    const open = () =>
      openNodesDestination(faulty, target, fullSender(faulty), toolLoad, (n) => said.push(n), signal());
    const image = await built("tool");
    {
      await using through = await open();
      using _ = ending(proxy.fault("GET", /^\/images\/get/, { kind: "answer", status: 500, message: "no space left" }));
      expect(await through.deliver(image, signal())).toMatchObject({ how: "full" });
    }
    using _ = ending(proxy.fault("POST", /\/exec$/, { kind: "answer", status: 500, message: "exec is off" }));
    await using toolOnly = await open();
    expect(await toolOnly.has([image], signal())).toMatchObject([{ present: false }]);
    await toolOnly.deliver(image, signal());
    expect(loaded).toEqual([image.name, image.name]);
    expect(said).toHaveLength(2);
    expect(said[0]).toContain("is loaded by kind: the Docker engine refused to export");
    expect(said[1]).toContain("images are loaded whole by kind: the Docker engine refused to run sh");
  });
});

function ending(end: () => void): Disposable {
  return { [Symbol.dispose]: end };
}
