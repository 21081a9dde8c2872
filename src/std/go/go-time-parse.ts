/**
 * Parses a time by a Go layout. What the layout does not name is taken from the first of January of the year 0, as in
 * Go; a text without an offset is a time of the given zone. A text that does not fit the layout is refused.
 */
import { layoutWord, months, weekdays, type ZoneMoment } from "./go-time.ts";

interface Fields {
  year: number;
  month: number;
  day: number;
  yearDay: number | undefined;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  afternoon: boolean | undefined;
  /** Seconds east of UTC; undefined where the text has no offset. */
  offset: number | undefined;
  abbreviation: string | undefined;
}

/** Reads one element of the layout: the rest of the text behind it, or undefined where the text does not fit. */
type Reader = (text: string, fields: Fields) => string | undefined;

const number =
  (pattern: RegExp, put: (fields: Fields, value: number) => void, low: number, high: number): Reader =>
  (text, fields) => {
    const found = pattern.exec(text)?.[0];
    if (found === undefined) return undefined;
    const value = Number(found);
    if (value < low || value > high) return undefined;
    put(fields, value);
    return text.slice(found.length);
  };

const named =
  (names: readonly string[], length: number | undefined, put: (fields: Fields, index: number) => void): Reader =>
  (text, fields) => {
    const index = names.findIndex((name) => {
      const wanted = name.slice(0, length).toLowerCase();
      return text.slice(0, wanted.length).toLowerCase() === wanted;
    });
    if (index < 0) return undefined;
    put(fields, index);
    return text.slice((names[index] ?? "").slice(0, length).length);
  };

const setMonth = (fields: Fields, value: number) => Object.assign(fields, { month: value });
const setDay = (fields: Fields, value: number) => Object.assign(fields, { day: value });
const setHour = (fields: Fields, value: number) => Object.assign(fields, { hour: value });
const setMinute = (fields: Fields, value: number) => Object.assign(fields, { minute: value });
const setSecond = (fields: Fields, value: number) => Object.assign(fields, { second: value });
const setYearDay = (fields: Fields, value: number) => Object.assign(fields, { yearDay: value });
const nothing = () => undefined;
const one = /^\d{1,2}/;
const two = /^\d{2}/;

const readers: Readonly<Record<string, Reader>> = {
  "2006": number(/^\d{4}/, (fields, value) => Object.assign(fields, { year: value }), 0, 9999),
  "06": number(two, (fields, value) => Object.assign(fields, { year: value + (value >= 69 ? 1900 : 2000) }), 0, 99),
  January: named(months, undefined, (fields, index) => setMonth(fields, index + 1)),
  Jan: named(months, 3, (fields, index) => setMonth(fields, index + 1)),
  Monday: named(weekdays, undefined, nothing),
  Mon: named(weekdays, 3, nothing),
  "1": number(one, setMonth, 1, 12),
  "01": number(two, setMonth, 1, 12),
  "2": number(one, setDay, 0, 31),
  _2: (text, fields) => number(one, setDay, 0, 31)(text.replace(/^ /, ""), fields),
  "02": number(two, setDay, 0, 31),
  "002": number(/^\d{3}/, setYearDay, 1, 366),
  __2: (text, fields) => number(/^\d{1,3}/, setYearDay, 1, 366)(text.replace(/^ {1,2}/, ""), fields),
  "15": number(one, setHour, 0, 23),
  "3": number(one, setHour, 0, 12),
  "03": number(two, setHour, 0, 12),
  "4": number(one, setMinute, 0, 59),
  "04": number(two, setMinute, 0, 59),
  "5": number(one, setSecond, 0, 59),
  "05": number(two, setSecond, 0, 59),
  PM: half(/^[AP]M/),
  pm: half(/^[ap]m/),
  MST: zoneName,
};

/** Nanoseconds since the epoch; undefined for a text that does not fit the layout. */
export function parseGoTime(
  layout: string,
  text: string,
  zone: { at(nanoseconds: bigint): ZoneMoment },
): bigint | undefined {
  const fields: Fields = {
    year: 0,
    month: 1,
    day: 1,
    yearDay: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    afternoon: undefined,
    offset: undefined,
    abbreviation: undefined,
  };
  let rest: string | undefined = text;
  let at = 0;
  const words = [...layout.matchAll(layoutWord)];
  for (const [i, match] of words.entries()) {
    rest = literal(layout.slice(at, match.index), rest);
    if (rest === undefined) return undefined;
    rest = readerOf(match[0])(rest, fields);
    // Go accepts a fraction of the second in the text even where the layout has none.
    if (rest !== undefined && /^0?5$/.test(match[0]) && !/^[.,]/.test(words[i + 1]?.[0] ?? "") && /^[.,]\d/.test(rest))
      rest = fraction(".9")(rest, fields);
    if (rest === undefined) return undefined;
    at = match.index + match[0].length;
  }
  return literal(layout.slice(at), rest) === "" ? moment(fields, zone) : undefined;
}

