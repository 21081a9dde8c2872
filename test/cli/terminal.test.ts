/** What is printed while the terminal is lent: held back, shown afterwards in its order, and never without a bound. */
import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf, type PausableOutput } from "../../src/cli/output.ts";
import { terminalOf } from "../../src/cli/terminal.ts";
import { tempFolder } from "../rig/temp-folder.ts";

/** Two outputs that go to one file, as both of them go to one terminal. */
async function outputs(isTTY = true) {
  const folder = await tempFolder();
  const path = join(folder.path, "screen");
  const fd = openSync(path, "a");
  const output = (): PausableOutput =>
    outputOf({ fd, isTTY, columns: 80 } as unknown as NodeJS.WriteStream & { fd: number });
  return {
    stdout: output(),
    stderr: output(),
    shown: () => readFileSync(path, "utf8"),
    async [Symbol.asyncDispose]() {
      closeSync(fd);
      await folder[Symbol.asyncDispose]();
    },
  };
}

const never = new AbortController().signal;

test("what is printed meanwhile is shown afterwards, but for what has to be shown between", async () => {
  await using screen = await outputs();
  const { stdout, stderr, shown } = screen;
  stdout.write("before\n");
  const given = await terminalOf(stdout, stderr).lend(async (loan) => {
    stdout.write("one\n");
    stderr.write("two\n");
    loan.between(() => stderr.write("waiting\n"));
    stdout.write("three\n");
    expect(shown()).toBe("before\n\nwaiting\n");
    return loan.hasErrors;
  }, never);
  expect(given).toBe(true);
  stdout.write("after\n");
  expect(shown()).toBe("before\n\nwaiting\none\nthree\ntwo\nafter\n");
});

test("it is shown also where the work fails", async () => {
  await using screen = await outputs();
  const { stdout, stderr, shown } = screen;
  const failing = terminalOf(stdout, stderr).lend(async () => {
    stdout.write("one\n");
    throw new Error("no");
  }, never);
  expect(await failing.catch((error: Error) => error.message)).toBe("no");
  expect(shown()).toBe("one\n");
});

test("an output that is no terminal is not held back", async () => {
  await using screen = await outputs(false);
  const { stdout, stderr, shown } = screen;
  await terminalOf(stdout, stderr).lend(async (loan) => {
    expect(loan.hasErrors).toBe(false);
    stdout.write("one\n");
    expect(shown()).toBe("one\n");
    loan.between(() => stderr.write("waiting\n"));
    expect(shown()).toBe("one\nwaiting\n");
  }, never);
});

test("a line between that goes elsewhere leaves the terminal as it is", async () => {
  await using screen = await outputs();
  await using file = await outputs(false);
  const { stdout, shown } = screen;
  await terminalOf(stdout, file.stderr).lend(async (loan) => {
    stdout.write("one\n");
    loan.between(() => file.stderr.write("waiting\n"));
    expect([shown(), file.shown()]).toEqual(["", "waiting\n"]);
  }, never);
  expect(shown()).toBe("one\n");
});

test("it fills no memory, and says what it left out", async () => {
  await using screen = await outputs();
  const { stdout, stderr, shown } = screen;
  await terminalOf(stdout, stderr).lend(async () => {
    for (let i = 0; i < 2000; i++) stdout.write(`${"x".repeat(1023)}\n`);
  }, never);
  expect(shown().length).toBeLessThan(1_100_000);
  expect(shown().split("\n").at(-2)).toBe("... (976 more were not kept)");
  stdout.write("after\n");
  expect(shown().split("\n").at(-2)).toBe("after");
});

test("one borrower has it at a time", async () => {
  await using screen = await outputs();
  const terminal = terminalOf(screen.stdout, screen.stderr);
  const first = Promise.withResolvers<void>();
  const order: string[] = [];
  const one = terminal.lend(async () => {
    order.push("one");
    await first.promise;
    order.push("one is done");
  }, never);
  const two = terminal.lend(async () => order.push("two"), never);
  await new Promise((turn) => setImmediate(turn));
  expect(order).toEqual(["one"]);
  first.resolve();
  await Promise.all([one, two]);
  expect(order).toEqual(["one", "one is done", "two"]);
});
