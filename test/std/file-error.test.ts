/** Real failures of file operations, without the system's own decoration. */
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileErrorWords } from "../../src/std/file-error.ts";

const said = (action: () => unknown): string => {
  try {
    action();
  } catch (thrown) {
    return fileErrorWords(thrown);
  }
  return "nothing failed";
};

test.each<[string, () => unknown, string]>([
  ["a file that is not there", () => readFileSync("/no/such, 'file'"), "no such file or directory"],
  ["a folder that is not there", () => writeFileSync("/no/such/file", ""), "no such file or directory"],
  ["a folder in place of a file", () => readFileSync("/"), "illegal operation on a directory"],
  ["a file in place of a folder", () => mkdirSync(`${import.meta.path}/below`), "not a directory"],
  ["two paths", () => renameSync("/no/such", "/no/other"), "no such file or directory"],
])("%s", (_, action, words) => expect(said(action).toLowerCase()).toBe(words));

test("other words are left as they are", () => {
  expect(fileErrorWords(new Error("the door is shut"))).toBe("the door is shut");
  expect(fileErrorWords("no error at all")).toBe("no error at all");
});
