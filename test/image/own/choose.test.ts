import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Bounds, choose, type ListedImage } from "../../../src/image/own/choose.ts";

const now = Date.UTC(2030, 0, 1);
const hour = 3_600_000;

const held = (id: string, hoursAgo: number, more: Partial<ListedImage> = {}): ListedImage => ({
  id,
  names: [id],
  made: [{ project: "shop", artifact: "web" }],
  usedAt: now - hoursAgo * hour,
  bytes: 10,
  ...more,
});
const bounds = (more: Partial<Bounds> = {}): Bounds => ({ keep: 0, ageMs: 1e15, bytes: 1e15, ...more });
const gone = (images: readonly ListedImage[], of: Bounds) =>
  choose(images, of, now)
    .filter(({ goes }) => goes)
    .map(({ image }) => image.id);

describe("what goes", () => {
  const four = [held("a", 4), held("b", 1), held("c", 3), held("d", 2)];
  const api = [{ project: "shop", artifact: "api" }];
  test.each<[string, readonly ListedImage[], Bounds, string[]]>([
    ["nothing within the bounds", four, bounds(), []],
    ["what is too old", four, bounds({ ageMs: 2.5 * hour }), ["c", "a"]],
    ["not the latest of an artifact", four, bounds({ keep: 3, ageMs: 0 }), ["a"]],
    ["the longest unused over the size", four, bounds({ bytes: 25 }), ["c", "a"]],
    ["everything", four, bounds({ ageMs: 0, bytes: 0 }), ["b", "d", "c", "a"]],
    [
      "not what is used",
      [...four, held("e", 99, { usedBy: "the container x" })],
      bounds({ ageMs: 2.5 * hour }),
      ["c", "a"],
    ],
    [
      "what is used counts for the size",
      [held("e", 0, { usedBy: "x", bytes: 100 }), ...four],
      bounds({ bytes: 110 }),
      ["d", "c", "a"],
    ],
    [
      "each artifact keeps its own",
      [...four, held("e", 9, { made: api })],
      bounds({ keep: 1, ageMs: 0 }),
      ["d", "c", "a"],
    ],
    [
      "not what is the latest of one of its artifacts",
      [held("a", 1), held("b", 2, { made: [{ project: "shop", artifact: "web" }, ...api] })],
      bounds({ keep: 1, ageMs: 0 }),
      [],
    ],
    [
      "artifacts of the same name in two projects are two",
      [held("a", 1), held("b", 2, { made: [{ project: "bank", artifact: "web" }] })],
      bounds({ keep: 1, ageMs: 0 }),
      [],
    ],
  ])("%s", (_, images, of, expected) => {
    expect(gone(images, of)).toEqual(expected);
  });
});

test("every image has a reason", () => {
  const images = [held("a", 1, { usedBy: "the container x" }), held("b", 2), held("c", 3), held("d", 99), held("e", 0)];
  const said = choose(images, bounds({ keep: 2, ageMs: 50 * hour }), now).map(
    ({ image, why }) => `${image.id}: ${why}`,
  );
  expect(said).toEqual([
    "e: among the latest of its artifact",
    "a: used by the container x",
    "b: used a short time ago",
    "c: used a short time ago",
    "d: unused for long",
  ]);
});

test("whatever the bounds: what is used stays, each artifact keeps its latest, and tighter bounds keep no more", () => {
  const image = fc.record({
    hours: fc.integer({ min: 0, max: 100 }),
    artifact: fc.constantFrom("a", "b"),
    used: fc.boolean(),
    bytes: fc.integer({ min: 0, max: 100 }),
  });
  const limits = fc.record({ keep: fc.nat(4), hours: fc.nat(100), bytes: fc.nat(500) });
  fc.assert(
    fc.property(fc.array(image, { maxLength: 12 }), limits, (all, { keep, hours, bytes }) => {
      const images = all.map((one, i) =>
        held(`${i}`, one.hours, {
          made: [{ project: "p", artifact: one.artifact }],
          bytes: one.bytes,
          ...(one.used ? { usedBy: "x" } : {}),
        }),
      );
      const of: Bounds = { keep, ageMs: hours * hour, bytes };
      const choices = choose(images, of, now);
      expect(choices).toHaveLength(images.length);
      for (const { image, goes } of choices) if (image.usedBy) expect(goes).toBe(false);
      for (const artifact of ["a", "b"]) {
        const mine = choices.filter(({ image }) => image.made[0]?.artifact === artifact);
        expect(mine.slice(0, keep).some(({ goes }) => goes)).toBe(false);
      }
      // An image that is kept takes the place of others, so only age and number are compared.
      const roomy = { ...of, bytes: 1e15 };
      for (const id of gone(images, { ...roomy, keep: keep + 1 })) expect(gone(images, roomy)).toContain(id);
      for (const id of gone(images, { ...roomy, ageMs: (hours + 1) * hour })) expect(gone(images, roomy)).toContain(id);
    }),
  );
});
