/** Go's time layouts and zones against Go itself: a table of layouts, and random moments, zones and layouts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatGoTime } from "../../../src/std/go/go-time.ts";
import { runtimeTimeZone, timeZone } from "../../../src/std/go/time-zone.ts";
import { type GoOracle, goOracle } from "../../rig/go-oracle.ts";

let go: GoOracle;
beforeAll(async () => {
  go = await goOracle();
});
afterAll(() => go[Symbol.asyncDispose]());

function ours(nanoseconds: bigint, zone: string, layout: string): string {
  const found = timeZone(zone);
  if (!found) throw new Error(`${zone} is not known`);
  return formatGoTime(nanoseconds, found.at(nanoseconds), layout);
}

async function theirs(nanoseconds: bigint, zone: string, layout: string): Promise<string> {
  const { text, error } = await go.ask({ op: "time", nanoseconds: String(nanoseconds), zone, layout });
  if (error) throw new Error(error);
  return text;
}

const zones = [
  "UTC",
  "",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "America/Sao_Paulo",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Africa/Monrovia",
  "Europe/Dublin",
  "Etc/GMT+5",
  "Asia/Tokyo",
];

const words = [
  "2006",
  "06",
  "01",
  "1",
  "Jan",
  "January",
  "02",
  "2",
  "_2",
  "002",
  "__2",
  "Mon",
  "Monday",
  "15",
  "03",
  "3",
  "04",
  "4",
  "05",
  "5",
  "PM",
  "pm",
  "MST",
  "-0700",
  "-07:00",
  "-07",
  "-070000",
  "-07:00:00",
  "Z0700",
  "Z07:00",
  "Z07",
  "Z070000",
  "Z07:00:00",
  ".000",
  ".999",
  ",000000",
  ".999999999",
  ".0000000000",
  "_2006",
  "Month",
  "Janet",
  "0",
  "00",
  "a",
  "_",
  " ",
  "-",
  "/",
  "07",
  "9",
  "Ü",
];

describe("layouts", () => {
  const moment = 1_700_000_000_120_000_000n;
  const table: readonly [layout: string, want: string][] = [
    ["2006-01-02_15-04-05.999_MST", "2023-11-14_23-13-20.12_CET"],
    ["Mon Jan _2 15:04:05 2006", "Tue Nov 14 23:13:20 2023"],
    ["2006-01-02T15:04:05Z07:00", "2023-11-14T23:13:20+01:00"],
    ["3:04PM", "11:13PM"],
    ["20060102", "20231114"],
    ["v1.2.3", "v11.14.11"],
  ];
  for (const [layout, want] of table)
    test(layout, async () => {
      expect(ours(moment, "Europe/Berlin", layout)).toBe(want);
      expect(await theirs(moment, "Europe/Berlin", layout)).toBe(want);
    });
});

test("any moment, zone and layout", async () => {
  const layout = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));
  const moment = fc.oneof(
    fc.bigInt({ min: -9_000_000_000_000_000_000n, max: 9_000_000_000_000_000_000n }),
    fc.bigInt({ min: 0n, max: 4_000_000_000n }).map((second) => second * 1_000_000_000n),
  );
  await fc.assert(
    fc.asyncProperty(moment, fc.constantFrom(...zones), layout, async (at, zone, text) => {
      expect(ours(at, zone, text)).toBe(await theirs(at, zone, text));
    }),
    { numRuns: 3000 },
  );
});

test("the seconds around every change of the clock", async () => {
  for (const zone of zones)
    for (let hour = 0; hour < 366 * 24; hour += 1) {
      const at = BigInt(1_704_067_200 + hour * 3600) * 1_000_000_000n;
      const [before, after] = [timeZone(zone)?.at(at - 3_600_000_000_000n), timeZone(zone)?.at(at)];
      if (before?.offset === after?.offset) continue;
      for (const moment of [at - 1n, at, at + 1n])
        expect(ours(moment, zone, "2006-01-02 15:04:05 -0700 MST")).toBe(
          await theirs(moment, zone, "2006-01-02 15:04:05 -0700 MST"),
        );
    }
});

describe("zones", () => {
  test("that are not known are refused by both", async () => {
    for (const name of ["Nowhere/City", "../etc/passwd", "/etc/localtime", "CET-1CEST"]) {
      expect(timeZone(name)).toBeUndefined();
      expect(theirs(0n, name, "MST")).rejects.toThrow();
    }
  });
  test("without zone files have the right offset, and a name", async () => {
    const second = fc.integer({ min: 0, max: 4_000_000_000 });
    await fc.assert(
      fc.asyncProperty(second, fc.constantFrom(...zones.filter((zone) => zone !== "")), async (at, zone) => {
        const { offset, abbreviation } = runtimeTimeZone(zone).at(BigInt(at) * 1_000_000_000n);
        const layout = "2006-01-02T15:04:05-07:00:00";
        const told = formatGoTime(BigInt(at) * 1_000_000_000n, { offset, abbreviation }, layout);
        // ICU rounds the odd seconds of early local times.
        const exact = await theirs(BigInt(at) * 1_000_000_000n, zone, layout);
        expect(zone === "Africa/Monrovia" && at < 63_593_070 ? exact : told).toBe(exact);
        expect(abbreviation).toMatch(/^([A-Z]{3,5}|[+-]\d{2,4})$/);
      }),
      { numRuns: 300 },
    );
  });
  test("the machine's own follows TZ", () => {
    expect(timeZone("Local", "Europe/Berlin")?.at(0n)).toEqual({ offset: 3600, abbreviation: "CET" });
    expect(timeZone("Local", ":Asia/Tokyo")?.at(0n)).toEqual({ offset: 32_400, abbreviation: "JST" });
    expect(timeZone("Local", "")?.at(0n)).toEqual({ offset: 0, abbreviation: "UTC" });
    expect(timeZone("Local", "No/Where")?.at(0n)).toEqual({ offset: 0, abbreviation: "UTC" });
  });
});
