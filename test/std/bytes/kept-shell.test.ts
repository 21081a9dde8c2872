/** The kept shell against real shells: what it runs, and that no byte of an input is ever taken for a command. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { keptShell, NeverBegan, shellWord } from "../../../src/std/bytes/kept-shell.ts";
import { eventually } from "../../rig/eventually.ts";
import { localShell } from "../../rig/local-shell.ts";
import { type TempFolder, tempFolder } from "../../rig/temp-folder.ts";

let root: TempFolder;
let cwd: string;
beforeEach(async () => {
  root = await tempFolder();
  cwd = join(root.path, "cwd");
  await mkdir(cwd);
});
afterEach(() => root[Symbol.asyncDispose]());

const signal = () => AbortSignal.timeout(30_000);
/** Every line of it makes a file where the shell stands. */
const line = Buffer.from("echo > made-by-the-input\n");
const lines = (bytes: number) => Buffer.alloc(bytes, line);

describe.each(["sh", "bash", "busybox sh"])("%s", (program) => {
  const open = () => localShell(cwd, program.split(" "));

  test("runs commands one after the other, with and without input", async () => {
    await using at = open();
    const payload = lines(100_000);
    const results = await Promise.all([
      at.shell.run("echo one; echo two >&2", signal()),
      at.shell.run("wc -c", signal(), { bytes: payload.length, chunks: [payload] }),
      at.shell.run("exit 3", signal()).catch((thrown: Error) => thrown.message),
    ]);
    expect(results).toMatchObject([
      { code: 0, stdout: "one\n", stderr: "two\n" },
      { code: 0, stdout: expect.stringMatching(/^\s*100000\n$/) },
      "the shell is gone",
    ]);
    expect(await readdir(cwd)).toEqual([]);
  });

  test("keeps nothing of a command that has ended", async () => {
    await using at = open();
    const inputs: WeakRef<object>[] = [];
    const run = async () => {
      const input = { bytes: line.length, chunks: [Buffer.from(line)] };
      inputs.push(new WeakRef(input));
      await at.shell.run("cat >/dev/null", signal(), input);
    };
    for (let nth = 0; nth < 40; nth++) await run();
    await eventually("most inputs to be let go", () => {
      Bun.gc(true);
      return inputs.filter((input) => input.deref() !== undefined).length < 10 || undefined;
    });
  });

  test("input that its command does not read is no command", async () => {
    await using at = open();
    const payload = lines(300_000);
    expect(await at.shell.run("true", signal(), { bytes: payload.length, chunks: [payload] })).toMatchObject({
      code: 0,
    });
    expect(await at.shell.run("echo still here", signal())).toMatchObject({ stdout: "still here\n" });
    expect(await readdir(cwd)).toEqual([]);
  });

  test("input whose reader dies ends the shell and is no command", async () => {
    await using at = open();
    await at.shell.run("head() { return 1; }", signal());
    const payload = lines(100_000);
    await at.shell.run("cat", signal(), { bytes: payload.length, chunks: [payload] }).catch(() => undefined);
    await expect(at.shell.run("true", signal())).rejects.toThrow("the shell is gone");
    await at.exited;
    expect(await readdir(cwd)).toEqual([]);
  });

  test("whatever an input has, none of it is a command", async () => {
    const chunks = fc.array(fc.nat({ max: 5000 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat({ max: 20_000 }), async (sizes, announced) => {
        await using at = open();
        const pieces = sizes.map((size) => new Uint8Array(lines(size)));
        const real = sizes.reduce((sum, size) => sum + size, 0);
        const result = await at.shell
          .run("cat >/dev/null", signal(), { bytes: announced, chunks: pieces })
          .catch((thrown: Error) => thrown.name);
        expect(result).toEqual(real === announced ? { code: 0, stdout: "", stderr: "" } : "SourceChanged");
        expect(at.shell.broken).toBe(real !== announced);
        // Whatever was sent has been read when the next command has run, or the shell has ended.
        if (at.shell.broken) await at.exited;
        else expect(await at.shell.run("echo next", signal())).toMatchObject({ stdout: "next\n" });
        expect(await readdir(cwd)).toEqual([]);
      }),
      {
        numRuns: 30,
        examples: [
          [[300], 300],
          [[300, 300], 300],
          [[300], 600],
          [[], 0],
        ],
      },
    );
  });
});

test("a source that fails is told in its own words, and breaks the shell", async () => {
  await using at = localShell(cwd);
  async function* chunks() {
    yield lines(1000);
    throw new Error("the disk has gone");
  }
  const run = at.shell.run("cat >/dev/null", signal(), { bytes: 5000, chunks: chunks() });
  await expect(run).rejects.toThrow("the disk has gone");
  expect(at.shell.broken).toBe(true);
});

test("a command whose turn comes when the shell is gone never began, and its input is untouched", async () => {
  const closed = Promise.withResolvers<void>();
  const shell = keptShell({
    write: async () => undefined,
    closed: closed.promise,
    cut: async () => closed.resolve(),
    lost: () => new Error("the shell is gone"),
  });
  const first = new AbortController();
  const running = shell.run("sleep 9", first.signal).catch((thrown: Error) => thrown.message);
  let taken = 0;
  async function* chunks() {
    taken++;
    yield Buffer.from("abc");
  }
  const waiting = shell.run("cat", signal(), { bytes: 3, chunks: chunks() }).catch((thrown: unknown) => thrown);
  await new Promise((turn) => setImmediate(turn));
  first.abort(new Error("superseded"));
  expect(await running).toBe("superseded");
  const thrown = await waiting;
  expect(thrown).toBeInstanceOf(NeverBegan);
  expect((thrown as NeverBegan).lost.message).toBe("the shell is gone");
  expect(taken).toBe(0);
});

test("a command of two lines is refused, and nothing of it is sent", async () => {
  await using at = localShell(cwd);
  await expect(at.shell.run("true\necho > made", signal())).rejects.toThrow("is one line");
  expect(await at.shell.run("echo next", signal())).toMatchObject({ stdout: "next\n" });
  expect(await readdir(cwd)).toEqual([]);
});

test("a word of the shell is what it was, whatever it is made of", async () => {
  await using at = localShell(cwd);
  const text = fc.string({ unit: "binary" }).filter((one) => !/[\n\0]/.test(one) && one.isWellFormed());
  await fc.assert(
    fc.asyncProperty(text, async (one) => {
      const { stdout } = await at.shell.run(`printf %s ${shellWord(one)}`, signal());
      expect(stdout).toBe(one);
    }),
  );
});

test("a command that prints without end is cut, and breaks the shell", async () => {
  await using at = localShell(cwd, ["sh"], true);
  await expect(at.shell.run("yes; true", signal())).rejects.toThrow("what a command printed is longer than 32 MiB");
  expect(at.shell.broken).toBe(true);
});

test("output that comes in a million pieces is not searched again for each of them", async () => {
  const shell = keptShell({
    write: async (data) => {
      const mark = /printf '\\n%s %d\\n' (\S+) /.exec(String(data))?.[1];
      // With a search from the beginning for every piece this takes many minutes.
      for (let i = 0; i < 1_000_000; i++) shell.take("stdout", Buffer.from("x"));
      shell.take("stderr", Buffer.from(`\n${mark}\n`));
      for (const character of `\n${mark} 0`) shell.take("stdout", Buffer.from(character));
      shell.take("stdout", Buffer.from("\n"));
    },
    closed: new Promise(() => {}),
    cut: async () => {},
    lost: () => new Error("lost"),
  });
  const { code, stdout, stderr } = await shell.run("true", signal());
  expect([code, stdout.length, stderr]).toEqual([0, 1_000_000, ""]);
});
