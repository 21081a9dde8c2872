/** sprig's functions on times: Go layouts, zones by name, durations. The default zone is the machine's. */
import { formatGoDuration, parseGoDuration } from "../../../std/go/go-duration.ts";
import { formatGoTime, months, weekdays } from "../../../std/go/go-time.ts";
import { parseGoTime } from "../../../std/go/go-time-parse.ts";
import { type TimeZone, timeZone } from "../../../std/go/time-zone.ts";
import { FunctionError, type GoObject, isObject, type TemplateFunction, type Value } from "../value.ts";
import { fixed, text } from "./arguments.ts";

const second = 1_000_000_000n;
const minute = 60n * second;
const hour = 60n * minute;
const day = 24n * hour;
/** Go's zero time: the first second of the year 1. */
const zeroTime = -62_135_596_800n * second;

const inZone = fixed(3, (layout, when, zone) => formatted(text(layout), when, zoneOr(text(zone))));

export const dates: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["now", fixed(0, () => new Time(now(), local()))],
  ["date", fixed(2, (layout, when) => formatted(text(layout), when, local()))],
  ["dateInZone", inZone],
  ["date_in_zone", inZone],
  ["htmlDate", fixed(1, (when) => formatted("2006-01-02", when, local()))],
  ["htmlDateInZone", fixed(2, (when, zone) => formatted("2006-01-02", when, zoneOr(text(zone))))],
  ...["dateModify", "date_modify"].map(
    (name) => [name, fixed(2, (by, when) => moved(text(by), time(when), false))] as const,
  ),
  ...["mustDateModify", "must_date_modify"].map(
    (name) => [name, fixed(2, (by, when) => moved(text(by), time(when), true))] as const,
  ),
  ["ago", fixed(1, (when) => formatGoDuration(rounded(now() - nanoseconds(when))))],
  ["duration", fixed(1, (seconds) => formatGoDuration(wholeSeconds(seconds) * second))],
  ["durationRound", fixed(1, (value) => coarse(durationOf(value)))],
  ["toDate", fixed(2, (layout, when) => parsed(text(layout), text(when), false))],
  ["mustToDate", fixed(2, (layout, when) => parsed(text(layout), text(when), true))],
  ["unixEpoch", fixed(1, (when) => String(floor(time(when).nanoseconds, second)))],
]);

class Time implements GoObject {
  readonly goType = "time.Time";
  readonly nanoseconds: bigint;
  readonly zone: TimeZone;

  constructor(nanoseconds: bigint, zone: TimeZone) {
    this.nanoseconds = nanoseconds;
    this.zone = zone;
  }

  format(layout: string): string {
    return formatGoTime(this.nanoseconds, this.zone.at(this.nanoseconds), layout);
  }

  toString(): string {
    return this.format("2006-01-02 15:04:05.999999999 -0700 MST");
  }

  method(name: string, args: readonly Value[]): Value {
    const whole = (layout: string) => BigInt(this.format(layout));
    switch (name) {
      case "Format":
        return this.format(text(args[0]));
      case "Year":
        return whole("2006");
      case "Month":
        return new Named("time.Month", this.format("January"), months.indexOf(this.format("January")) + 1);
      case "Weekday":
        return new Named("time.Weekday", this.format("Monday"), weekdays.indexOf(this.format("Monday")));
      case "Day":
        return whole("2");
      case "YearDay":
        return whole("002");
      case "Hour":
        return whole("15");
      case "Minute":
        return whole("4");
      case "Second":
        return whole("5");
      case "Nanosecond":
        return this.nanoseconds - floor(this.nanoseconds, second) * second;
      case "Unix":
        return floor(this.nanoseconds, second);
      case "UnixMilli":
        return floor(this.nanoseconds, 1_000_000n);
      case "UnixNano":
        return this.nanoseconds;
      case "UTC":
        return new Time(this.nanoseconds, zoneOr("UTC"));
      case "Local":
        return new Time(this.nanoseconds, local());
      case "IsZero":
        return this.nanoseconds === zeroTime;
      case "String":
        return this.toString();
      default:
        throw new FunctionError(`a time has no ${name} here`);
    }
  }
}

/** A number that prints as its name: a month, a day of the week. */
class Named implements GoObject {
  readonly goType: string;
  readonly #name: string;
  readonly number: number;

  constructor(goType: string, name: string, number: number) {
    this.goType = goType;
    this.#name = name;
    this.number = number;
  }

  toString(): string {
    return this.#name;
  }
}

function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function local(): TimeZone {
  return zoneOr("Local");
}

/** The zone by its name; an unknown zone counts as UTC. */
function zoneOr(name: string): TimeZone {
  return timeZone(name) ?? timeZone("UTC") ?? { at: () => ({ offset: 0, abbreviation: "UTC" }) };
}

function time(value: Value): Time {
  if (isObject(value) && value instanceof Time) return value;
  throw new FunctionError("wrong type for value; expected time.Time");
}

/** The time in nanoseconds. An integer is seconds since the epoch; a value that is no time becomes the current time. */
function nanoseconds(value: Value): bigint {
  if (isObject(value) && value instanceof Time) return value.nanoseconds;
  return typeof value === "bigint" ? value * second : now();
}

function formatted(layout: string, when: Value, zone: TimeZone): string {
  return new Time(nanoseconds(when), zone).format(layout);
}

function moved(by: string, when: Time, must: boolean): Time {
  const length = parseGoDuration(by);
  if (length !== undefined) return new Time(when.nanoseconds + length, when.zone);
  if (must) throw new FunctionError(`time: invalid duration ${JSON.stringify(by)}`);
  return when;
}

function parsed(layout: string, when: string, must: boolean): Time {
  const found = parseGoTime(layout, when, local());
  if (found !== undefined) return new Time(found, hasOffset(layout) ? zoneOr("UTC") : local());
  if (must) throw new FunctionError(`parsing time ${JSON.stringify(when)} as ${JSON.stringify(layout)}`);
  return new Time(zeroTime, zoneOr("UTC"));
}

function hasOffset(layout: string): boolean {
  return /MST|[Z-]07/.test(layout);
}

function wholeSeconds(value: Value): bigint {
  if (typeof value === "bigint") return value;
  return typeof value === "string" && /^[+-]?\d+$/.test(value) ? BigInt(value.replace(/^\+/, "")) : 0n;
}

function durationOf(value: Value): bigint {
  if (typeof value === "string") return parseGoDuration(value) ?? 0n;
  if (isObject(value) && value instanceof Time) return now() - value.nanoseconds;
  return typeof value === "bigint" ? value : 0n;
}

/** A duration in its largest unit only: `3d`. */
function coarse(length: bigint): string {
  const size = length < 0n ? -length : length;
  const units: readonly (readonly [bigint, string])[] = [
    [365n * day, "y"],
    [30n * day, "mo"],
    [day, "d"],
    [hour, "h"],
    [minute, "m"],
    [second, "s"],
  ];
  const unit = units.find(([one]) => size > one);
  return unit === undefined ? "0s" : `${size / unit[0]}${unit[1]}`;
}

function rounded(length: bigint): bigint {
  return floor(length + second / 2n, second) * second;
}

function floor(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
