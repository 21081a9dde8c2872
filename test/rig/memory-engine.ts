/**
 * An engine in memory that answers the calls about images, by its API's own shapes: images under names, pushes that a
 * script answers. What it was asked is noted; any answer can be replaced.
 */
import type { Engine } from "../../src/image/engine/engine.ts";
import { fullName, type ImageId } from "../../src/image/reference.ts";

export interface MemoryImage {
  readonly names: Set<string>;
  readonly digests?: readonly string[];
  readonly size?: number;
}

export interface MemoryEngine {
  readonly engine: Engine;
  readonly images: Map<ImageId, MemoryImage>;
  /** `METHOD /path?query`, in order. */
  readonly asked: string[];
  /** Tried first; undefined: the engine's own answer. */
  override: (asked: string) => Response | undefined | Promise<Response>;
}

export function memoryEngine(images: Readonly<Record<ImageId, readonly string[]>> = {}): MemoryEngine {
  const made: MemoryEngine = {
    images: new Map(
      Object.entries(images).map(([id, names]) => [id as ImageId, { names: new Set(names.map(fullName)) }]),
    ),
    asked: [],
    override: () => undefined,
    engine: {
      endpoint: { kind: "unix", path: "/run/memory.sock", from: "a test" },
      async request(path, { method = "GET", query }, signal) {
        signal.throwIfAborted();
        const asked = `${method} ${path}${query ? `?${new URLSearchParams(query)}` : ""}`;
        made.asked.push(asked);
        return (await made.override(asked)) ?? answer(made, method, path, query ?? {});
      },
    },
  };
  return made;
}

function answer(
  { images }: MemoryEngine,
  method: string,
  path: string,
  query: Readonly<Record<string, string>>,
): Response {
  const find = (name: string) =>
    [...images].find(([id, { names }]) => id === name || (!name.startsWith("sha256:") && names.has(fullName(name))));
  const raw = ([Id, { names, digests = [], size = 1 }]: [ImageId, MemoryImage]) => ({
    Id,
    RepoTags: [...names],
    RepoDigests: digests,
    Size: size,
  });
  if (path === "/images/json") return Response.json([...images].map(raw));
  if (path === "/images/load") return new Response("");
  const named = decodeURIComponent(/^\/images\/(.+?)(?:\/(?:json|tag|push))?$/.exec(path)?.[1] ?? "");
  const found = find(named);
  const absent = Response.json({ message: `No such image: ${named}` }, { status: 404 });
  if (path.endsWith("/push")) return new Response("");
  if (found === undefined) return absent;
  if (path.endsWith("/json")) return Response.json(raw(found));
  if (method === "DELETE") {
    found[1].names.delete(fullName(named));
    return Response.json([]);
  }
  const name = fullName(`${query.repo}:${query.tag}`);
  for (const { names } of images.values()) names.delete(name);
  found[1].names.add(name);
  return new Response("", { status: 201 });
}
