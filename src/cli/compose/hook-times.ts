/** When hooks of ours were running: a file written then was most likely written by one. */
import type { Bus } from "../../event/bus.ts";

/** File systems round times, and a hook's last write may be told a moment after its end. */
const slackMs = 20;
const remembered = 16;

export interface HookTimes extends Disposable {
  /** The hook that ran at that time, as `why` names it. */
  at(time: number): string | undefined;
}

export function hookTimes(bus: Bus): HookTimes {
  const runs: { name: string; from: number; to: number }[] = [];
  const stop = bus.subscribe(({ at, event }) => {
    if (event.type !== "hook") return;
    if (event.status === "started") runs.push({ name: event.name, from: at, to: Number.POSITIVE_INFINITY });
    if (runs.length > remembered) runs.shift();
    const open = runs.findLast(({ name, to }) => name === event.name && to === Number.POSITIVE_INFINITY);
    if (open && (event.status === "done" || event.status === "failed")) open.to = at;
  });
  return {
    at(time) {
      const run = runs.find(({ from, to }) => time >= from - slackMs && time <= to + slackMs);
      return run && `the ${run.name} hook`;
    },
    [Symbol.dispose]: stop,
  };
}
