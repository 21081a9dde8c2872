/**
 * Drives the real program from outside, as a user's terminal would: starts it, reads its lines as they come, waits for
 * one, interrupts it, and takes its exit code. Waits end on events or with a deadline that prints what was said so far.
 */
import { join } from "node:path";
import { Wakes } from "./wakes.ts";

const root = join(import.meta.dir, "../..");

export interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The source is run by default; `binary` runs `dist/devloop`, or the program it names. */
  readonly binary?: boolean | string;
}

export class DevloopProcess implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #wakes = new Wakes();
  readonly #readers: Promise<unknown>;

  constructor(args: readonly string[], { cwd, env = {}, binary = false }: StartOptions) {
    const compiled = binary === true ? join(root, "dist/devloop") : binary;
    const program = compiled ? [compiled] : [process.execPath, join(root, "src/cli/main.ts")];
    this.#child = Bun.spawn([...program, ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#readers = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)]);
    void this.#child.exited.then(() => this.#wakes.wake());
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The whole output so far, for messages and goldens. */
  get text(): string {
    return this.lines.join("\n");
  }

  /** The first line at or after `from` that matches; fails with the whole output when time or the program ends first. */
  async line(pattern: RegExp, { from = 0, seconds = 180 } = {}): Promise<string> {
    const found = await this.#until(() => this.lines.slice(from).find((line) => pattern.test(line)), seconds);
    if (found === undefined)
      throw new Error(`no line like ${pattern} in ${seconds} s or before the end:\n${this.text}`);
    return found;
  }

  /** Where the next line will be: for waiting on what comes after now. */
  mark(): number {
    return this.lines.length;
  }

  interrupt(signal: NodeJS.Signals = "SIGINT"): void {
    this.#child.kill(signal);
  }

  /** Exit code; fails after `seconds`. */
  async exit(seconds = 120): Promise<number> {
    const ended = await this.#until(
      () => (this.#child.exitCode !== null || this.#child.signalCode !== null ? true : undefined),
      seconds,
    );
    if (!ended) throw new Error(`still running after ${seconds} s:\n${this.text}`);
    await this.#readers;
    return this.#child.exitCode ?? 128;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of stream) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      this.lines.push(...parts);
      this.#wakes.wake();
    }
    if (rest !== "") this.lines.push(rest);
    this.#wakes.wake();
  }

  async #until<T>(look: () => T | undefined, seconds: number): Promise<T | undefined> {
    const deadline = AbortSignal.timeout(seconds * 1000);
    for (;;) {
      const found = look();
      if (found !== undefined || deadline.aborted) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        await this.#readers;
        return look();
      }
      await this.#wakes.next(deadline);
    }
  }
}

/** Runs a command to its end and gives its exit code and output. */
export async function devloop(
  args: readonly string[],
  options: StartOptions,
  seconds = 240,
): Promise<{ code: number; text: string }> {
  await using child = new DevloopProcess(args, options);
  const code = await child.exit(seconds);
  return { code, text: child.text };
}
