/**
 * Go's time layouts: a layout shows how one reference time is written, and another time is written in the same form.
 * Only formatting is decided here. Times are nanoseconds since the epoch, so that fractions are exact; the caller gives
 * the zone's offset and abbreviation.
 */

/** A zone's offset and abbreviation at one time. */
export interface ZoneMoment {
  /** Seconds east of UTC. */
  readonly offset: number;
  /** `CET`, `UTC`, `-03`. */
  readonly abbreviation: string;
}

/** A time in a zone, split into its fields. */
interface Parts extends ZoneMoment {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** Sunday is 0. */
  readonly weekday: number;
  /** From 1. */
  readonly yearDay: number;
}

export const months = "January February March April May June July August September October November December".split(
  " ",
);
export const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** A longer word stands before a shorter one that begins it. `_2` does not match the first part of `_2006`. */
export const layoutWord =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm|[Z-]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?!\d)/g;

const two = (value: number) => String(value).padStart(2, "0");
const hour12 = ({ hour }: Parts) => hour % 12 || 12;

const meanings: Readonly<Record<string, (parts: Parts) => string>> = {
  January: ({ month }) => months[month - 1] ?? "",
  Jan: ({ month }) => (months[month - 1] ?? "").slice(0, 3),
  Monday: ({ weekday }) => weekdays[weekday] ?? "",
  Mon: ({ weekday }) => (weekdays[weekday] ?? "").slice(0, 3),
  MST: ({ abbreviation }) => abbreviation,
  "01": ({ month }) => two(month),
  "02": ({ day }) => two(day),
  "03": (parts) => two(hour12(parts)),
  "04": ({ minute }) => two(minute),
  "05": ({ second }) => two(second),
  "06": ({ year }) => two(year % 100),
  "002": ({ yearDay }) => String(yearDay).padStart(3, "0"),
  __2: ({ yearDay }) => String(yearDay).padStart(3, " "),
  _2: ({ day }) => String(day).padStart(2, " "),
  "15": ({ hour }) => two(hour),
  "1": ({ month }) => String(month),
  "2006": ({ year }) => String(year).padStart(4, "0"),
  "2": ({ day }) => String(day),
  "3": (parts) => String(hour12(parts)),
  "4": ({ minute }) => String(minute),
  "5": ({ second }) => String(second),
  PM: ({ hour }) => (hour < 12 ? "AM" : "PM"),
  pm: ({ hour }) => (hour < 12 ? "am" : "pm"),
};

/** The time, written by the layout. */
export function formatGoTime(nanoseconds: bigint, zone: ZoneMoment, layout: string): string {
  const parts = partsOf(nanoseconds, zone);
  return layout.replace(layoutWord, (found) => {
    const meaning = meanings[found];
    if (meaning) return meaning(parts);
    return /^[.,]/.test(found) ? fraction(parts, found) : offset(parts, found);
  });
}

function partsOf(nanoseconds: bigint, zone: ZoneMoment): Parts {
  const nanosecond = BigInt.asUintN(64, ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  const local = new Date(Number((nanoseconds - nanosecond) / 1_000_000n) + zone.offset * 1000);
  const year = local.getUTCFullYear();
  const day = Date.UTC(year, local.getUTCMonth(), local.getUTCDate());
  return {
    ...zone,
    year,
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    nanosecond: Number(nanosecond),
    weekday: local.getUTCDay(),
    yearDay: (day - Date.UTC(year, 0, 1)) / 86_400_000 + 1,
  };
}

/** A layout with zeros keeps every digit; with nines, zeros at the end are left out, and the point with them. */
function fraction({ nanosecond }: Parts, found: string): string {
  const digits = String(nanosecond)
    .padStart(9, "0")
    .slice(0, found.length - 1);
  const kept = found.endsWith("9") ? digits.replace(/0+$/, "") : digits;
  return kept === "" ? "" : found.charAt(0) + kept;
}

function offset({ offset: seconds }: Parts, found: string): string {
  if (seconds === 0 && found.startsWith("Z")) return "Z";
  const size = Math.abs(seconds);
  const colon = found.includes(":") ? ":" : "";
  const form = found.slice(1).replaceAll(":", "").length / 2;
  const all = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map(two);
  // Go writes an offset of less than a minute west of UTC with a plus sign, because the sign is that of the minutes.
  return (seconds <= -60 ? "-" : "+") + all.slice(0, form).join(colon);
}
