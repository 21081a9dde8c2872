/**
 * The system's compiled time zones (TZif, RFC 8536): the offset and abbreviation of a zone at a time. Only the 64-bit
 * part is read. A rule in the file describes the time after the last transition; only its names and offsets are read,
 * and the caller decides when each of them holds.
 */
import type { ZoneMoment } from "./go-time.ts";

export interface ZoneTable {
  /** Undefined after the last transition of a zone that still changes its offset. */
  at(epochSeconds: number): ZoneMoment | undefined;
  /** Offsets and names in the rule for later times: standard time and, where there is one, summer time. */
  readonly later: readonly ZoneMoment[];
}

const headerLength = 44;

/** @returns undefined for bytes that are no TZif file of version 2 or newer */
export function readZoneTable(bytes: Uint8Array): ZoneTable | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = readHeader(view, 0);
  if (first === undefined || first.version < 2) return undefined;
  const start = headerLength + bodyLength(first, 4);
  const header = readHeader(view, start);
  if (header === undefined) return undefined;
  const body = start + headerLength;
  const indexes = body + header.times * 8;
  const types = indexes + header.times;
  const names = types + header.types * 6;
  const typeAt = (index: number): ZoneMoment => {
    const at = types + index * 6;
    return { offset: view.getInt32(at), abbreviation: textAt(bytes, names + view.getUint8(at + 5)) };
  };
  const times = Array.from({ length: header.times }, (_, i) => Number(view.getBigInt64(body + i * 8)));
  const footer = new TextDecoder().decode(bytes.subarray(body + bodyLength(header, 8))).trim();
  const later = readRuleNames(footer);
  return {
    later,
    at(epochSeconds) {
      const next = times.findIndex((time) => time > epochSeconds);
      if (next === 0 || times.length === 0)
        return times.length === 0 && later[0] ? later[0] : typeAt(firstType(view, types, header.types));
      if (next > 0) return typeAt(view.getUint8(indexes + next - 1));
      return later.length > 1 ? undefined : (later[0] ?? typeAt(view.getUint8(indexes + times.length - 1)));
    },
  };
}

interface Header {
  readonly version: number;
  readonly utc: number;
  readonly standard: number;
  readonly leaps: number;
  readonly times: number;
  readonly types: number;
  readonly chars: number;
}

function readHeader(view: DataView, at: number): Header | undefined {
  if (view.byteLength < at + headerLength || view.getUint32(at) !== 0x545a6966) return undefined;
  const version = view.getUint8(at + 4);
  const count = (index: number) => view.getUint32(at + 20 + index * 4);
  return {
    version: version === 0 ? 1 : version - 0x30,
    utc: count(0),
    standard: count(1),
    leaps: count(2),
    times: count(3),
    types: count(4),
    chars: count(5),
  };
}

function bodyLength({ utc, standard, leaps, times, types, chars }: Header, timeSize: number): number {
  return times * (timeSize + 1) + types * 6 + chars + leaps * (timeSize + 4) + standard + utc;
}

/** The type that holds before the first transition: the first one that is not summer time. */
function firstType(view: DataView, types: number, count: number): number {
  for (let i = 0; i < count; i++) if (view.getUint8(types + i * 6 + 4) === 0) return i;
  return 0;
}

function textAt(bytes: Uint8Array, at: number): string {
  return new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
}

/**
 * Parses `CET-1CEST,M3.5.0,M10.5.0/3` or `<-03>3`: names with their offsets. An offset in a rule is positive west of
 * UTC.
 */
function readRuleNames(rule: string): ZoneMoment[] {
  const name = "(<[^>]+>|[A-Za-z]{3,})";
  const hours = "([+-]?\\d{1,3}(?::\\d{2}){0,2})";
  const match = new RegExp(`^${name}${hours}(?:${name}${hours}?)?(?:,|$)`).exec(rule);
  if (!match) return [];
  const [, standard = "", west = "0", summer, summerWest] = match;
  const offset = -seconds(west);
  const plain = { offset, abbreviation: bare(standard) };
  if (summer === undefined) return [plain];
  const summerOffset = summerWest === undefined ? offset + 3600 : -seconds(summerWest);
  return [plain, { offset: summerOffset, abbreviation: bare(summer) }];
}

function bare(name: string): string {
  return name.replace(/^<|>$/g, "");
}

function seconds(text: string): number {
  const [hours = 0, minutes = 0, rest = 0] = text.replace(/^[+-]/, "").split(":").map(Number);
  return (text.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60 + rest);
}
