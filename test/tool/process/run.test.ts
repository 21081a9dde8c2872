import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../../src/diag/failure.ts";
import { living } from "../../../src/tool/process/children.ts";
import { childEnvironment, must, run } from "../../../src/tool/process/run.ts";
import { eventually } from "../../rig/eventually.ts";

const dir = mkdtempSync(join(tmpdir(), "devloop-run-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const never = new AbortController().signal;

const until = (what: string, holds: () => boolean) => eventually(what, () => holds() || undefined);

const alive = (pid: number): boolean => {
  try {
    // A zombie waits for its parent and runs nothing: it counts as dead.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

test("arguments reach the command untouched by any shell", async () => {
  const finished = await run({ argv: ["printf", "%s\\n", "a b", "$HOME", "*", "it's"] }, never);
  expect(finished).toMatchObject({ kind: "exited", code: 0, stdout: "a b\n$HOME\n*\nit's\n", truncated: false });
});

test("lines come with their stream, without their end, also the last one", async () => {
  const lines: string[] = [];
  const script = "printf 'one\\r\\ntwo\\n'; printf 'err' >&2";
  await run({ argv: ["sh", "-c", script], onLine: (line, stream) => lines.push(`${stream}: ${line}`) }, never);
  expect(lines.sort()).toEqual(["stderr: err", "stdout: one", "stdout: two"]);
});

test("a progress bar that is written over gives a line each time", async () => {
  const lines: string[] = [];
  const script = "printf '10%%\\r20%%\\r'; printf '30%%\\r\\ndone\\r\\n'";
  await run({ argv: ["sh", "-c", script], onLine: (line) => lines.push(line) }, new AbortController().signal);
  expect(lines).toEqual(["10%", "20%", "30%", "done"]);
});

test("standard input: text, bytes, stream, and empty when not given", async () => {
  const cat = async (stdin?: string | Uint8Array | ReadableStream<Uint8Array>) => {
    const finished = await run({ argv: ["cat"], ...(stdin === undefined ? {} : { stdin }) }, never);
    return finished.kind === "exited" ? finished.stdout : finished.kind;
  };
  expect(await cat("text é")).toBe("text é");
  expect(await cat(new TextEncoder().encode("bytes"))).toBe("bytes");
  expect(await cat(new Blob(["str", "eam"]).stream())).toBe("stream");
  expect(await cat()).toBe("");
});

test("a command that does not read its input still ends", async () => {
  expect(await run({ argv: ["true"], stdin: "x".repeat(4_000_000) }, never)).toMatchObject({ kind: "exited", code: 0 });
});

test("secrets are masked in lines, in what is kept and in the failure", async () => {
  const lines: string[] = [];
  const secrets = ["s3cret-value", "two\nlines"];
  const argv = ["sh", "-c", "echo s3cret-value; printf 'lines\\n' >&2; exit 2"] as const;
  const command = { argv, secrets, onLine: (line: string) => lines.push(line) };
  const failure = await must(command, never).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(lines.sort()).toEqual(["***", "***"]);
  expect(failure).toBeInstanceOf(Failure);
  const [diagnostic] = (failure as Failure).diagnostics;
  expect(diagnostic?.message).toBe("sh failed with exit code 2");
  expect(diagnostic?.command).toBe("sh -c 'echo ***; printf '\\''***\\n'\\'' >&2; exit 2'");
  expect(JSON.stringify(diagnostic)).not.toContain("s3cret");
});

test("a failure shows the last twenty lines and no more", async () => {
  const failure = (await must({ argv: ["sh", "-c", "seq 50; exit 1"] }, never).catch((e: unknown) => e)) as Failure;
  expect(failure.diagnostics[0]?.details).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 31)));
});

test("what is kept has a limit, lines do not", async () => {
  let lines = 0;
  const finished = await run({ argv: ["seq", "100000"], captureBytes: 1000, onLine: () => lines++ }, never);
  expect(finished).toMatchObject({ kind: "exited", truncated: true });
  expect(finished.kind === "exited" && finished.stdout.length).toBe(1000);
  expect(lines).toBe(100_000);
});

test("a missing binary is an outcome, a missing directory a failure", async () => {
  expect(await run({ argv: ["no-such-binary-here"] }, never)).toEqual({
    kind: "missing",
    binary: "no-such-binary-here",
  });
  expect(run({ argv: ["true"], cwd: join(dir, "absent") }, never)).rejects.toThrow("cannot start true");
});

test("a foreign signal is told apart from a cancellation", async () => {
  expect(await run({ argv: ["sh", "-c", "kill -INT $$"] }, never)).toMatchObject({ kind: "killed", signal: "SIGINT" });
});

test("the runtime's own variables never reach a child", async () => {
  process.env.BUN_OPTIONS = "--smol";
  process.env.BUN_BE_BUN = "1";
  try {
    expect(childEnvironment({ ADDED: "1", HOME: undefined })).not.toContainAnyKeys([
      "BUN_OPTIONS",
      "BUN_BE_BUN",
      "HOME",
    ]);
    const finished = await run({ argv: ["env"], env: { ADDED: "1", BUN_OPTIONS: "--preload x" } }, never);
    expect(finished.kind === "exited" && finished.stdout).toMatch(/^ADDED=1$/m);
    expect(finished.kind === "exited" && finished.stdout).not.toMatch(/^BUN_(?:OPTIONS|BE_BUN)=/m);
  } finally {
    delete process.env.BUN_OPTIONS;
    delete process.env.BUN_BE_BUN;
  }
});

test("cancelling ends grandchildren too, those that ignore SIGTERM after the grace", async () => {
  const pids = join(dir, "pids");
  const script = `sleep 300 & echo $! >> ${pids}; (trap '' TERM; echo $(exec sh -c 'echo $PPID') >> ${pids}; while :; do sleep 0.05; done) & wait`;
  const abort = new AbortController();
  const running = run({ argv: ["sh", "-c", script], graceMs: 200 }, abort.signal);
  await until(
    "two grandchildren",
    () => existsSync(pids) && readFileSync(pids, "utf8").trim().split("\n").length === 2,
  );
  const grandchildren = readFileSync(pids, "utf8").trim().split("\n").map(Number);
  expect(grandchildren.map(alive)).toEqual([true, true]);
  abort.abort();
  expect((await running).kind).toBe("cancelled");
  await until("every grandchild gone", () => !grandchildren.some(alive));
  expect(living()).toEqual([]);
});

test("an already aborted signal starts nothing, and must() rejects with its reason", async () => {
  const file = join(dir, "touched");
  const signal = AbortSignal.abort("because");
  expect((await run({ argv: ["touch", file] }, signal)).kind).toBe("cancelled");
  expect(must({ argv: ["touch", file] }, signal)).rejects.toBe("because");
  expect(existsSync(file)).toBe(false);
});

test("a background child that keeps the pipe open does not keep us", async () => {
  const finished = await run({ argv: ["sh", "-c", "sleep 3600 & echo $!"] }, never);
  if (finished.kind !== "exited") throw new Error(finished.kind);
  const background = Number(finished.stdout);
  expect(alive(background)).toBe(true);
  process.kill(background);
});

test("children end with us, even when we are killed outright", async () => {
  const pid = join(dir, "child-pid");
  const program = `
    import { run } from ${JSON.stringify(join(import.meta.dir, "../../../src/tool/process/run.ts"))};
    await run({ argv: ["sh", "-c", "sleep 300 & echo $! > ${pid}; wait"] }, new AbortController().signal);`;
  const parent = Bun.spawn([process.execPath, "-e", program], { stdout: "ignore", stderr: "inherit" });
  await until("the grandchild", () => existsSync(pid) && readFileSync(pid, "utf8").endsWith("\n"));
  const grandchild = Number(readFileSync(pid, "utf8"));
  expect(alive(grandchild)).toBe(true);
  parent.kill("SIGKILL");
  await until("the grandchild gone", () => !alive(grandchild));
});
