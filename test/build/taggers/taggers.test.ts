/** The policies that need no tool: `sha256`, `inputDigest`, `envTemplate`, and what is a tag at all. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { envTemplateTagger } from "../../../src/build/taggers/env-template.ts";
import { inputDigestTagger } from "../../../src/build/taggers/input-digest.ts";
import { sha256Tagger } from "../../../src/build/taggers/sha256.ts";
import { checkTag, sanitizeTag } from "../../../src/build/taggers/tagger.ts";

const signal = new AbortController().signal;
const key = "0123456789abcdef".repeat(4);

describe("sha256", () => {
  const table: readonly [image: string, moved: string][] = [
    ["web", "latest"],
    ["example.com/team/web", "latest"],
    ["example.com:5000/web", "latest"],
    ["web:v1", "v1"],
    ["example.com:5000/web:v1", "v1"],
    [`web@sha256:${key}`, "latest"],
  ];
  for (const [image, moved] of table)
    test(`${image}: from the key, and ${moved} moves along`, async () =>
      expect(await sha256Tagger().tag({ image, context: "/x", buildKey: key }, signal)).toEqual({
        tag: "sha256-0123456789ab",
        also: [moved],
      }));
  test("is made from the key", () => expect(sha256Tagger().fromKey).toBe(true));
});

test("inputDigest is the digest itself", async () => {
  expect(await inputDigestTagger().tag({ image: "web", context: "/x", inputDigest: key }, signal)).toEqual({
    tag: key,
  });
  expect(inputDigestTagger().fromKey).toBe(true);
});

describe("envTemplate", () => {
  const given = (text: string) =>
    envTemplateTagger(() => text).tag({ image: "example.com/web", context: "/x" }, signal);
  test("is given the image's name", async () => {
    const tagger = envTemplateTagger((variables) => `${variables.IMAGE_NAME?.length}`);
    expect(await tagger.tag({ image: "web", context: "/x" }, signal)).toEqual({ tag: "3" });
  });
  test("a whole reference is refused with the rewrite", () =>
    expect(given("example.com/web:v1")).rejects.toMatchObject({
      diagnostics: [{ suggestion: expect.stringContaining("the tag alone") }],
    }));
  test("what is no tag is refused", () => expect(given("a b")).rejects.toMatchObject({ name: "Failure" }));
  test("nothing is no tag", () => expect(given("")).rejects.toMatchObject({ name: "Failure" }));
});

describe("any text as a tag", () => {
  const table: readonly [text: string, tag: string][] = [
    ["v1.2.0", "v1.2.0"],
    ["feature/x", "feature_x"],
    ["-x", "_x"],
    ["..-x", "___x"],
    ["a-.b", "a-.b"],
    ["ü", "_"],
    ["🦊", "_"],
    ["x".repeat(200), "x".repeat(128)],
  ];
  for (const [text, tag] of table) test(JSON.stringify(text.slice(0, 20)), () => expect(sanitizeTag(text)).toBe(tag));
  test("is a tag unless it is empty, and stays when it was one", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        (text) => checkTag(sanitizeTag(text), "test") === sanitizeTag(sanitizeTag(text)),
      ),
    );
  });
});
