import { expect, test } from "bun:test";
import { plainScalar } from "../../../src/deploy/manifests/yaml-scalar.ts";
import { scalarCases } from "../scalar-cases.ts";

test.each(scalarCases)("%s", (text, value) => {
  expect(plainScalar(text)).toEqual({ value });
});

test.each([".inf", "-.Inf", ".NaN", "9007199254740993", "0xFFFFFFFFFFFFFFFF"])("%s is refused", (text) => {
  expect(plainScalar(text)).toHaveProperty("refused");
});
