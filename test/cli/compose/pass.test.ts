/** A command's pass over the graph: when the executor gets it, and what is done before. */
import { expect, test } from "bun:test";
import { runPass } from "../../../src/cli/compose/pass.ts";
import type { World } from "../../../src/cli/compose/world.ts";
import { Bus } from "../../../src/event/bus.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

function world() {
  const noted: string[] = [];
  const bus = new Bus(virtualClock());
  const made = {
    bus,
    emit: bus.emit,
    limits: {},
    signal: new AbortController().signal,
    places: [{ builds: { sweep: async () => void noted.push("sweep") } }],
    executor: {
      pass() {
        noted.push("pass");
        return Promise.resolve({ outcome: "done", outputs: new Map(), failed: [], verdicts: new Map() });
      },
    },
    store: { images: { used: async () => undefined } },
  };
  return { noted, world: made as unknown as World };
}

test("the pass of a session reaches the executor in the same turn: no newer pass comes before it", async () => {
  const { noted, world: of } = world();
  const running = runPass(of, { tasks: [], onFailure: "continue" }, { isAnnounced: true });
  expect(noted).toEqual(["pass"]);
  await running;
});

test("the pass of a command comes after the removal of what killed builds left", async () => {
  const { noted, world: of } = world();
  await runPass(of, { tasks: [], onFailure: "stop" });
  expect(noted).toEqual(["sweep", "pass"]);
});
