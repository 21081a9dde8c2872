/**
 * Layers taken from an engine by a push: an engine that remembers digests or not, and a target that answers as the real
 * one does, both in memory. What the engine does not offer, it is taught; what was not wanted is let go.
 */
import { describe, expect, test } from "bun:test";
import type { Spooled } from "../../../src/image/archive/spool.ts";
import type { ImageDetails } from "../../../src/image/engine/engine-image.ts";
import { layerSource } from "../../../src/image/engine/engine-push.ts";
import type { PushResult, PushTarget } from "../../../src/image/registry/push-target.ts";
import { eventually } from "../../rig/eventually.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";

const id = `sha256:${"1".repeat(64)}` as const;
const image = { id, diffIds: ["diff-a", "diff-b"] } as unknown as ImageDetails;
const signal = () => new AbortController().signal;
const name = /^docker\.io|127\.0\.0\.1:5000\/devloop-delivery:/;

interface World {
  /** The digests under which the engine offers each layer; it has them after it was taught. */
  readonly offers?: readonly string[];
  readonly messages?: readonly object[];
  /** In place of what the target makes of push number n, from 1. */
  readonly result?: (n: number) => PushResult | undefined;
}

function world({ offers = ["token-a", "token-b"], messages = [], result }: World = {}) {
  const it = memoryEngine({ [id]: ["web:1"] });
  it.override = (asked) =>
    asked.includes("/push?") ? new Response(messages.map((one) => `${JSON.stringify(one)}\n`).join("")) : undefined;
  const open = new Set<string>();
  const pushes: { readonly teach: boolean; readonly hasConfig: boolean; readonly sent: readonly string[] }[] = [];
  const spooled = (digest: string): Spooled => {
    open.add(digest);
    return {
      digest,
      bytes: 1,
      chunks: async function* () {
        yield new TextEncoder().encode(`bytes of ${digest}`);
      },
      [Symbol.asyncDispose]: async () => void open.delete(digest),
    } as unknown as Spooled;
  };
  const target: PushTarget = {
    port: 5000,
    auth: { username: "devloop", password: "x" },
    async receive(answers, push) {
      await push();
      const instead = result?.(pushes.length + 1);
      const sent = offers.filter((digest) => answers.wants(digest));
      pushes.push({ teach: answers.teach, hasConfig: answers.hasConfig, sent });
      if (instead) return instead;
      const uploads = answers.hasConfig ? sent : [...sent, answers.config];
      return { layers: offers, uploads: new Map(uploads.map((digest) => [digest, spooled(digest)])) };
    },
    [Symbol.asyncDispose]: async () => void open.add("target disposed"),
  };
  return { it, target, pushes, open, source: layerSource(it.engine, target) };
}

describe("layers", () => {
  test("all of them are taken by one push; the config with them, once", async () => {
    const { source, pushes, open } = world();
    const wanted = new Set(["diff-a", "diff-b"]);
    const taken = await source.take(image, wanted, signal());
    expect([...taken.layers].map(([diffId, layer]) => `${diffId} ${layer.digest}`)).toEqual([
      "diff-a token-a",
      "diff-b token-b",
    ]);
    expect(new TextDecoder().decode(taken.config)).toBe(`bytes of ${id}`);
    expect([...open].sort()).toEqual(["token-a", "token-b"]);
    await taken[Symbol.asyncDispose]();
    expect([...open]).toEqual([]);
    await using again = await source.take(image, wanted, signal());
    expect(new TextDecoder().decode(again.config)).toBe(`bytes of ${id}`);
    expect(pushes.map(({ teach, hasConfig }) => [teach, hasConfig])).toEqual([
      [false, false],
      [false, true],
    ]);
  });

  test("of which one is not wanted and unknown: the engine is taught it first, by a push that takes nothing", async () => {
    const { source, pushes, open } = world();
    await using taken = await source.take(image, new Set(["diff-b"]), signal());
    expect([...taken.layers.keys()]).toEqual(["diff-b"]);
    expect(pushes.map(({ teach, sent }) => [teach, sent])).toEqual([
      [true, []],
      [false, ["token-b"]],
    ]);
    expect([...open]).toEqual(["token-b"]);
  });

  test("that begin alike have one token: both are sent where one is wanted, and only that one is taken", async () => {
    const { source } = world({ offers: ["token", "token"] });
    await using taken = await source.take(image, new Set(["diff-b"]), signal());
    expect([...taken.layers.keys()]).toEqual(["diff-b"]);
  });

  test("none of them is a push for the config alone", async () => {
    const { source, pushes } = world();
    await using taken = await source.take(image, new Set(), signal());
    expect([...taken.layers.keys()]).toEqual([]);
    expect(pushes.at(-1)?.sent).toEqual([]);
    expect(new TextDecoder().decode(taken.config)).toBe(`bytes of ${id}`);
  });
});

