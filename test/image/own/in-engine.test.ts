/** An engine of a few functions: which of its images are devloop's, and what of them is removed. */
import { describe, expect, test } from "bun:test";
import type { Engine } from "../../../src/image/engine/engine.ts";
import { ownInEngine, removeFromEngine } from "../../../src/image/own/in-engine.ts";
import type { OwnImage } from "../../../src/store/records/images.ts";

const signal = new AbortController().signal;
const id = (digit: string) => `sha256:${digit.repeat(64)}` as const;

interface Held {
  readonly id: string;
  tags: string[];
  readonly digests?: string[];
}

function fakeEngine(images: Held[], containers: readonly { readonly name: string; readonly image: string }[] = []) {
  const removed: string[] = [];
  const refused = new Set<string>();
  const find = (name: string) => images.find((one) => one.id === name || one.tags.includes(short(name)));
  const engine: Engine = {
    endpoint: { kind: "unix", path: "/fake", from: "the test" },
    async request(path, { method = "GET", query }) {
      if (path === "/images/json")
        return Response.json(
          images.map(({ id, tags, digests }) => ({
            Id: id,
            RepoTags: tags,
            RepoDigests: digests ?? [],
            Size: 100,
            SharedSize: query?.["shared-size"] ? 40 : -1,
          })),
        );
      if (path === "/containers/json")
        return Response.json(
          query?.all
            ? containers.map(({ name, image }) => ({ Id: name, Names: [`/${name}`], Image: image, ImageID: image }))
            : [],
        );
      const name = path.replace(/^\/images\//, "").replace(/\/json$/, "");
      const found = find(name);
      if (!found) return Response.json({ message: "no such image" }, { status: 404 });
      if (method === "GET")
        return Response.json({
          Id: found.id,
          RepoTags: found.tags,
          RepoDigests: found.digests ?? [],
          Os: "",
          Architecture: "",
          Size: 1,
          Created: "",
        });
      if (refused.has(name)) return Response.json({ message: "a container uses it" }, { status: 409 });
      expect(query).toEqual({ noprune: "1" });
      removed.push(name);
      found.tags = found.tags.filter((tag) => tag !== short(name));
      if (found.tags.length === 0) images.splice(images.indexOf(found), 1);
      return Response.json([]);
    },
  };
  return { engine, images, removed, refused };
}

const short = (name: string) => name.replace(/^docker\.io\/(library\/)?/, "");
const own = (digit: string, names: readonly string[], place = "here"): OwnImage => ({
  id: id(digit),
  made: [{ project: "shop", artifact: "web" }],
  names: { [place]: names },
  at: 1,
  usedAt: 2,
});
const full = "docker.io/shop/web";

describe("which images are devloop's", () => {
  test.each<[string, Held[], OwnImage[], object[]]>([
    [
      "one that it named",
      [{ id: id("a"), tags: ["shop/web:1"] }],
      [own("a", [`${full}:1`])],
      [{ names: [`${full}:1`], bytes: 60 }],
    ],
    ["none that is not in the book", [{ id: id("a"), tags: ["shop/web:1"] }], [], []],
    [
      "none that it named in another engine",
      [{ id: id("a"), tags: ["shop/web:1"] }],
      [own("a", [`${full}:1`], "there")],
      [],
    ],
    [
      "not by a name that means another image now",
      [{ id: id("b"), tags: ["shop/web:1"] }],
      [own("a", [`${full}:1`])],
      [],
    ],
    [
      "one that others named, too: its bytes stay",
      [{ id: id("a"), tags: ["shop/web:1", "their/web:1"] }],
      [own("a", [`${full}:1`, `${full}:2`])],
      [{ names: [`${full}:1`], bytes: 0 }],
    ],
    ["none that has others' names alone", [{ id: id("a"), tags: ["their/web:1"] }], [own("a", [`${full}:1`])], []],
    [
      "what is left of one without a name",
      [{ id: id("a"), tags: [] }],
      [own("a", [`${full}:1`])],
      [{ names: [], bytes: 60 }],
    ],
    [
      "a digest of its own repository is no other name",
      [{ id: id("a"), tags: ["shop/web:1"], digests: [`shop/web@${id("f")}`] }],
      [own("a", [`${full}:1`])],
      [{ bytes: 60 }],
    ],
    [
      "a digest of another repository is",
      [{ id: id("a"), tags: [], digests: [`their/web@${id("f")}`] }],
      [own("a", [`${full}:1`])],
      [],
    ],
  ])("%s", async (_, images, book, expected) => {
    const { engine } = fakeEngine(images);
    const found = await ownInEngine(engine, "here", book, signal);
    expect(found).toHaveLength(expected.length);
    for (const [i, one] of expected.entries()) expect(found[i]).toMatchObject(one);
  });

  test("a container uses its image, also where it does not run", async () => {
    const { engine } = fakeEngine([{ id: id("a"), tags: ["shop/web:1"] }], [{ name: "db", image: id("a") }]);
    const [found] = await ownInEngine(engine, "here", [own("a", [`${full}:1`])], signal);
    expect(found?.usedBy).toBe("the container db");
  });
});

describe("removing one", () => {
  const heldAs = (names: readonly string[]) => ({ id: id("a"), names, made: [], usedAt: 0, bytes: 0 });

  test("takes its own names, and leaves an image that others named", async () => {
    const it = fakeEngine([{ id: id("a"), tags: ["shop/web:1", "shop/web:2", "their/web:1"] }]);
    expect(await removeFromEngine(it.engine, heldAs([`${full}:1`, `${full}:2`]), signal)).toBeUndefined();
    expect(it.images).toEqual([{ id: id("a"), tags: ["their/web:1"] }]);
  });

  test("leaves a name that has become another image's since it was listed", async () => {
    const it = fakeEngine([{ id: id("b"), tags: ["shop/web:1"] }]);
    expect(await removeFromEngine(it.engine, heldAs([`${full}:1`]), signal)).toBeUndefined();
    expect(it.removed).toEqual([]);
  });

  test("takes what has no name left", async () => {
    const it = fakeEngine([{ id: id("a"), tags: [] }]);
    expect(await removeFromEngine(it.engine, heldAs([]), signal)).toBeUndefined();
    expect(it.removed).toEqual([id("a")]);
  });

  test("forces nothing: what the engine refuses stays, with its words", async () => {
    const it = fakeEngine([{ id: id("a"), tags: ["shop/web:1"] }]);
    it.refused.add(`${full}:1`);
    expect(await removeFromEngine(it.engine, heldAs([`${full}:1`]), signal)).toContain("a container uses it");
    expect(it.images).toHaveLength(1);
  });
});
