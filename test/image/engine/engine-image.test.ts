/** Calls about images, against an engine in memory: what is asked, and what becomes of each answer. */
import { describe, expect, test } from "bun:test";
import {
  inspectImage,
  layerSizes,
  listImages,
  loadImages,
  pushImage,
  saveImages,
  tagImage,
  untagImage,
} from "../../../src/image/engine/engine-image.ts";
import type { ImageId } from "../../../src/image/reference.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";

const id: ImageId = `sha256:${"1".repeat(64)}`;
const signal = () => new AbortController().signal;

describe("inspect", () => {
  test("fields that the engine leaves out are empty", async () => {
    const it = memoryEngine({ [id]: ["web:1"] });
    it.override = () => Response.json({ Id: id, Os: "linux", Architecture: "amd64", Size: 3, Created: "now" });
    const none = { env: [], entrypoint: [], cmd: [], workingDir: "", user: "", labels: {}, exposedPorts: [] };
    expect(await inspectImage(it.engine, "web:1", signal())).toEqual({
      ...{ id, tags: [], digests: [], os: "linux", architecture: "amd64", size: 3, created: "now" },
      ...{ config: none, diffIds: [] },
    });
  });

  test("everything else as it is", async () => {
    const it = memoryEngine();
    const Config = { Env: ["A=1"], Entrypoint: ["e"], Cmd: ["c"], WorkingDir: "/w", User: "u", Labels: { l: "1" } };
    it.override = () =>
      Response.json({
        ...{
          Id: id,
          RepoTags: ["web:1"],
          RepoDigests: ["web@d"],
          Config: { ...Config, ExposedPorts: { "80/tcp": {} } },
        },
        RootFS: { Layers: ["sha256:l"] },
      });
    expect(await inspectImage(it.engine, "web:1", signal())).toMatchObject({
      ...{ tags: ["web:1"], digests: ["web@d"], diffIds: ["sha256:l"] },
      config: {
        ...{ env: ["A=1"], entrypoint: ["e"], cmd: ["c"], workingDir: "/w", user: "u", labels: { l: "1" } },
        exposedPorts: ["80/tcp"],
      },
    });
    expect(it.asked).toEqual(["GET /images/web:1/json"]);
  });

  test("one that is not there is none; any other refusal is a failure", async () => {
    const it = memoryEngine();
    expect(await inspectImage(it.engine, "web:1", signal())).toBeUndefined();
    it.override = () => Response.json({ message: "out of order" }, { status: 500 });
    await expect(inspectImage(it.engine, "web:1", signal())).rejects.toThrow(
      "the Docker engine refused to inspect the image web:1: out of order",
    );
  });
});

describe("layers", () => {
  const image = (...diffIds: string[]) => ({ id, diffIds }) as unknown as Parameters<typeof layerSizes>[1];
  const step = (Size: number, CreatedBy: string) => ({ Size, CreatedBy });
  test.each<[string, object[], string[], readonly number[] | undefined]>([
    ["lowest first", [step(2, "RUN b"), step(1, "COPY a")], ["a", "b"], [1, 2]],
    ["steps that only describe have none", [step(0, "CMD x"), step(0, "ENV A"), step(5, "COPY")], ["a"], [5]],
    ["an empty layer counts where the numbers need it", [step(0, "RUN true"), step(5, "COPY")], ["a", "b"], [5, 0]],
    ["the classic builder's words", [step(0, "/bin/sh -c #(nop)  CMD x"), step(0, "RUN true")], ["a"], [0]],
    ["a history of another length", [step(5, "COPY")], ["a", "b", "c"], undefined],
  ])("%s", async (_what, history, diffIds, expected) => {
    const it = memoryEngine();
    it.override = () => Response.json(history);
    expect(await layerSizes(it.engine, image(...diffIds), signal())).toEqual(expected);
    expect(it.asked).toEqual([`GET /images/${id}/history`]);
  });
});

