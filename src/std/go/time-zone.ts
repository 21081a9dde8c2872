/**
 * Time zones by name, as Go finds them. The system's zone files are read first, because they have the abbreviations;
 * the runtime's own zone data serves for times after the last transition in the file, and on systems without such
 * files. An unknown name is refused.
 */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { ZoneMoment } from "./go-time.ts";
import { readZoneTable, type ZoneTable } from "./tzif.ts";

export interface TimeZone {
  /** The zone's offset and abbreviation at a time in nanoseconds since the epoch. */
  at(nanoseconds: bigint): ZoneMoment;
}

const folders = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"];
const utc: TimeZone = { at: () => ({ offset: 0, abbreviation: "UTC" }) };
const known = new Map<string, TimeZone | undefined>();

/**
 * A zone by its IANA name; `Local` is the machine's zone, an empty name is UTC.
 * @param local the variable `TZ`; undefined: the machine's own setting
 * @returns undefined for an unknown name
 */
export function timeZone(name: string, local: string | undefined = process.env.TZ): TimeZone | undefined {
  if (name === "" || name === "UTC") return utc;
  if (name === "Local") return localZone(local);
  if (name.includes("..") || name.startsWith("/") || name.includes("\\")) return undefined;
  if (!known.has(name)) known.set(name, findZone(name));
  return known.get(name);
}

/**
 * `TZ` holds a zone's name or a file's path, with or without a colon in front. An unknown value means UTC, as in Go.
 */
function localZone(setting: string | undefined): TimeZone {
  if (setting === undefined) return zoneOfFile("/etc/localtime", runtimeZone()) ?? utc;
  const name = setting.replace(/^:/, "");
  if (name === "") return utc;
  return (isAbsolute(name) ? zoneOfFile(name, undefined) : timeZone(name, setting)) ?? utc;
}

function findZone(name: string): TimeZone | undefined {
  const runtime = knownToRuntime(name) ? name : undefined;
  for (const folder of folders) {
    const zone = zoneOfFile(join(folder, name), runtime);
    if (zone) return zone;
  }
  return runtime === undefined ? undefined : runtimeTimeZone(runtime);
}

/** A zone from the runtime's own data alone: right offsets, but few abbreviations. For systems without zone files. */
export function runtimeTimeZone(name: string): TimeZone {
  return zoneOf(undefined, name);
}

function zoneOfFile(path: string, runtime: string | undefined): TimeZone | undefined {
  try {
    const table = readZoneTable(readFileSync(path));
    return table && zoneOf(table, runtime);
  } catch {
    return undefined;
  }
}

function zoneOf(table: ZoneTable | undefined, runtime: string | undefined): TimeZone {
  return {
    at(nanoseconds) {
      const epochSeconds = Number(
        (nanoseconds - (((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n,
      );
      const there = table?.at(epochSeconds);
      if (there) return there;
      const offset = runtime === undefined ? undefined : runtimeOffset(runtime, epochSeconds);
      const rule =
        table?.later.find((one) => one.offset === offset) ?? (offset === undefined ? table?.later[0] : undefined);
      return rule ?? { offset: offset ?? 0, abbreviation: runtimeName(runtime ?? "UTC", epochSeconds, offset ?? 0) };
    },
  };
}

function runtimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function knownToRuntime(name: string): boolean {
  try {
    return Boolean(Intl.DateTimeFormat("en-US", { timeZone: name }));
  } catch {
    return false;
  }
}

function runtimePart(zone: string, epochSeconds: number, style: "longOffset" | "short"): string {
  const format = Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: style });
  return format.formatToParts(epochSeconds * 1000).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

function runtimeOffset(zone: string, epochSeconds: number): number {
  const [, sign, hours, minutes, seconds] =
    /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(runtimePart(zone, epochSeconds, "longOffset")) ?? [];
  const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return sign === "-" ? -size : size;
}

/** The runtime knows few abbreviations; the offset replaces an unknown one, as in zones that have no abbreviations. */
function runtimeName(zone: string, epochSeconds: number, offset: number): string {
  const name = runtimePart(zone, epochSeconds, "short");
  if (/^[A-Z]{3,5}$/.test(name)) return name === "GMT" && zone === "UTC" ? "UTC" : name;
  const size = Math.abs(offset);
  const minutes = Math.floor(size / 60) % 60;
  const hours = String(Math.floor(size / 3600)).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${hours}${minutes === 0 ? "" : String(minutes).padStart(2, "0")}`;
}
