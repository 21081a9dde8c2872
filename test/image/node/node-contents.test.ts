/** What a node's listings say, and when an image counts as whole. */
import { expect, test } from "bun:test";
import {
  chainId,
  isComplete,
  isOf,
  type Manifest,
  namesOf,
  readBlobs,
  readLayers,
  readNames,
} from "../../../src/image/node/node-contents.ts";
import { sha256 } from "../../../src/std/data/digest.ts";

const d = (digit: string) => `sha256:${digit.repeat(64)}` as const;

test("an image is looked for by its full name and by its id", () => {
  expect(namesOf({ id: d("1"), name: "web:1" })).toEqual(["docker.io/library/web:1", d("1")]);
});

test("names are the first and third column; the heading and lines without a digest are none", () => {
  const table = `REF TYPE DIGEST SIZE\n  r.io/web:1   application/x  ${d("1")}  3 MiB  linux/amd64\nbroken x -\n\n`;
  expect([...readNames(table)]).toEqual([["r.io/web:1", d("1")]]);
});

test("blobs are files named by 64 hex digits", () => {
  expect([...readBlobs(`${"1".repeat(64)} 10\n* 0\nshort 5\n  ${"2".repeat(64)} 0\n`)]).toEqual([
    [d("1"), 10],
    [d("2"), 0],
  ]);
});

test("a layer is known by what it unpacks to, an unpacked one before a packed one; what is no blob is none", () => {
  const sizes = new Map([
    [d("1"), 10],
    [d("2"), 20],
    [d("3"), 30],
  ]);
  const labelled = (of: string, to: string) => `${of} 1 B 2 days containerd.io/uncompressed=${to}`;
  const table = [labelled(d("1"), d("3")), d("2"), labelled(d("2"), d("3")), d("3"), d("4"), "DIGEST SIZE"].join("\n");
  expect(Object.fromEntries(readLayers(table, sizes))).toEqual({
    [d("2")]: { digest: d("2"), bytes: 20 },
    [d("3")]: { digest: d("3"), bytes: 30 },
  });
  const packed = readLayers([labelled(d("1"), d("9")), labelled(d("2"), d("9"))].join("\n"), sizes);
  expect(Object.fromEntries(packed)).toEqual({ [d("9")]: { digest: d("1"), bytes: 10 } });
});

const contents = (...blobs: string[]) => ({ names: new Map(), blobs: new Map(blobs.map((blob) => [blob, 1])) });
const manifest: Manifest = { config: { digest: d("c") }, layers: [{ digest: d("1") }, { digest: d("2") }] };

test.each<[string, Manifest, readonly string[], readonly string[], string | undefined, boolean]>([
  ["everything", manifest, [d("c"), d("1"), d("2")], [], undefined, true],
  ["no config", manifest, [d("1"), d("2")], [], undefined, false],
  ["a layer is missing", manifest, [d("c"), d("1")], [], undefined, false],
  ["a layer is missing, and no snapshot of the top", manifest, [d("c")], [d("8")], d("9"), false],
  ["layers are missing, and unpacked", manifest, [d("c")], [d("9")], d("9"), true],
  ["unpacked without a config", manifest, [], [d("9")], d("9"), false],
  ["an index", { manifests: [{ digest: d("1") }] }, [d("1")], [], undefined, false],
  ["an image of no layers", { config: { digest: d("c") } }, [d("c")], [], undefined, true],
])("whole or not: %s", (_what, of, blobs, snapshots, top, expected) => {
  expect(isComplete(of, contents(...blobs), new Set(snapshots), top)).toBe(expected);
});

test("a manifest is an image by its config, or by the digests that lead to it", () => {
  expect(isOf(d("c"), manifest, [])).toBe(true);
  expect(isOf(d("7"), manifest, [d("6"), d("7")])).toBe(true);
  expect(isOf(d("7"), manifest, [d("6")])).toBe(false);
  expect(isOf(d("7"), {}, [])).toBe(false);
});

test("a snapshot is named by a digest over all layers below", () => {
  expect(chainId([])).toBeUndefined();
  expect(chainId([d("1")])).toBe(d("1"));
  const two = `sha256:${sha256(`${d("1")} ${d("2")}`)}`;
  expect(chainId([d("1"), d("2")])).toBe(two);
  expect(chainId([d("1"), d("2"), d("3")])).toBe(`sha256:${sha256(`${two} ${d("3")}`)}`);
});
