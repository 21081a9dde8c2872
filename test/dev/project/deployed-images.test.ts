/** What a pass brought to each place, from the outputs of its tasks. */
import { expect, test } from "bun:test";
import { DeployedImages } from "../../../src/dev/project/deployed-images.ts";
import type { Engine } from "../../../src/image/engine/engine.ts";
import { sha256 } from "../../../src/std/data/digest.ts";
import { treeMark } from "../../../src/store/tree/mark.ts";
import { flatInputs } from "../../rig/flat-inputs.ts";

const { signal } = new AbortController();
const tree = sha256("the inputs of web");
const files = treeMark(tree);

/** @param workingDir of every image; undefined: the engine does not answer */
function images(workingDir: string | undefined, known: readonly string[] = [tree]) {
  const asked: string[] = [];
  const answer = { workingDir };
  const engine: Engine = {
    endpoint: { kind: "unix", path: "/nowhere", from: "the test" },
    async request(path) {
      asked.push(path);
      if (answer.workingDir === undefined) throw new Error("away");
      return Response.json({ Id: "sha256:1", RepoTags: [], Size: 1, Config: { WorkingDir: answer.workingDir } });
    },
  };
  const made = new DeployedImages({
    artifacts: [{ image: "web", readMoment: () => 7 }],
    store: { tree: (digest) => (known.includes(digest) ? (flatInputs({}) as never) : undefined) },
    engine,
    sources: {
      open: async (holder, id) =>
        holder.kind === "archive" && holder.path === "/there"
          ? { id, config: Buffer.from(JSON.stringify({ config: { WorkingDir: "/in-archive" } })), layers: [] }
          : undefined,
    },
  });
  return { made, asked, answer };
}
const outputs = (...delivered: readonly [task: string, reference: string][]) =>
  new Map<string, never>(
    Object.entries({
      "build:web": { imageId: "sha256:1" },
      "hash:web": files,
      ...Object.fromEntries(delivered.map(([task, reference]) => [task, { reference }])),
    }) as [string, never][],
  );

test("each place has the images that were delivered there, by their reference there", async () => {
  const { made, asked } = images("/app");
  const found = await made.of(
    outputs(["deliver:web@one", "web:1"], ["deliver:web@three", "registry/web@sha256:2"]),
    [["one"], ["two"], ["three", "four"]],
    signal,
  );
  expect(found.map((place) => place.get("web")?.reference)).toEqual(["web:1", undefined, "registry/web@sha256:2"]);
  expect(found[0]?.get("web")).toMatchObject({ imageId: "sha256:1", readAt: 7, workdir: "/app" });
  expect(asked).toHaveLength(1);
  expect(made.workdir("web")).toBe("/app");
});

test("what was not delivered, and what was built from files that are not known any more, is in no place", async () => {
  const { made, asked } = images("/app");
  expect((await made.of(outputs(), [[undefined]], signal)).map(({ size }) => size)).toEqual([0]);
  expect(asked).toEqual([]);
  const forgotten = images("/app", []);
  expect((await forgotten.made.of(outputs(["deliver:web", "web:1"]), [[undefined]], signal))[0]?.size).toBe(0);
});

test("an image without a working directory runs in the root; an engine that is away leaves what is known", async () => {
  const { made, answer } = images("");
  const pass = async () => (await made.of(outputs(["deliver:web", "web:1"]), [[undefined]], signal))[0]?.get("web");
  await pass();
  expect(made.workdir("web")).toBe("/");
  answer.workingDir = undefined;
  expect((await pass())?.workdir).toBeUndefined();
  expect(made.workdir("web")).toBe("/");
});

test("a pass that is cancelled meanwhile is no silent engine", async () => {
  const { made } = images(undefined);
  const failed = made.of(outputs(["deliver:web", "web:1"]), [[undefined]], AbortSignal.abort(new Error("superseded")));
  expect(await failed.catch((thrown: Error) => thrown.message)).toBe("superseded");
});

test("the working directory comes from where the build left the image, and from the engine where that has it no more", async () => {
  for (const [path, workdir, requests] of [
    ["/there", "/in-archive", 0],
    ["/gone", "/app", 1],
  ] as const) {
    const { made, asked } = images("/app");
    const of = outputs(["deliver:web", "web:1"]);
    of.set("build:web", { imageId: "sha256:1", holder: { kind: "archive", path } } as never);
    const [found] = await made.of(of, [[undefined]], new AbortController().signal);
    expect(found?.get("web")?.workdir).toBe(workdir);
    expect(asked).toHaveLength(requests);
  }
});
