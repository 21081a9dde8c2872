/** Random templates and formats beside Go's engine. DEVLOOP_TEST_ROUNDS asks for more, DEVLOOP_TEST_SEED replays. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { type GoOracle, goOracle } from "../../rig/go-oracle.ts";
import { both, ours } from "./against-go.ts";
import { data } from "./language-cases.ts";
import { randomTemplate, verb } from "./random-template.ts";

const numRuns = Number(process.env.DEVLOOP_TEST_ROUNDS ?? 60) * 15;
const seed = Number(process.env.DEVLOOP_TEST_SEED ?? Date.now() % 1_000_000);
let go: GoOracle;
beforeAll(async () => {
  go = await goOracle();
});
afterAll(() => go[Symbol.asyncDispose]());

test("any template gives the same text, or is refused by both", async () => {
  let texts = 0;
  await fc.assert(
    fc.asyncProperty(randomTemplate, fc.constantFrom("default", "error"), async (source, missingKey) => {
      const outcome = await both(go, { source, data, missingKey });
      // Go's slice, unlike its index, takes no number out of a field. Here it does.
      if (outcome.go.refused?.includes("slice/array with type interface {}") && !outcome.ours.refused) return;
      expect(outcome.ours).toEqual(outcome.go);
      if ("text" in outcome.ours) texts++;
    }),
    { numRuns, seed },
  );
  // Where nearly everything were refused, nothing would be compared.
  expect(texts).toBeGreaterThan(numRuns / 10);
}, 600_000);

test("any format prints any argument as Go does", async () => {
  const argument = fc.constantFrom(
    ...[
      '"a"',
      '"größe\\n"',
      "``",
      "0",
      "-7",
      "42",
      "1114112",
      "97",
      "1.5",
      "-0.25",
      "1e21",
      "123456789.0",
      "0.00001",
      "2.5",
      "0.0",
    ],
    ...["true", "nil", ".list", ".mixed", ".dict", ".none", ".numbers"],
  );
  const format = fc
    .array(fc.oneof(verb, fc.constantFrom(" ", "a", "ä", "%")), { maxLength: 4 })
    .map((all) => all.join(""));
  await fc.assert(
    fc.asyncProperty(format, fc.array(argument, { maxLength: 3 }), async (text, args) => {
      const one = { source: `{{printf ${JSON.stringify(text)} ${args.join(" ")}}}`, data };
      // A hexadecimal float is refused here alone.
      if (ours(one).refused?.includes("of a float is not supported")) return;
      const outcome = await both(go, one);
      expect(outcome.ours).toEqual(outcome.go);
    }),
    { numRuns, seed },
  );
}, 600_000);

test("no bytes at all make it throw anything but a refusal with its place", () => {
  const pieces = fc.constantFrom(
    "{{",
    "}}",
    "-",
    " ",
    "(",
    ")",
    "|",
    '"',
    "`",
    "'",
    "$",
    ".",
    ":=",
    ",",
    "if",
    "end",
    "range",
    "define",
    "1",
    "a",
    "\\",
    "/*",
    "*/",
    "\n",
    "ä",
    "\0",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
      ),
      (source) => {
        const { refused } = ours({ source, data });
        if (refused === undefined) return;
        const at = Number(refused.split(":")[0]);
        expect(at >= 0 && at <= source.length).toBe(true);
      },
    ),
    { numRuns: numRuns * 5, seed },
  );
});
