/** Images sent from where a build left them: which layers are read, what each node gets, and a node that refuses. */
import { expect, test } from "bun:test";
import type { Node } from "../../../src/image/node/node.ts";
import type { Sender } from "../../../src/image/node/send.ts";
import { sourceSender } from "../../../src/image/node/send-source.ts";
import type { ImageSource, SourceLayer } from "../../../src/image/source/image-source.ts";
import { sha256 } from "../../../src/std/data/digest.ts";

const digest = (text: string) => `sha256:${sha256(text)}` as const;
const config = Buffer.from("{}");
const image = {
  id: digest("{}"),
  name: "web:tag",
  holder: { kind: "archive", path: "/there" } as never,
};
const { signal } = new AbortController();

/** An image of three layers, and which of them were read. */
function source() {
  const read: string[] = [];
  const layers = ["a", "b", "c"].map(
    (name): SourceLayer => ({
      diffId: digest(name),
      bytes: 1,
      async blob() {
        read.push(name);
        const chunks = async function* () {
          yield Buffer.from(name);
        };
        return { digest: digest(name), bytes: 1, compression: "none", chunks };
      },
    }),
  );
  const found: ImageSource = { id: image.id, config, layers };
  return { read, found };
}

/** A node with these layers, which refuses as often. */
function node(name: string, has: readonly string[], refusals = 0) {
  const noted: string[] = [];
  const imported: string[] = [];
  let left = refusals;
  const own = {
    name,
    container: name,
    layers: async () => ({
      blobs: new Map(has.map((layer) => [digest(layer), { digest: digest(layer), size: 1, mediaType: "x" }])),
      snapshots: new Set<string>(),
    }),
    async importArchive({ chunks }: { chunks: AsyncIterable<Uint8Array> }) {
      const bytes: Uint8Array[] = [];
      for await (const chunk of chunks) bytes.push(chunk);
      const text = Buffer.concat(bytes).toString("latin1");
      imported.push(["a", "b", "c"].filter((layer) => text.includes(`blobs/sha256/${sha256(layer)}`)).join(""));
      return left-- > 0 ? { code: 1, stdout: "", stderr: "content not found" } : { code: 0, stdout: "", stderr: "" };
    },
    learn: () => void noted.push("learn"),
    relist: () => void noted.push("relist"),
    forget: async () => void noted.push("forget"),
  };
  return { own: own as unknown as Node, noted, imported };
}

const nobody: Sender = {
  send: async () => ({ how: "full", bytes: 7 }),
  [Symbol.asyncDispose]: async () => undefined,
};
const senderOf = (found: ImageSource | undefined) => sourceSender({ open: async () => found }, nobody);

test("only layers that a node lacks are read, and each node gets what it lacks", async () => {
  const { read, found } = source();
  const [one, other] = [node("one", ["a"]), node("other", ["a", "c"])];
  const sent = await senderOf(found).send(image, [one.own, other.own], signal);
  expect(sent.how).toBe("delta");
  expect([one.imported, other.imported]).toEqual([["bc"], ["b"]]);
  expect(read).not.toContain("a");
  expect([one.noted, other.noted]).toEqual([["learn"], ["learn"]]);
});

test("a node that refuses is listed again and tried once more; then it is named", async () => {
  const { found } = source();
  const once = node("once", ["a"], 1);
  await senderOf(found).send(image, [once.own], signal);
  expect(once.noted).toEqual(["forget", "relist", "learn"]);
  const never = node("never", ["a"], 2);
  await expect(senderOf(found).send(image, [never.own], signal)).rejects.toThrow(
    "the node never refused the layers of web:tag: content not found",
  );
  expect(never.imported).toHaveLength(2);
});

test("an image that its holder does not have any more, or that has none, goes the other way", async () => {
  expect(await senderOf(undefined).send(image, [], signal)).toEqual({ how: "full", bytes: 7 });
  const { found } = source();
  const { holder: _, ...plain } = image;
  expect(await senderOf(found).send(plain, [], signal)).toEqual({ how: "full", bytes: 7 });
});
