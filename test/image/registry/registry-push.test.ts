/** A registry as a destination: looked at first, pushed to only where the look says so or says nothing. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../../src/diag/failure.ts";
import type { Credentials } from "../../../src/image/registry/credentials.ts";
import type { Registry } from "../../../src/image/registry/registry.ts";
import { registryDestination } from "../../../src/image/registry/registry-push.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";
import { noSources } from "../../rig/no-sources.ts";

const id = `sha256:${"1".repeat(64)}` as const;
const digest = `sha256:${"d".repeat(64)}`;
const image = { id, name: "r.io/web:v1" };
const signal = () => new AbortController().signal;

interface World {
  /** What the tag leads to; undefined: no such tag. */
  readonly manifest?: object | undefined;
  readonly lookFails?: unknown;
  readonly messages?: readonly object[];
  readonly credentials?: Credentials;
}

function world({
  manifest,
  lookFails,
  messages = [{ aux: { Digest: digest } }],
  credentials = async () => undefined,
}: World = {}) {
  const it = memoryEngine({ [id]: [] });
  it.override = (asked) =>
    asked.includes("/push?") ? new Response(messages.map((one) => `${JSON.stringify(one)}\n`).join("")) : undefined;
  const asked: string[] = [];
  const registry: Registry = {
    digest: async ({ written, tag }: { written: string; tag?: string }) => {
      asked.push(`digest ${written}:${tag}`);
      if (lookFails !== undefined) throw lookFails;
      return manifest === undefined ? undefined : digest;
    },
    manifest: async (reference: { digest?: string }) => {
      asked.push(`manifest ${reference.digest}`);
      return { digest, ...manifest };
    },
  } as unknown as Registry;
  const notices: string[] = [];
  const to = registryDestination(it.engine, registry, credentials, (text) => notices.push(text), none);
  return { to, asked, notices, engine: it };
}
/** Nothing but the engine holds images, and nothing is compressed. */
const none = { sources: noSources, scratch: async () => Promise.reject(new Error("no scratch")) };
const there = `r.io/web:v1@${digest}`;

describe("an image is there", () => {
  test.each<[string, object]>([
    ["by its config's digest", { config: id }],
    ["by its manifest's digest, with containerd's store", { digest: id, config: "sha256:c" }],
    ["in an index", { manifests: ["sha256:x", id] }],
  ])("%s", async (_what, manifest) => {
    const { to, asked } = world({ manifest });
    const [found] = await to.has([image], signal());
    expect(found).toMatchObject({ present: true });
    expect(asked).toEqual(["digest r.io/web:v1", `manifest ${digest}`]);
  });

  test("with the digest that manifests name", async () => {
    const { to } = world({ manifest: { config: id } });
    expect(await to.has([image], signal())).toEqual([
      { present: true, reference: there, proof: `its registry has ${digest}` },
    ]);
  });
});

test.each<[string, World, string]>([
  ["no tag", {}, "r.io/web:v1 is not in its registry, or is another image there"],
  [
    "another image",
    { manifest: { config: "sha256:other" } },
    "r.io/web:v1 is not in its registry, or is another image there",
  ],
  ["no answer", { lookFails: new Failure("it is away") }, "it is away"],
])("an image is not there: %s", async (_what, of, reason) => {
  expect(await world(of).to.has([image], signal())).toEqual([{ present: false, reason }]);
});

