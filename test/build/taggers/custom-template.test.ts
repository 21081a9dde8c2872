/** `customTemplate` with real templates: components, built-in ones, what is asked, and what is refused. */
import { describe, expect, test } from "bun:test";
import { customTemplateTagger } from "../../../src/build/taggers/custom-template.ts";
import { dateTimeTagger } from "../../../src/build/taggers/date-time.ts";
import { envTemplateTagger } from "../../../src/build/taggers/env-template.ts";
import type { Tagger } from "../../../src/build/taggers/tagger.ts";
import { expand } from "../../../src/config/template/evaluate.ts";
import { namesRead } from "../../../src/config/template/syntax/reads.ts";
import { toValue } from "../../../src/config/template/value.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { gitRepository } from "./git-repository.ts";

const signal = new AbortController().signal;
const key = "0123456789abcdef".repeat(4);
const digest = "fedcba9876543210".repeat(4);

function tagger(template: string, components: Readonly<Record<string, Tagger>> = {}): Tagger {
  return customTemplateTagger({
    components: new Map(Object.entries(components)),
    reads: namesRead(template),
    expand: (values) => expand(template, toValue(values), { missingKey: "error" }),
  });
}

const tag = (template: string, components: Readonly<Record<string, Tagger>> = {}, context = "/x") =>
  tagger(template, components).tag({ image: "web", context, buildKey: key, inputDigest: digest }, signal);

const date = dateTimeTagger({ format: "2006-01-02", timezone: "UTC" }, { ...systemClock, now: () => 0 });
const env = envTemplateTagger(() => "staging");

describe("a tag from components", () => {
  test("declared ones", async () =>
    expect(await tag("{{.ENV}}-{{.DAY}}", { ENV: env, DAY: date })).toEqual({ tag: "staging-1970-01-01" }));
  test("built-in ones", async () => {
    expect(await tag("{{.SHA}}")).toEqual({ tag: "sha256-0123456789ab" });
    expect(await tag("d-{{.INPUT_DIGEST}}")).toEqual({ tag: `d-${digest}` });
    expect((await tag("{{.DATE}}")).tag).toMatch(/^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d/);
    await using repo = await gitRepository();
    await repo.commit("first");
    await repo.git("tag", "v1");
    expect(await tag("{{.GIT}}", {}, repo.root)).toEqual({ tag: "v1" });
  });
  test("a declared one takes a built-in one's place", async () =>
    expect(await tag("{{.SHA}}", { SHA: env })).toEqual({ tag: "staging" }));
  test("by the template language's own means", async () =>
    expect(await tag('{{if eq .ENV "staging"}}{{printf "%.3s" .ENV}}{{end}}', { ENV: env })).toEqual({ tag: "sta" }));
  test("those that are not read are not asked", async () => {
    const failing: Tagger = { name: "failing", fromKey: true, tag: () => Promise.reject(new Error("asked")) };
    expect(await tag("{{.ENV}}", { ENV: env, OTHER: failing })).toEqual({ tag: "staging" });
  });
  test("a notice of a component is passed on", async () => {
    const noticed: Tagger = { name: "n", fromKey: false, tag: async () => ({ tag: "a", notice: "a/b became a" }) };
    expect(await tag("{{.A}}", { A: noticed })).toEqual({ tag: "a", notice: "a/b became a" });
  });
});

test("it is made from the key where a component that it reads is", () => {
  expect(tagger("{{.SHA}}").fromKey).toBe(true);
  expect(tagger("{{.GIT}}-{{.INPUT_DIGEST}}").fromKey).toBe(true);
  expect(tagger("{{.GIT}}-{{.DATE}}").fromKey).toBe(false);
});

describe("refused", () => {
  test("a name that is no component", () =>
    expect(() => tagger("{{.GTI}}")).toThrow(
      expect.objectContaining({ message: "the customTemplate reads GTI, which is no component" }),
    ));
  test("functions beyond the language's own", () =>
    expect(() => tagger("{{.GIT | upper}}")).toThrow('function "upper" not defined'));
  test("what is no tag", () => expect(tag("a b")).rejects.toMatchObject({ name: "Failure" }));
});
