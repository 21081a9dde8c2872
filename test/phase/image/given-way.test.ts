/** Which given images are brought from this machine, and which the clusters pull: destinations are data. */
import { expect, test } from "bun:test";
import { Failure } from "../../../src/diag/failure.ts";
import type { Event } from "../../../src/event/event.ts";
import type { Target } from "../../../src/image/target.ts";
import { givenWays } from "../../../src/phase/image/given-way.ts";

type Kind = Target["kind"] | "silent";
const tagged = { image: "web", reference: "web:v1" };
const pinned = { image: "api", reference: `api@sha256:${"d".repeat(64)}` };

async function ways(kinds: readonly Kind[], { missing = false, images = [tagged, pinned] } = {}, signal?: AbortSignal) {
  const asked: Kind[] = [];
  const said: string[] = [];
  const places = kinds.map((kind) => ({
    async delivers() {
      asked.push(kind);
      if (kind === "silent") throw new Failure("cannot reach the Docker engine");
      return { kind } as Target;
    },
  }));
  const emit = (event: Event) => void (event.type === "notice" && said.push(event.text));
  const found = await givenWays(images, missing, places, emit, signal ?? new AbortController().signal);
  return { found, asked, said };
}

test("a cluster of this machine gets what is given by tag; a digest is pulled anywhere", async () => {
  for (const kind of ["nodes", "shared-engine"] as const)
    expect((await ways([kind])).found).toEqual({ brought: [tagged], pulled: [pinned], asksRegistry: false });
  expect((await ways(["registry"])).found).toEqual({ brought: [], pulled: [tagged, pinned], asksRegistry: false });
});

test("one cluster of this machine among others is enough", async () => {
  expect((await ways(["registry", "nodes"])).found.brought).toEqual([tagged]);
});

test("nothing is asked where every image has its digest", async () => {
  const { found, asked } = await ways(["silent"], { images: [pinned] });
  expect([found.pulled, asked]).toEqual([[pinned], []]);
});

test("an engine that does not answer leaves the images to the cluster, and that is told", async () => {
  const { found, said } = await ways(["silent"]);
  expect(found.brought).toEqual([]);
  expect(said).toEqual(["the cluster pulls the given images by itself: cannot reach the Docker engine"]);
});

test("artifacts without an image need the engine, and the registry only where a cluster pulls from one", async () => {
  expect((await ways(["nodes"], { missing: true })).found.asksRegistry).toBe(false);
  expect((await ways(["nodes", "registry"], { missing: true })).found.asksRegistry).toBe(true);
  const failed = ways(["silent"], { missing: true, images: [] });
  expect(await failed.catch((thrown: Error) => thrown.message)).toContain("cannot reach");
});

test("a cancelled command is no silent engine", async () => {
  const over = AbortSignal.abort(new Error("interrupted"));
  expect(await ways(["silent"], {}, over).catch((thrown: unknown) => thrown)).toBeInstanceOf(Error);
});
