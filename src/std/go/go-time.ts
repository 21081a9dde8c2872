/**
 * Go's time layouts: a layout is an example of one reference time, and a moment is written the way the example is.
 * Decides only what Go's formatting decides. Moments are nanoseconds since the epoch, so that fractions are exact; the
 * zone's offset and abbreviation are given.
 */

/** What a zone says about one moment. */
export interface ZoneMoment {
  /** Seconds east of UTC. */
  readonly offset: number;
  /** `CET`, `UTC`, `-03`. */
  readonly abbreviation: string;
}

/** A moment in a zone, taken apart. */
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

/** Longer words stand before the shorter ones that they begin with; `_2` is none where `_2006` is meant. */
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

/** The moment as the layout shows it. */
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

/** Zeros keep every digit; nines drop the zeros at the end, and the point with them. */
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
  // Less than a minute west of UTC is written as east: the sign is that of the minutes.
  return (seconds <= -60 ? "-" : "+") + all.slice(0, form).join(colon);
}
