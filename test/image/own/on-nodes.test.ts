/** Nodes of a few functions: which of their images are devloop's, what uses them, and which names go. */
import { describe, expect, test } from "bun:test";
import type { Node } from "../../../src/image/node/node.ts";
import { type NodeInventory, readInventory } from "../../../src/image/node/node-contents.ts";
import { ownOnNodes, removeFromNodes } from "../../../src/image/own/on-nodes.ts";
import type { OwnImage } from "../../../src/store/records/images.ts";

const signal = new AbortController().signal;
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const web = "docker.io/shop/web:1";

function node(name: string, images: Readonly<Record<string, string>>, used: readonly string[] = []) {
  const removed: string[] = [];
  const state = { used: new Set(used) };
  const inventory = async (): Promise<NodeInventory> => ({
    images: new Map(Object.entries(images).map(([one, of]) => [one, { digest: digest(of), bytes: 10 }])),
    used: state.used,
  });
  const remove = async (names: readonly string[]) => void removed.push(...names);
  return { node: { name, inventory, remove } as unknown as Node, removed, state };
}

const own: OwnImage = { id: digest("e"), made: [], names: { nodes: [web] }, at: 0, usedAt: 0 };

test("the listings of a node are read, sizes in its own units", () => {
  const images = `REF TYPE DIGEST SIZE PLATFORMS LABELS
docker.io/shop/web:1 application/vnd.oci.image.manifest.v1+json ${digest("a")} 1.5 MiB linux/amd64 io.cri-containerd.image=managed
${digest("c")} application/vnd.oci.image.manifest.v1+json ${digest("a")} 512.0 B linux/amd64 -
broken
`;
  const containers = `CONTAINER    IMAGE    RUNTIME
0a1b    docker.io/shop/web:1    io.containerd.runc.v2
`;
  const { images: found, used } = readInventory(images, containers);
  expect([...found]).toEqual([
    ["docker.io/shop/web:1", { digest: digest("a"), bytes: 1_572_864 }],
    [digest("c"), { digest: digest("a"), bytes: 512 }],
  ]);
  expect([...used]).toEqual(["docker.io/shop/web:1"]);
});

describe("what is there", () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[], object[]]>([
    ["an image by its name", { [web]: "a" }, [], [{ names: [web], bytes: 10 }]],
    ["none under another name", { "docker.io/their/web:1": "a" }, [], []],
    ["one that a container was made from", { [web]: "a" }, [web], [{ usedBy: "a container on n1" }]],
    [
      "one whose content a container has by another name",
      { [web]: "a", [digest("c")]: "a" },
      [digest("c")],
      [{ usedBy: "a container on n1" }],
    ],
    ["not used by a container of another image", { [web]: "a", other: "b" }, ["other"], [{ usedBy: undefined }]],
  ])("%s", async (_, images, used, expected) => {
    const { images: found } = await ownOnNodes([node("n1", images, used).node], "nodes", [own], signal);
    expect(found).toHaveLength(expected.length);
    for (const [i, one] of expected.entries()) expect(found[i]).toMatchObject(one);
  });

  test("a container on any node is a use", async () => {
    const nodes = [node("n1", { [web]: "a" }).node, node("n2", { [web]: "a" }, [web]).node];
    const { images } = await ownOnNodes(nodes, "nodes", [own], signal);
    expect(images[0]).toMatchObject({ usedBy: "a container on n2", bytes: 20 });
  });
});

describe("what goes", () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      "devloop's names, and the node's own for the same content",
      { [web]: "a", [digest("c")]: "a" },
      [web, digest("c")],
    ],
    [
      "devloop's names alone where others named the content",
      { [web]: "a", [digest("c")]: "a", "docker.io/their/web:1": "a" },
      [web],
    ],
    ["nothing of other content", { [web]: "a", [digest("c")]: "b" }, [web]],
  ])("%s", async (_, images, expected) => {
    const one = node("n1", images);
    const stock = await ownOnNodes([one.node], "nodes", [own], signal);
    expect(await removeFromNodes(stock, stock.images[0] as never, signal)).toBeUndefined();
    expect(one.removed).toEqual([...expected]);
  });

  test("nothing that a container was made from since it was listed", async () => {
    const one = node("n1", { [web]: "a" });
    const stock = await ownOnNodes([one.node], "nodes", [own], signal);
    one.state.used.add(web);
    expect(await removeFromNodes(stock, stock.images[0] as never, signal)).toBe("a container on n1 uses it");
    expect(one.removed).toEqual([]);
  });
});