describe("what does not come", () => {
  test("is asked for three times and no more", async () => {
    const nothing = () => ({ layers: ["token-a", "token-b"], uploads: new Map() });
    const { source, pushes } = world({ result: nothing });
    await expect(source.take(image, new Set(["diff-a", "diff-b"]), signal())).rejects.toThrow(
      "3 pushes did not bring every layer",
    );
    expect(pushes).toHaveLength(3);
  });

  test("is an error where the engine pushes another number of layers; what came is let go", async () => {
    const { source, open } = world({ offers: ["token-a"] });
    await expect(source.take(image, new Set(["diff-a", "diff-b"]), signal())).rejects.toThrow(
      "the engine pushed another number of layers",
    );
    expect([...open]).toEqual([]);
  });

  test.each([
    [{ error: " denied \n" }, "denied"],
    [{ status: "Retrying in 5 seconds" }, "the engine cannot reach devloop's push target"],
  ])("is an error where the engine says %j", async (message, words) => {
    const { source } = world({ messages: [{ status: "Preparing" }, message] });
    await expect(source.take(image, new Set(["diff-a"]), signal())).rejects.toThrow(words);
  });

  test("after a failed push the next one is tried all the same", async () => {
    const fails = (n: number) => {
      if (n === 1) throw new Error("cut");
      return undefined;
    };
    let calls = 0;
    const { source } = world({ result: () => fails(++calls) });
    const wanted = new Set(["diff-a", "diff-b"]);
    await expect(source.take(image, wanted, signal())).rejects.toThrow("cut");
    await using taken = await source.take(image, wanted, signal());
    expect(taken.layers.size).toBe(2);
  });
});

test("each push has a name of its own, which is taken off again", async () => {
  const { source, it } = world();
  const wanted = new Set(["diff-a", "diff-b"]);
  await using first = await source.take(image, wanted, signal());
  await using second = await source.take(image, wanted, signal());
  await source[Symbol.asyncDispose]();
  const tags = it.asked.filter((asked) => asked.includes("/tag?")).map((asked) => /tag=([^&]*)/.exec(asked)?.[1]);
  expect(tags).toHaveLength(2);
  expect(new Set(tags).size).toBe(2);
  expect([...(it.images.get(id)?.names ?? [])].filter((one) => !name.test(one))).toEqual([]);
  expect([...(it.images.get(id)?.names ?? [])]).toEqual(["docker.io/library/web:1"]);
  expect([first.layers.size, second.layers.size]).toEqual([2, 2]);
});

test("one push at a time, in the order of asking", async () => {
  const gate = Promise.withResolvers<void>();
  const { it, target, source } = world();
  let running = 0;
  let most = 0;
  const { receive } = target;
  Object.assign(target, {
    receive: async (...of: Parameters<typeof receive>) => {
      most = Math.max(most, ++running);
      await gate.promise;
      running--;
      return receive(...of);
    },
  });
  const wanted = new Set(["diff-a", "diff-b"]);
  const both = [source.take(image, wanted, signal()), source.take(image, wanted, signal())];
  await eventually("the first push", () => (it.asked.some((asked) => asked.includes("/tag?")) ? true : undefined));
  gate.resolve();
  for (const taken of await Promise.all(both)) await taken[Symbol.asyncDispose]();
  expect(most).toBe(1);
});

test("a cancelled one pushes nothing; disposal ends the target", async () => {
  const { source, it, open } = world();
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  await expect(source.take(image, new Set(["diff-a"]), controller.signal)).rejects.toThrow("enough");
  expect(it.asked.some((asked) => asked.includes("/push?"))).toBe(false);
  await source[Symbol.asyncDispose]();
  expect([...open]).toEqual(["target disposed"]);
});

test("names that a killed process left are taken off at the start; those of one that lives are not", async () => {
  const it = memoryEngine();
  const of = (pid: number) => `127.0.0.1:5000/devloop-delivery:${pid}-1-abc`;
  // No process has the highest number that there can be.
  const dead = 4_194_303;
  it.images.set(id, {
    names: new Set(["web:1", of(dead), of(process.pid), of(1), "127.0.0.1:5000/devloop-delivery:x-1"]),
  });
  const target = { port: 5000, [Symbol.asyncDispose]: async () => undefined } as unknown as PushTarget;
  await layerSource(it.engine, target)[Symbol.asyncDispose]();
  expect([...(it.images.get(id)?.names ?? [])]).toEqual([
    "web:1",
    of(process.pid),
    of(1),
    "127.0.0.1:5000/devloop-delivery:x-1",
  ]);
});
