/** Random trees for the properties of keys: made as data, changed as data, and then put on a disk in any order. */
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";

export type Node =
  | { readonly kind: "file"; readonly content: string; readonly mode: number }
  | { readonly kind: "directory"; readonly mode: number }
  | { readonly kind: "symlink"; readonly target: string };

/** Path -> what is there. Every directory has an entry of its own. */
export type Tree = ReadonlyMap<string, Node>;

const name = fc.constantFrom("a", "b", "main.go", "constructor", "__proto__", "Ä", "x y", "z'", ".hidden", "10", "9");
const mode = fc.constantFrom(0o644, 0o755, 0o600, 0o640);
const directoryMode = fc.constantFrom(0o755, 0o750, 0o700);

const leaf: fc.Arbitrary<Node> = fc.oneof(
  fc.record({ kind: fc.constant("file" as const), content: fc.string({ maxLength: 20 }), mode }),
  fc.record({ kind: fc.constant("symlink" as const), target: fc.constantFrom("a", "../b", "/nowhere", "main.go") }),
  fc.record({ kind: fc.constant("directory" as const), mode: directoryMode }),
);

export const anyTree: fc.Arbitrary<Tree> = fc
  .array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), leaf, directoryMode), { maxLength: 12 })
  .map((entries) => {
    const tree = new Map<string, Node>();
    for (const [names, node, above] of entries) {
      const parents = names.slice(0, -1).map((_, i) => names.slice(0, i + 1).join("/"));
      if (parents.some((path) => (tree.get(path)?.kind ?? "directory") !== "directory")) continue;
      for (const path of parents) if (!tree.has(path)) tree.set(path, { kind: "directory", mode: above });
      const path = names.join("/");
      if (!tree.has(path)) tree.set(path, node);
    }
    return tree;
  });

/** The tree with one thing about it changed; undefined where the change does not apply. `pick` chooses what. */
export type Change = (tree: Tree, pick: number) => Map<string, Node> | undefined;

export const changes: Readonly<Record<string, Change>> = {
  "a byte more": (tree, pick) => changeOne(tree, pick, "file", (node) => ({ ...node, content: `${node.content}!` })),
  "a byte changed": (tree, pick) =>
    changeOne(tree, pick, "file", (node) =>
      node.content === "" ? undefined : { ...node, content: `${flip(node.content)}` },
    ),
  "permission bits of a file": (tree, pick) =>
    changeOne(tree, pick, "file", (node) => ({ ...node, mode: node.mode ^ 0o100 })),
  "permission bits of a directory": (tree, pick) =>
    changeOne(tree, pick, "directory", (node) => ({ ...node, mode: node.mode ^ 0o004 })),
  "a link's target": (tree, pick) =>
    changeOne(tree, pick, "symlink", (node) => ({ ...node, target: `${node.target}x` })),
  "a file becomes a link": (tree, pick) =>
    changeOne(tree, pick, "file", ({ content }) => ({ kind: "symlink", target: content.replaceAll("\0", "") || "a" })),
  "an empty directory more": (tree) =>
    tree.has("new") ? undefined : new Map([...tree, ["new", { kind: "directory", mode: 0o755 }]]),
  "an empty directory less": (tree, pick) => {
    const empty = [...tree].filter(
      ([path, node]) => node.kind === "directory" && ![...tree.keys()].some((other) => other.startsWith(`${path}/`)),
    );
    const gone = empty[pick % Math.max(1, empty.length)];
    return gone && new Map([...tree].filter(([path]) => path !== gone[0]));
  },
  "a file less": (tree, pick) => {
    const file = oneOf(tree, pick, "file");
    return file && new Map([...tree].filter(([path]) => path !== file[0]));
  },
  "a move": (tree, pick) => {
    const file = oneOf(tree, pick, "file");
    return file && new Map([...tree].map(([path, node]) => [path === file[0] ? `${path}-moved` : path, node]));
  },
};

/** Puts the tree at `root`, which is made anew. @param order of creation: what a folder's listing may depend on */
export async function plant(tree: Tree, root: string, order: "forth" | "back" = "forth"): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  const entries = order === "forth" ? [...tree] : [...tree].reverse();
  for (const [path, node] of entries) {
    const full = join(root, path);
    await mkdir(node.kind === "directory" ? full : dirname(full), { recursive: true });
    if (node.kind === "file") await writeFile(full, node.content);
    if (node.kind === "symlink") await symlink(node.target, full);
  }
  for (const [path, node] of entries) if (node.kind !== "symlink") await chmod(join(root, path), node.mode);
}

function oneOf(tree: Tree, pick: number, kind: Node["kind"]): [string, Node] | undefined {
  const nodes = [...tree].filter(([, node]) => node.kind === kind);
  return nodes[pick % Math.max(1, nodes.length)];
}

function changeOne<Kind extends Node["kind"]>(
  tree: Tree,
  pick: number,
  kind: Kind,
  change: (node: Extract<Node, { kind: Kind }>) => Node | undefined,
): Map<string, Node> | undefined {
  const chosen = oneOf(tree, pick, kind);
  const changed = chosen && change(chosen[1] as Extract<Node, { kind: Kind }>);
  return changed && new Map(tree).set(chosen[0], changed);
}

function flip(text: string): string {
  return String.fromCharCode(text.charCodeAt(0) ^ 1) + text.slice(1);
}