/** A run of blanks in the layout stands for any run of blanks. */
function literal(prefix: string, text: string): string | undefined {
  let rest = text;
  for (let i = 0; i < prefix.length; ) {
    if (prefix[i] === " ") {
      if (rest !== "" && rest[0] !== " ") return undefined;
      while (prefix[i] === " ") i++;
      rest = rest.replace(/^ +/, "");
    } else {
      if (rest[0] !== prefix[i]) return undefined;
      rest = rest.slice(1);
      i++;
    }
  }
  return rest;
}

function readerOf(word: string): Reader {
  const known = readers[word];
  if (known) return known;
  return /^[.,]/.test(word) ? fraction(word) : offset(word);
}

function fraction(word: string): Reader {
  return (text, fields) => {
    const found = word.endsWith("9")
      ? (/^[.,]\d*/.exec(text)?.[0] ?? "")
      : new RegExp(`^[.,]\\d{${word.length - 1}}`).exec(text)?.[0];
    if (found === undefined) return undefined;
    fields.nanosecond = Number(found.slice(1).padEnd(9, "0").slice(0, 9));
    return text.slice(found.length);
  };
}

function half(pattern: RegExp): Reader {
  return (text, fields) => {
    const found = pattern.exec(text)?.[0];
    if (found === undefined) return undefined;
    fields.afternoon = found.toLowerCase() === "pm";
    return text.slice(2);
  };
}

function offset(word: string): Reader {
  const form = word.slice(1).replace(/07|00/g, "(\\d{2})");
  const pattern = new RegExp(`^([+-])${form}`);
  return (text, fields) => {
    if (word.startsWith("Z") && text.startsWith("Z")) {
      fields.offset = 0;
      return text.slice(1);
    }
    const [all, sign, hours = "0", minutes = "0", rest = "0"] = pattern.exec(text) ?? [];
    if (all === undefined || Number(hours) > 24 || Number(minutes) > 60) return undefined;
    fields.offset = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest));
    return text.slice(all.length);
  };
}

/** A zone's name: three to five letters, or an offset in hours for zones without a name. */
function zoneName(text: string, fields: Fields): string | undefined {
  const found = /^UTC|^GMT[+-]\d{1,2}|^[+-]\d{2}(?!\d)|^(?:ChST|MeST|WITA|[A-Z]{4}T|[A-Z]{3}T|[A-Z]{3})(?![A-Z])/.exec(
    text,
  )?.[0];
  if (found === undefined) return undefined;
  if (found === "UTC") fields.offset = 0;
  else fields.abbreviation = found;
  return text.slice(found.length);
}

function moment(fields: Fields, zone: { at(nanoseconds: bigint): ZoneMoment }): bigint | undefined {
  const { year, second, minute, nanosecond } = fields;
  const hour = fields.afternoon === undefined ? fields.hour : (fields.hour % 12) + (fields.afternoon ? 12 : 0);
  const month = fields.yearDay === undefined ? fields.month : 1;
  const day = fields.yearDay ?? fields.day;
  const days = new Date(Date.UTC(2000, month - 1, day));
  days.setUTCFullYear(year, month - 1, day);
  if (day < 1 || days.getUTCFullYear() !== year || (fields.yearDay === undefined && days.getUTCMonth() !== month - 1))
    return undefined;
  const local =
    BigInt(days.getTime() / 1000 + hour * 3600 + minute * 60 + second) * 1_000_000_000n + BigInt(nanosecond);
  const east = (offsetSeconds: number) => local - BigInt(offsetSeconds) * 1_000_000_000n;
  if (fields.offset !== undefined) return east(fields.offset);
  const there = zone.at(east(zone.at(local).offset));
  // An abbreviation that the zone does not use has no known offset: Go then takes an offset of 0.
  if (fields.abbreviation !== undefined && fields.abbreviation !== there.abbreviation) {
    const [, hours] = /^GMT([+-]\d+)$/.exec(fields.abbreviation) ?? [];
    return east(Number(hours ?? 0) * 3600);
  }
  return east(there.offset);
}
