import { expect, test } from "bun:test";
import { join } from "node:path";
import { checkLock } from "../../scripts/check-lock.ts";

const lock = (place: string) => `{
  "lockfileVersion": 2,
  "packages": {
    "yaml": ["yaml@2.9.1", ${JSON.stringify(place)}, {}, "sha512-abc=="],
  },
}`;

test("the project's lock names no address", async () => {
  expect(checkLock(await Bun.file(join(import.meta.dir, "../../bun.lock")).text())).toEqual([]);
});

test("an empty place is right", () => {
  expect(checkLock(lock(""))).toEqual([]);
});

test("an address is a complaint that names its package", () => {
  const complaints = checkLock(lock("https://registry.example/yaml-2.9.1.tgz"));
  expect(complaints).toContain("yaml: comes from https://registry.example/yaml-2.9.1.tgz");
});

test("so is an address anywhere else", () => {
  const text = lock("").replace("{}", '{ "dependencies": { "a": "git+ssh://example/a" } }');
  expect(checkLock(text)).toEqual(['names the address "git+ssh://example/a"']);
});
