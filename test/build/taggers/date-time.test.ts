/** `dateTime`: formats and zones end to end; the layouts themselves are held against Go in `test/std`. */
import { describe, expect, test } from "bun:test";
import { dateTimeTagger } from "../../../src/build/taggers/date-time.ts";
import { systemClock } from "../../../src/std/clock.ts";

const clock = { ...systemClock, now: () => 1_700_000_000_120.9 };
const tag = (format: string, timezone: string) =>
  dateTimeTagger({ format, timezone }, clock).tag({ image: "web", context: "/x" }, new AbortController().signal);

describe("a tag", () => {
  const table: readonly [format: string, timezone: string, tag: string][] = [
    ["", "UTC", "2023-11-14_22-13-20.12_UTC"],
    ["", "Europe/Berlin", "2023-11-14_23-13-20.12_CET"],
    ["20060102-150405", "Asia/Tokyo", "20231115-071320"],
    ["2006-01-02", "America/New_York", "2023-11-14"],
    ["v06.1.2", "UTC", "v23.11.14"],
    ["fixed", "UTC", "fixed"],
  ];
  for (const [format, timezone, want] of table)
    test(`${format || "by default"} in ${timezone}`, async () =>
      expect(await tag(format, timezone)).toEqual({ tag: want }));
  test("of the machine's own zone by default", async () => {
    const local = await tag("2006-01-02_15", "");
    expect(local.tag).toBe((await tag("2006-01-02_15", "Local")).tag);
  });
});

describe("no tag", () => {
  test("for a zone that is not known", () =>
    expect(tag("", "Europe/Berlim")).rejects.toMatchObject({
      message: 'the time zone "Europe/Berlim" is not known',
      diagnostics: [{ suggestion: expect.stringContaining("IANA") }],
    }));
  test("for a format that gives none", () => expect(tag("15:04", "UTC")).rejects.toMatchObject({ name: "Failure" }));
});
