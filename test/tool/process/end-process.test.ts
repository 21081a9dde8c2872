/** Processes that are asked to end: real ones, started by the test. */
import { expect, test } from "bun:test";
import { endProcess } from "../../../src/tool/process/end-process.ts";

test("a process gets the signal by which it can end in order", async () => {
  const child = Bun.spawn(["sh", "-c", 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'], {
    stdout: "pipe",
  });
  await child.stdout.getReader().read();
  endProcess(child.pid);
  expect(await child.exited).toBe(7);
});

test("a process that has ended by itself is no failure", async () => {
  const child = Bun.spawn(["true"]);
  await child.exited;
  expect(() => endProcess(child.pid)).not.toThrow();
});
