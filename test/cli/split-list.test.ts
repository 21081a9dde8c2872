/** Lists on the command line beside pflag's own reading of them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { splitList } from "../../src/command/flags.ts";
import { type GoOracle, goOracle } from "../rig/go-oracle.ts";

let go: GoOracle;
beforeAll(async () => {
  go = await goOracle();
});
afterAll(() => go[Symbol.asyncDispose]());

/** What pflag refuses (a quote out of place) is read here as it stands. */
async function same(text: string): Promise<void> {
  const { texts = [], error } = await go.ask({ op: "list", texts: [text] });
  if (error === undefined) expect({ text, items: splitList(text) }).toEqual({ text, items: [...texts] });
}

describe("a list", () => {
  for (const text of [
    "",
    "a",
    "a,b",
    "a,",
    ",a",
    ",",
    ",,",
    '"a,b",c',
    '"a""b"',
    '""',
    '"",a',
    "a b,c",
    " a, b ",
    '"a\nb",c',
    "a\\,b",
    "é,🦊",
    "a=b,c=d",
    '"a",b,"c"',
    "a\nb",
    "\r\n",
    "a\r\n",
    "#a,b",
    '"a\r\nb"',
  ])
    test(JSON.stringify(text), () => same(text));
});

test("any list", async () => {
  const piece = fc.constantFrom("a", "b", ",", ",", '"', '""', " ", '"a,b"', "=", "é", "\n", "\r");
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 8 }).map((all) => all.join("")),
      same,
    ),
    { numRuns: 2000 },
  );
});
