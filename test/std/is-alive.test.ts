/** Which processes run: this one, the first of the system, and one that has ended. */
import { expect, test } from "bun:test";
import { isAlive } from "../../src/std/is-alive.ts";

test("a process runs until it has ended, also where it is somebody else's", async () => {
  const child = Bun.spawn(["true"]);
  await child.exited;
  expect([isAlive(process.pid), isAlive(1), isAlive(child.pid)]).toEqual([true, true, false]);
});
