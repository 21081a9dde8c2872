/**
 * `dateTime`: the time at which the tag is made, by a Go layout, in an IANA zone or the machine's own. It does not
 * depend on the inputs, so it never takes part in deciding whether to build.
 */
import { Failure } from "../../diag/failure.ts";
import { type Clock, systemClock } from "../../std/clock.ts";
import { formatGoTime } from "../../std/go/go-time.ts";
import { timeZone } from "../../std/go/time-zone.ts";
import { checkTag, type Tagger } from "./tagger.ts";

const defaultTimeFormat = "2006-01-02_15-04-05.999_MST";
const defaultTimeZone = "Local";

export interface DateTimeOptions {
  /** A Go layout; empty: the default. */
  readonly format: string;
  /** `Local`, or an IANA name; empty: the default. */
  readonly timezone: string;
}

export function dateTimeTagger({ format, timezone }: DateTimeOptions, clock: Clock = systemClock): Tagger {
  return {
    name: "dateTime",
    fromKey: false,
    async tag() {
      const name = timezone || defaultTimeZone;
      const zone = timeZone(name);
      if (zone === undefined)
        throw new Failure({
          severity: "error",
          message: `the time zone ${JSON.stringify(name)} is not known`,
          suggestion: "give an IANA name such as Europe/Berlin, UTC, or Local",
        });
      const nanoseconds = BigInt(Math.trunc(clock.now())) * 1_000_000n;
      return {
        tag: checkTag(formatGoTime(nanoseconds, zone.at(nanoseconds), format || defaultTimeFormat), "dateTime"),
      };
    },
  };
}
