#!/usr/bin/env bun
/**
 * Fails when a folder of `src/` imports from a folder above it, when files import each other in a circle, or when the
 * composer does more than to wire. Type-only imports count for direction but not for cycles: they are gone at run time.
 * Imports that are made later count.
 */
import { dirname, join, relative } from "node:path";

/** Folder -> height. A folder may import from its own height's folders and lower ones. */
export const layers: Readonly<Record<string, number>> = {
  std: 0,
  diag: 0,
  event: 0,
  config: 1,
  store: 2,
  graph: 3,
  tool: 4,
  image: 5,
  cluster: 6,
  build: 7,
  deploy: 8,
  phase: 9,
  dev: 10,
  ui: 11,
  command: 12,
  diagnose: 13,
  inspect: 13,
  lsp: 13,
  cli: 14,
};

/** Imports that the heights would allow but the design does not: these folders take plain arguments. */
const closed: Readonly<Record<string, readonly string[]>> = {
  store: ["config"],
  graph: ["config"],
  tool: ["config"],
  image: ["config"],
  cluster: ["config"],
  ui: ["config", "store", "tool", "image", "cluster", "build", "deploy", "phase", "dev"],
};

/**
 * The folder that wires implementations, and nothing else: it makes no class and no collection, so that nothing there
 * outlives a call, and it stays small enough to be read at once.
 */
const wiring = { folder: "cli/compose/", mostLines: 900 } as const;

/** What holds something, in the text of a program without types and comments. */
const holders: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a class", /\bclass\b(?=[^"'`]*\{)/],
  [
    "a collection",
    /\bnew (?:Map|Set|WeakMap|WeakSet|Array)\b|\bMap\.groupBy\b|(?<![\w$])(?!__)[\w$]+\s*=\s*(?:\[\]|\{\})\s*;/,
  ],
  ["work that is remembered", /\bshared(?:By)?\(/],
  ["a variable of the module", /^(?:export )?(?:let|var)\b/m],
];

/** Every complaint about the files below `root`, a line each; empty when the layering holds. */
export async function checkLayers(root: string): Promise<string[]> {
  const complaints: string[] = [];
  const graph = new Map<string, string[]>();
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  let wired = 0;
  for await (const file of new Bun.Glob("**/*.{ts,tsx}").scan(root)) {
    const source = await Bun.file(join(root, file)).text();
    const all = [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((m) => m[1] as string);
    for (const specifier of all)
      complaints.push(...checkImport(file, relative(root, join(root, dirname(file), specifier))));
    if (file.startsWith(wiring.folder)) {
      wired += source.trimEnd().split("\n").length;
      complaints.push(...checkWiring(file, transpiler.transformSync(source)));
    }
    const atRunTime = transpiler
      .scanImports(source)
      .filter((i) => i.path.startsWith(".") && (i.kind === "import-statement" || i.kind === "dynamic-import"));
    graph.set(
      file,
      atRunTime.map((i) => relative(root, join(root, dirname(file), i.path))),
    );
  }
  if (wired > wiring.mostLines)
    complaints.push(
      `${wiring.folder}: ${wired} lines, and ${wiring.mostLines} are the most: what decides belongs elsewhere`,
    );
  return [...complaints, ...cycles(graph)];
}

/** @param program without types and comments */
function checkWiring(file: string, program: string): string[] {
  return holders.flatMap(([what, pattern]) =>
    pattern.test(program) ? [`${file}: makes ${what}; ${wiring.folder} only wires`] : [],
  );
}

function checkImport(from: string, to: string): string[] {
  const [a, b] = [from.split("/")[0] ?? "", to.split("/")[0] ?? ""];
  const [heightA, heightB] = [layers[a], layers[b]];
  if (heightA === undefined) return from.includes("/") ? [`${from}: folder ${a} has no layer`] : [];
  // A text of a package, which the package does not offer for import.
  if (to.startsWith("../node_modules/")) return [];
  if (heightB === undefined) return [`${from}: imports ${to}, which is in no layer`];
  if (heightB > heightA) return [`${from}: imports ${to} from above (${heightA} -> ${heightB})`];
  if (closed[a]?.includes(b)) return [`${from}: ${a} never imports ${b}`];
  return [];
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      found.push(`cycle: ${[...path.slice(at), file].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

if (import.meta.main) {
  const complaints = await checkLayers(join(import.meta.dir, "../src"));
  for (const complaint of complaints) console.error(complaint);
  process.exit(complaints.length === 0 ? 0 : 1);
}
