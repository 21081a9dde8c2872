/** sprig's functions beside the real ones: what they give we give; a type that they refuse we may convert. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sprig } from "../../../src/config/template/sprig/sprig.ts";
import { type GoOracle, goOracle } from "../../rig/go-oracle.ts";
import { ours, theirs } from "./against-go.ts";
import { data } from "./language-cases.ts";
import { sprigCases } from "./sprig-cases.ts";

let go: GoOracle;
beforeAll(async () => {
  go = await goOracle();
});
afterAll(() => go[Symbol.asyncDispose]());

test("every function has its name here, and none is invented", async () => {
  const { texts = [] } = await go.ask({ op: "functions" });
  const mine = [...sprig(() => undefined).keys()].sort();
  expect(mine).toEqual([...texts]);
});

for (const [theme, calls] of Object.entries(sprigCases))
  describe(theme, () => {
    for (const call of calls)
      test(call, async () => {
        const one = { source: `{{${call}}}`, data, sprig: true };
        const [mine, real] = [ours(one), await theirs(go, one)];
        if (real.text !== undefined) expect(mine).toEqual(real);
        // Go's static types refuse an int64 where an int is wanted: that much we may know better.
        else if (!/wrong type for value|incompatible types/.test(real.refused ?? ""))
          expect({ refused: mine.refused !== undefined, by: real.refused, text: mine.text }).toEqual({
            refused: true,
            by: real.refused,
            text: undefined,
          });
      });
  });

describe("better here", () => {
  const table: readonly [call: string, text: string][] = [
    // Bytes are no characters.
    ['nospace "grö ße 🦊"', "größe🦊"],
    ['initials "über größe 🦊"', "üg🦊"],
    // A plain number is one of seconds, as the documentation says.
    ["duration 95", "1m35s"],
    // In an order that stays.
    ['keys (dict "b" 1 "a" 2)', "[a b]"],
    ['values (dict "b" 1 "a" 2)', "[2 1]"],
  ];
  for (const [call, text] of table)
    test(call, () => expect(ours({ source: `{{${call}}}`, data, sprig: true })).toEqual({ text }));
});

describe("random ones have the right shape", () => {
  const table: readonly [call: string, shape: RegExp][] = [
    ["uuidv4", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ["randAlphaNum 20", /^[A-Za-z0-9]{20}$/],
    ["randAlpha 20", /^[A-Za-z]{20}$/],
    ["randNumeric 20", /^\d{20}$/],
    ["randAscii 20", /^[ -~]{20}$/],
    ["randBytes 6", /^[A-Za-z0-9+/]{8}$/],
    ["randInt 5 8", /^[567]$/],
    ['shuffle "aab"', /^(aab|aba|baa)$/],
    ['bcrypt "password"', /^\$2[aby]\$10\$[./A-Za-z0-9]{53}$/],
    ['htpasswd "user" "password"', /^user:\$2[aby]\$10\$[./A-Za-z0-9]{53}$/],
    ["now | unixEpoch", /^\d{10}$/],
    ["now.Year", /^\d{4}$/],
    ['now | date "2006"', /^\d{4}$/],
    ["htmlDate now", /^\d{4}-\d\d-\d\d$/],
    ["ago now", /^[01]s$/],
    ["now", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+$/],
  ];
  for (const [call, shape] of table)
    test(call, () => expect(ours({ source: `{{${call}}}`, data, sprig: true }).text).toMatch(shape));
});

test("keys, certificates and the network are refused by name", () => {
  for (const call of ['genPrivateKey "rsa"', 'genCA "a" 1', 'genSelfSignedCert "a" nil nil 1', 'getHostByName "a"'])
    expect(ours({ source: `{{${call}}}`, data, sprig: true }).refused).toContain(
      `${call.split(" ")[0]} is not supported`,
    );
});
