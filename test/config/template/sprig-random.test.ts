/** sprig's functions on random texts, numbers and times beside the real ones. DEVLOOP_TEST_ROUNDS asks for more. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are replacements of regular expressions
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { type GoOracle, goOracle } from "../../rig/go-oracle.ts";
import { ours, theirs } from "./against-go.ts";
import { data } from "./language-cases.ts";

const numRuns = Number(process.env.DEVLOOP_TEST_ROUNDS ?? 60) * 10;
let go: GoOracle;
beforeAll(async () => {
  go = await goOracle();
});
afterAll(() => go[Symbol.asyncDispose]());

async function same(call: string): Promise<void> {
  const one = { source: `{{${call}}}`, data, sprig: true };
  const [mine, real] = [ours(one), await theirs(go, one)];
  if (real.text !== undefined) expect({ call, ...mine }).toEqual({ call, ...real });
  else if (!/wrong type for value/.test(real.refused ?? ""))
    expect({ call, text: mine.text, by: real.refused }).toEqual({ call, text: undefined, by: real.refused });
}

const text = fc
  .array(fc.constantFrom(..."aAbBzZ019 -_.,/:;!?()[]{}+*=<>&\"'\\\t\n".split(""), "ß", "É", "é", "🦊", "日", "Σ"), {
    maxLength: 14,
  })
  .map((all) => JSON.stringify(all.join("")));
const asciiText = fc
  .array(fc.constantFrom(..."abcXYZ 12-.".split("")), { maxLength: 30 })
  .map((all) => JSON.stringify(all.join("")));
const small = fc.integer({ min: -3, max: 12 });

test("texts", async () => {
  const call = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(
          ..."upper lower title untitle swapcase snakecase kebabcase trim quote squote b64enc b32enc b64dec b32dec sha256sum adler32sum toJson base dir clean ext regexQuoteMeta urlParse html js urlquery".split(
            " ",
          ),
        ),
        text,
      )
      .map((p) => p.join(" ")),
    fc
      .tuple(
        fc.constantFrom("trunc", "indent", "abbrev"),
        small.filter((n) => n >= 0),
        asciiText,
      )
      .map((p) => p.join(" ")),
    fc.tuple(fc.constant("wrap"), small, asciiText).map((p) => p.join(" ")),
    fc
      .tuple(
        fc.constant("abbrevboth"),
        small.filter((n) => n >= 0),
        fc.integer({ min: 0, max: 20 }),
        asciiText,
      )
      .map((p) => p.join(" ")),
    fc
      .tuple(
        fc.constantFrom("contains", "hasPrefix", "trimPrefix", "trimSuffix", "trimAll", "split", "splitList"),
        text,
        text,
      )
      .map((p) => p.join(" ")),
    fc.tuple(fc.constantFrom("replace"), text, text, text).map((p) => p.join(" ")),
  );
  await fc.assert(fc.asyncProperty(call, same), { numRuns: numRuns * 2 });
}, 600_000);

test("camelcase, but for texts of connectors alone, whose last one is doubled there", async () => {
  await fc.assert(
    fc.asyncProperty(
      text.filter((t) => /[^-_\s"\\tn]/.test(t)),
      (t) => same(`camelcase ${t}`),
    ),
    { numRuns },
  );
}, 600_000);

test("numbers", async () => {
  const number = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    fc.integer({ min: -20, max: 20 }).map(String),
    fc
      .float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
      .map((n) => (Number.isInteger(n) ? n.toFixed(1) : n.toFixed(6))),
    fc.tuple(fc.integer(), fc.integer({ min: 0, max: 99 })).map(([a, b]) => `"${a}.${b}"`),
  );
  const call = fc.oneof(
    fc
      .tuple(fc.constantFrom(..."add sub mul div mod max min addf subf mulf divf maxf minf".split(" ")), number, number)
      .map((p) => p.join(" ")),
    fc
      .tuple(fc.constantFrom(..."int64 float64 floor ceil add1 add1f toString toJson".split(" ")), number)
      .map((p) => p.join(" ")),
    fc.tuple(fc.constant("round"), number, fc.integer({ min: 0, max: 5 })).map((p) => p.join(" ")),
    fc.tuple(fc.constant("seq"), small, small).map((p) => p.join(" ")),
    fc.tuple(fc.constant("untilStep"), small, small, small).map((p) => p.join(" ")),
  );
  await fc.assert(fc.asyncProperty(call, same), { numRuns });
}, 600_000);

test("regular expressions", async () => {
  const expression = fc
    .array(
      fc.constantFrom(
        "a",
        "b",
        ".",
        "*",
        "+",
        "?",
        "|",
        "(",
        ")",
        "[ab]",
        "[^a]",
        "^",
        "$",
        "\\b",
        "\\d",
        "{2}",
        "(?i)",
        "*?",
      ),
      { maxLength: 6 },
    )
    .map((all) => JSON.stringify(all.join("")));
  const subject = fc
    .array(fc.constantFrom("a", "b", "A", "1", " ", "é"), { maxLength: 8 })
    .map((all) => JSON.stringify(all.join("")));
  const call = fc.oneof(
    fc.tuple(fc.constantFrom("regexMatch", "mustRegexMatch", "regexFind"), expression, subject).map((p) => p.join(" ")),
    fc.tuple(fc.constantFrom("regexFindAll", "regexSplit"), expression, subject, small).map((p) => p.join(" ")),
    fc
      .tuple(fc.constant("regexReplaceAll"), expression, subject, fc.constantFrom('"<$0>"', '"$1-"', '"${1}x$$"'))
      .map((p) => p.join(" ")),
  );
  await fc.assert(fc.asyncProperty(call, same), { numRuns: numRuns * 2 });
}, 600_000);

test("versions", async () => {
  const part = fc.constantFrom("0", "1", "2", "10");
  const tail = fc.constantFrom("", "", "", "-alpha", "-beta.1", "-beta.11", "+x");
  const version = fc.tuple(part, part, part, tail).map(([a, b, c, d]) => `${a}.${b}.${c}${d}`);
  const wanted = fc
    .tuple(part, fc.constantFrom("", ".0", ".1", ".2", ".x"), fc.constantFrom("", ".0", ".1", ".*"), tail)
    .map(([a, b, c, d]) => `${a}${b}${b === "" ? "" : c}${d}`);
  const one = fc
    .tuple(fc.constantFrom("", "=", "!=", ">", "<", ">=", "<=", "~", "^", "~>"), wanted)
    .map((p) => p.join(""));
  const constraint = fc.oneof(
    one,
    fc.tuple(one, fc.constantFrom(", ", " ", " || "), one).map((p) => p.join("")),
    fc.tuple(wanted, wanted).map(([a, b]) => `${a} - ${b}`),
  );
  await fc.assert(
    fc.asyncProperty(constraint, version, (c, v) => same(`semverCompare "${c}" "${v}"`)),
    { numRuns: numRuns * 2 },
  );
}, 600_000);

test("a time written by a layout is read by it again, as Go reads it", async () => {
  const layout = fc.constantFrom(
    "2006-01-02T15:04:05Z07:00",
    "Mon Jan _2 15:04:05 2006",
    "02 Jan 06 15:04 MST",
    "2006-01-02 15:04:05.999999 -0700",
    "3:04PM",
    "20060102150405",
    "2006-002 15:04",
    "Monday, January 2, 2006 at 03:04:05.000 pm -07",
    "1/2/06",
  );
  const second = fc.integer({ min: -1_000_000_000, max: 4_000_000_000 });
  const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata");
  const damage = fc.constantFrom("", "", "", " ", "x", "1");
  await fc.assert(
    fc.asyncProperty(layout, second, zone, damage, async (form, at, where, extra) => {
      const { text: written } = await go.ask({ op: "time", nanoseconds: `${at}123456789`, zone: where, layout: form });
      await same(`(mustToDate "${form}" "${written}${extra}").UTC.Format "2006-01-02T15:04:05.999999999"`);
    }),
    { numRuns },
  );
}, 600_000);
