import { expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keep, readKept } from "../../../src/store/records/kept.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

/** Long after anything that the tests write: nothing is too fresh to be kept. */
const later = Date.now() + 3_600_000;
const value = { text: "a\n", warnings: [] };

async function folder() {
  const made = await tempFolder();
  const [cache, file, absent] = [join(made.path, "cache"), join(made.path, "a"), join(made.path, "b")];
  writeFileSync(file, "1");
  const grounds = { files: [file, absent], variables: ["A", "B"] };
  const keeping = (since = later) => keep(cache, "name", { grounds, variables: { A: "1", C: "1" }, value, since });
  const read = (variables: Record<string, string> = { A: "1" }, name = "name") =>
    readKept(cache, name, variables, Date.now());
  return { made, cache, file, absent, keeping, read };
}

test("a value comes back while everything that it was made from is the same", async () => {
  const { made, keeping, read, file } = await folder();
  await using _ = made;
  expect(read()).toBeUndefined();
  await keeping();
  expect(read()).toEqual(value);
  expect(read({ A: "1", C: "2" })).toEqual(value);
  expect(read({ A: "1" }, "another")).toBeUndefined();
  utimesSync(file, 1, 1);
  expect(read()).toEqual(value);
});

const same = { A: "1" };

test.each<[string, (file: string, absent: string) => void, Record<string, string>]>([
  ["a file's content", (file) => writeFileSync(file, "2"), same],
  ["a file that goes", (file) => rmSync(file), same],
  ["a file that comes", (_file, absent) => writeFileSync(absent, ""), same],
  ["a variable's value", () => undefined, { A: "2" }],
  ["a variable that goes", () => undefined, {}],
  ["a variable that comes", () => undefined, { A: "1", B: "" }],
])("%s: it does not come back", async (_what, change, variables) => {
  const { made, keeping, read, file, absent } = await folder();
  await using _ = made;
  await keeping();
  change(file, absent);
  expect(read(variables)).toBeUndefined();
});

test("nothing is kept of a file that was touched while the value was made", async () => {
  const { made, keeping, read } = await folder();
  await using _ = made;
  await keeping(Date.now() - 1000);
  expect(read()).toBeUndefined();
});

test("a damaged file and a cache that cannot be written are as if nothing had been kept", async () => {
  const { made, cache, keeping, read } = await folder();
  await using _ = made;
  await keeping();
  const kept = join(cache, "projects/kept");
  const [name = ""] = readdirSync(kept);
  const text = readFileSync(join(kept, name), "utf8");
  expect(text).not.toContain('"1"');
  writeFileSync(join(kept, name), text.replace('"a\\n"', '"b\\n"'));
  expect(read()).toBeUndefined();
  rmSync(cache, { recursive: true });
  writeFileSync(cache, "");
  chmodSync(cache, 0o400);
  await keeping();
  expect(read()).toBeUndefined();
});
