/** What is read from texts that should be JSON. */
import { expect, test } from "bun:test";
import { recordIn } from "../../../src/std/data/json.ts";

test("a text gives its record, and nothing where it holds anything else", () => {
  expect(recordIn('{"a": [1]}')).toEqual({ a: [1] });
  for (const text of ["", "{", "[1]", "null", "7", '"a"']) expect(recordIn(text)).toBeUndefined();
});