test("the list leaves out names that are none", async () => {
  const it = memoryEngine();
  const raw = { Id: id, Size: 4, Labels: { a: "b" } };
  it.override = () =>
    Response.json([
      { ...raw, RepoTags: ["web:1", "<none>:<none>"], RepoDigests: ["<none>@<none>", "web@sha256:2"] },
      { Id: id, Size: 4, RepoTags: null, RepoDigests: null, Labels: null },
    ]);
  expect(await listImages(it.engine, { reference: ["web"] }, signal())).toEqual([
    { id, tags: ["web:1"], digests: ["web@sha256:2"], size: 4, labels: { a: "b" } },
    { id, tags: [], digests: [], size: 4, labels: {} },
  ]);
  expect(it.asked).toEqual([`GET /images/json?filters=${encodeURIComponent('{"reference":["web"]}')}`]);
});

describe("names", () => {
  test("a name without a tag is latest", async () => {
    const it = memoryEngine({ [id]: [] });
    await tagImage(it.engine, id, "r.io:5000/web", signal());
    await tagImage(it.engine, id, "r.io/web:2", signal());
    expect([...(it.images.get(id)?.names ?? [])]).toEqual(["r.io:5000/web:latest", "r.io/web:2"]);
  });

  test("a name is taken off; where there was none, that is said", async () => {
    const it = memoryEngine({ [id]: ["web:1"] });
    expect(await untagImage(it.engine, "web:1", signal())).toBe(true);
    expect(await untagImage(it.engine, "web:1", signal())).toBe(false);
    it.override = () => Response.json({ message: "in use" }, { status: 409 });
    await expect(untagImage(it.engine, "web:1", signal())).rejects.toThrow(
      "refused to remove the image name web:1: in use",
    );
  });
});

describe("archives", () => {
  test("an export names every image; one without a body is refused", async () => {
    const it = memoryEngine();
    it.override = () => new Response("tar");
    expect(await new Response(await saveImages(it.engine, ["a:1", "b:2"], signal())).text()).toBe("tar");
    expect(it.asked).toEqual(["GET /images/get?names=a%3A1&names=b%3A2"]);
    it.override = () => new Response(null);
    await expect(saveImages(it.engine, ["a:1"], signal())).rejects.toThrow("export a:1: the answer was empty");
  });

  test("a load gives what the engine says; its error is a failure", async () => {
    const it = memoryEngine();
    const archive = () => new Blob(["tar"]).stream();
    it.override = () => new Response('{"stream":"Loaded image: a:1\\n"}\n{"status":"x"}\n');
    expect(await loadImages(it.engine, archive(), signal())).toEqual(["Loaded image: a:1"]);
    expect(it.asked).toEqual(["POST /images/load?quiet=1"]);
    it.override = () => new Response('{"error":"invalid tar header"}');
    await expect(loadImages(it.engine, archive(), signal())).rejects.toThrow(
      "load an image archive: invalid tar header",
    );
  });
});

describe("a push", () => {
  const all = async (it: ReturnType<typeof memoryEngine>, during = signal()) => {
    const messages: unknown[] = [];
    for await (const message of pushImage(it.engine, "r.io/web:2", { username: "u", password: "?>" }, during))
      messages.push(message);
    return messages;
  };

  test("gives every message, and shows its credentials with padding in the URL-safe alphabet", async () => {
    const it = memoryEngine();
    let header: string | undefined;
    const { request } = it.engine;
    const noting: typeof request = (path, what, during) => {
      header = what.headers?.["X-Registry-Auth"];
      return request(path, what, during);
    };
    it.override = () => new Response('{"status":"Preparing"}\n{"aux":{"Digest":"sha256:3"}}\n');
    const own = { ...it, engine: { ...it.engine, request: noting } };
    expect(await all(own)).toEqual([{ status: "Preparing" }, { aux: { Digest: "sha256:3" } }]);
    expect(it.asked).toEqual(["POST /images/r.io/web/push?tag=2"]);
    expect(header).toBe("eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6Ij8-In0=");
  });

  test("that breaks off is an engine that is gone; a cancelled one ends with the signal's reason", async () => {
    const broken = () => new Response(new ReadableStream({ pull: (to) => to.error(new Error("cut")) }));
    const it = memoryEngine();
    it.override = broken;
    await expect(all(it)).rejects.toThrow("cannot reach the Docker engine at unix:///run/memory.sock");
    const controller = new AbortController();
    it.override = () => {
      controller.abort(new Error("enough"));
      return broken();
    };
    await expect(all(it, controller.signal)).rejects.toThrow("enough");
  });
});