describe("a delivery", () => {
  test("of what is there pushes nothing", async () => {
    const { to, engine } = world({ manifest: { config: id } });
    expect(await to.deliver(image, signal())).toMatchObject({ reference: there, how: "present", bytes: 0 });
    expect(engine.asked).toEqual([]);
  });

  test("tags, pushes, and takes the digest that the engine reports; bytes are what each layer came to", async () => {
    const layer = (of: string, current: number) => ({
      id: of,
      status: "Pushing",
      progressDetail: { current, total: 9 },
    });
    const messages = [
      layer("a", 3),
      layer("a", 7),
      layer("b", 5),
      { status: "Pushed", id: "b" },
      { aux: { Digest: digest } },
    ];
    const { to, engine, notices } = world({ messages });
    expect(await to.deliver(image, signal())).toMatchObject({ reference: there, how: "pushed", bytes: 12 });
    expect(engine.asked.slice(-2)).toEqual([
      `POST /images/${id}/tag?repo=r.io%2Fweb&tag=v1`,
      "POST /images/r.io/web/push?tag=v1",
    ]);
    expect(notices).toEqual([]);
  });

  test("whose engine reports no digest asks the registry for it, and refuses what is none", async () => {
    const asked: string[] = [];
    const registry = (answer: string | undefined) =>
      ({ digest: async () => (asked.push("digest") === 1 ? undefined : answer) }) as unknown as Registry;
    const engine = memoryEngine({ [id]: [] }).engine;
    const to = registryDestination(
      engine,
      registry(digest),
      async () => undefined,
      () => undefined,
      none,
    );
    expect(await to.deliver(image, signal())).toMatchObject({ reference: there, how: "pushed" });
    for (const answer of ["latest", undefined]) {
      asked.length = 0;
      const silent = registryDestination(
        engine,
        registry(answer),
        async () => undefined,
        () => undefined,
        none,
      );
      await expect(silent.deliver(image, signal())).rejects.toThrow("does not say under which digest");
    }
  });

  test("of an image that is gone is refused before anything is pushed", async () => {
    const { to, engine } = world();
    engine.images.clear();
    await expect(to.deliver(image, signal())).rejects.toThrow("the Docker engine no longer has the image r.io/web:v1");
    expect(engine.asked.some((asked) => asked.includes("push"))).toBe(false);
  });

  test.each([
    ["unauthorized: authentication required", "log in with `docker login r.io`"],
    ["denied: requested access to the resource is denied", "log in with `docker login r.io`"],
    ["no basic auth credentials", "log in with `docker login r.io`"],
    ["received unexpected HTTP status:\n500", "check that the registry can be reached and written to"],
  ])("that the registry refuses by %j says what to do", async (error, suggestion) => {
    const { to } = world({ messages: [{ error }] });
    const thrown = (await to.deliver(image, signal()).then(
      () => undefined,
      (caught) => caught,
    )) as Failure;
    expect(thrown.diagnostics[0]).toMatchObject({
      message: `cannot push r.io/web:v1: ${error.replace("\n", " ")}`,
      suggestion,
    });
  });

  test("tells once that the engine tries again", async () => {
    const retry = { status: "Retrying in 5 seconds" };
    const { to, notices } = world({ messages: [retry, retry, { aux: { Digest: digest } }] });
    await to.deliver(image, signal());
    expect(notices).toEqual(["the registry of r.io/web:v1 fails while it is pushed to; the engine tries again"]);
  });
});

test("a look that fails decides nothing: the image is pushed, and that is told once for each registry", async () => {
  const { to, notices } = world({ lookFails: new Failure("it is away") });
  expect(await to.deliver(image, signal())).toMatchObject({ how: "pushed" });
  expect(await to.deliver({ ...image, name: "r.io/other:v1" }, signal())).toMatchObject({ how: "pushed" });
  expect(notices).toEqual(["what r.io has is not known, so images are pushed: it is away"]);
});

test("a mistake in a look, or a cancellation, is not passed over", async () => {
  await expect(world({ lookFails: new TypeError("x") }).to.deliver(image, signal())).rejects.toThrow(TypeError);
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  const { to, notices } = world({ lookFails: new Failure("cut") });
  await expect(to.deliver(image, controller.signal)).rejects.toThrow("cut");
  expect(notices).toEqual([]);
});

test("a registry keeps its names", async () => {
  const { to, engine } = world();
  await to.forget(["r.io/web:v1"], signal());
  await to[Symbol.asyncDispose]();
  expect(engine.asked).toEqual([]);
});
