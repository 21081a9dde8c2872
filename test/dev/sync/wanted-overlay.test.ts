import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { SyncFile } from "../../../src/dev/loop/classify.ts";
import type { ContainerOverlay } from "../../../src/dev/sync/overlay-book.ts";
import { WantedOverlay } from "../../../src/dev/sync/wanted-overlay.ts";
import { flatInputs } from "../../rig/flat-inputs.ts";

/** @param readAt when its inputs began to be read; files are looked at at 10 unless a test says otherwise */
const image = (inputs: Record<string, string>, readAt = 1) => ({
  imageId: "sha256:1",
  reference: "site:1",
  inputs: flatInputs(inputs),
  readAt,
});
const file = (path: string, print: string | undefined, at = 10): SyncFile => ({
  source: `/ctx/${path}`,
  path,
  kind: print === undefined ? "gone" : "file",
  print,
  at,
  destinations: [`/www/${path}`],
});

function layer(inputs: Record<string, string>, ...files: SyncFile[]): WantedOverlay {
  const made = new WantedOverlay();
  made.built(image(inputs));
  made.want(files);
  return made;
}

describe("what a container lacks", () => {
  test("a new one lacks every synced file, deletions too", () => {
    const { transfers, entries, dropped } = layer(
      { a: "file 1", b: "file 2" },
      file("a", "file 9"),
      file("b", undefined),
    ).lack({}, "/ctx");
    expect(transfers).toEqual([
      { path: "a", source: "/ctx/a", destinations: ["/www/a"], replaces: false },
      { path: "b", destinations: ["/www/b"] },
    ]);
    expect(entries).toEqual({
      a: { print: "file 9", destinations: ["/www/a"], settled: true },
      b: { print: null, destinations: ["/www/b"], settled: true },
    });
    expect(dropped).toEqual([]);
  });

  test("nothing of what it surely has; all of what it may not have", () => {
    const made = layer({}, file("a", "file 9"));
    const has = (settled: boolean): ContainerOverlay => ({ a: { print: "file 9", destinations: ["/www/a"], settled } });
    expect(made.lack(has(true), "/ctx").transfers).toEqual([]);
    expect(made.lack(has(false), "/ctx").transfers).toHaveLength(1);
  });

  test("after a revert: the image's content, or nothing where the image has nothing", () => {
    const overlay: ContainerOverlay = {
      a: { print: "file 9", destinations: ["/www/a"], settled: true },
      added: { print: "file 8", destinations: ["/www/added"], settled: true },
    };
    const { transfers, dropped } = layer({ a: "file 1" }).lack(overlay, "/ctx");
    expect(transfers).toEqual([
      { path: "a", source: "/ctx/a", destinations: ["/www/a"], replaces: false },
      { path: "added", destinations: ["/www/added"] },
    ]);
    expect(dropped).toEqual(["a", "added"]);
  });

  test("a file over a directory takes its place", () => {
    const { transfers } = layer({ a: "directory 755" }, file("a", "file 1")).lack({}, "/ctx");
    expect(transfers).toMatchObject([{ replaces: true }]);
  });
});

describe("a new image", () => {
  const held = (made: WantedOverlay) =>
    Object.fromEntries(["a", "b", "c"].map((path) => [path, made.held(path)?.print]));

  test("drops what it holds already and keeps what was looked at after its inputs were read", () => {
    const made = layer({ a: "file 1", b: "file 1" }, file("a", "file 2"), file("b", "file 2"), file("c", undefined));
    made.built(image({ a: "file 2", b: "file 1", c: "file 1" }, 5));
    expect(held(made)).toEqual({ a: "file 2", b: "file 2", c: undefined });
    expect(Object.keys(made.lack({}, "/ctx").entries)).toEqual(["b", "c"]);
  });

  test("outdates what was looked at before its inputs were read: it holds that or something newer", () => {
    const made = layer({ a: "file 1", b: "file 1" }, file("a", "file 2"), file("b", undefined), file("c", "file 2"));
    made.built(image({ a: "file 3", b: "file 4" }, 20));
    expect(held(made)).toEqual({ a: "file 3", b: "file 4", c: undefined });
    expect(made.lack({}, "/ctx").transfers).toEqual([]);
    // A container of the image from before that has the older overlay is brought to what the image holds.
    const overlay = { a: { print: "file 2", destinations: ["/www/a"], settled: true } };
    expect(made.lack(overlay, "/ctx").entries).toMatchObject({ a: { print: "file 3" } });
  });
});

describe("what a container holds after it took what it lacked", () => {
  const made = layer({ a: "file 1", b: "file 1" }, file("a", "file 2"), file("b", "file 2"), file("c", "file 2"));
  const lack = made.lack({ d: { print: "file 9", destinations: ["/www/d"], settled: true } }, "/ctx");
  const { entries, dropped, differs } = made.settled(
    lack,
    new Map([
      ["a", "file 2"],
      ["b", "file 3"],
      ["d", null],
    ]),
  );

  test("is what was sent, and what was not sent stays as it was", () => {
    expect(entries).toMatchObject({ a: { print: "file 2" }, b: { print: "file 3" }, d: { print: null } });
    expect(entries.c).toBeUndefined();
    expect(dropped).toEqual(["d"]);
    expect(differs).toBe(true);
    expect(made.settled({ ...lack, entries: {} }, new Map()).differs).toBe(false);
  });

  test("is in doubt where it is not what was wanted, until the path is looked at again", () => {
    expect(made.held("a")).toEqual({ print: "file 2", unsure: false });
    expect(made.held("b")).toEqual({ print: "file 2", unsure: true });
    expect(made.held("c")).toEqual({ print: "file 2", unsure: true });
    made.want([file("b", "file 2")]);
    expect(made.held("b")).toEqual({ print: "file 2", unsure: false });
  });
});

test("whatever was synced before, one update makes container and workspace equal, and a second sends nothing", () => {
  const prints = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("file 1", "file 2", "file 3"));
  const deleted = fc.subarray(["a", "b", "c", "d"]);
  fc.assert(
    fc.property(prints, prints, deleted, prints, fc.boolean(), (inputs, synced, gone, old, settled) => {
      const files = [...Object.entries(synced), ...gone.map((path) => [path, undefined] as const)];
      const made = layer(inputs, ...files.map(([path, print]) => file(path, print)));
      const overlay: ContainerOverlay = Object.fromEntries(
        Object.entries(old).map(([path, print]) => [path, { print, destinations: [`/www/${path}`], settled }]),
      );
      const container = new Map<string, string>(Object.entries({ ...inputs, ...old }));
      const { transfers, entries, dropped } = made.lack(overlay, "/ctx");
      const wanted = new Map(Object.entries(inputs));
      for (const [path, print] of files) print === undefined ? wanted.delete(path) : wanted.set(path, print);
      for (const { source, destinations } of transfers)
        for (const place of destinations) {
          const path = place.slice("/www/".length);
          if (source === undefined) container.delete(path);
          else container.set(path, wanted.get(path) ?? "?");
        }
      expect(container).toEqual(wanted);
      const after: Record<string, ContainerOverlay[string]> = { ...overlay, ...entries };
      for (const path of dropped) delete after[path];
      expect(made.lack(after, "/ctx").transfers).toEqual([]);
    }),
  );
});
