/** When the images of earlier sessions are collected, and what becomes of a collection that fails. */
import { expect, test } from "bun:test";
import { collectAfterSession } from "../../../src/deploy/stock/after-session.ts";
import type { StockMeans } from "../../../src/deploy/stock/image-stock.ts";
import type { Event } from "../../../src/event/event.ts";
import type { OwnImage } from "../../../src/store/records/images.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";

const place = "engine:memory:/root";
const dayMs = 24 * 60 * 60 * 1000;
const idOf = (n: number) => `sha256:${String(n).repeat(64)}` as const;

/** An engine with five images of one artifact, each a day older than the one before. */
function machine(isDue = true) {
  const numbers = [1, 2, 3, 4, 5];
  const engine = memoryEngine(Object.fromEntries(numbers.map((n) => [idOf(n), [`web:v${n}`]])));
  engine.override = (asked) => {
    if (asked === "GET /info") return Response.json({ Name: "memory", DockerRootDir: "/root" });
    return asked.startsWith("GET /containers/json") ? Response.json([]) : undefined;
  };
  const made = [{ project: "p", artifact: "web" }];
  const book = numbers.map(
    (n): OwnImage => ({
      id: idOf(n),
      made,
      names: { [place]: [`docker.io/library/web:v${n}`] },
      at: 0,
      usedAt: (10 - n) * dayMs,
    }),
  );
  const noted: string[] = [];
  const images: Partial<StockMeans["store"]["images"]> = {
    isDue: async () => isDue,
    list: async () => book,
    dropped: async (id) => void noted.push(`dropped ${id.slice(7, 8)}`),
    collected: async () => void noted.push("collected"),
  };
  const store = { images, activeProjects: async () => new Set<string>() } as unknown as StockMeans["store"];
  const told: Event[] = [];
  const collect = () =>
    collectAfterSession({ engine: engine.engine, store, places: [] }, { now: () => 10 * dayMs }, (event) =>
      told.push(event),
    );
  return { engine, noted, told, collect };
}

test("what nobody uses goes, the latest of an artifact stay, and one line says how many went", async () => {
  const { engine, noted, told, collect } = machine();
  await collect();
  expect([...engine.images.values()].map(({ names }) => names.size)).toEqual([1, 1, 1, 0, 0]);
  expect(noted).toEqual(["dropped 4", "dropped 5", "collected"]);
  expect(told).toEqual([{ type: "notice", level: "info", text: "2 old images of devloop's were removed" }]);
});

test("nothing is asked where a collection was made a short time ago", async () => {
  const { engine, noted, collect } = machine(false);
  await collect();
  expect([engine.asked, noted]).toEqual([[], []]);
});

test("a collection that fails is not noted as made, and no failure of the session", async () => {
  const { engine, noted, told, collect } = machine();
  engine.override = () => {
    throw new Error("broken");
  };
  await collect();
  expect([noted, told]).toEqual([[], []]);
});
