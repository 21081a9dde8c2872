/** What a pass is said to have done. */
import { expect, test } from "bun:test";
import { watchWork } from "../../../src/dev/project/pass-work.ts";
import { Bus } from "../../../src/event/bus.ts";
import type { Event } from "../../../src/event/event.ts";
import { systemClock } from "../../../src/std/clock.ts";

const built = (outcome: string) => ({ type: "build-ended", artifact: "web", outcome }) as unknown as Event;
const applied = (result: string) => ({ type: "apply", object: "deployment/web", result }) as unknown as Event;
const released = (result: string) => ({ type: "release", name: "web", result }) as unknown as Event;

const rows: readonly [what: string, events: readonly Event[]][] = [
  ["nothing", []],
  ["nothing", [applied("unchanged"), released("kept"), built("failed")]],
  ["render", [applied("unchanged"), applied("configured")]],
  ["render", [released("upgraded")]],
  ["rebuild", [built("done")]],
  ["rebuild", [applied("created"), built("done"), applied("configured")]],
];
for (const [what, events] of rows)
  test(`${what}, after ${events.length} events`, () => {
    const bus = new Bus(systemClock);
    const did = watchWork(bus);
    for (const event of events) bus.emit(event);
    expect(did()).toBe(what as never);
    bus.emit(built("done"));
    expect(did()).toBe(what as never);
  });
