/**
 * A program in a terminal of its own, as a user has one: what it shows is read as it comes, and keys are typed. Waits end
 * on output or with a deadline that shows the screen so far.
 */
import { stripVTControlCharacters } from "node:util";
import { Wakes } from "./wakes.ts";

export class TerminalProgram implements AsyncDisposable {
  #shown = "";
  readonly #child: Bun.Subprocess;
  readonly #wakes = new Wakes();

  constructor(argv: readonly [string, ...string[]], cwd: string, env: Readonly<Record<string, string | undefined>>) {
    const decoder = new TextDecoder();
    this.#child = Bun.spawn([...argv], {
      cwd,
      env,
      terminal: {
        cols: 200,
        rows: 50,
        data: (_terminal, bytes) => {
          this.#shown += decoder.decode(bytes, { stream: true });
          this.#wakes.wake();
        },
      },
    });
    void this.#child.exited.then(() => this.#wakes.wake());
  }

  /** All that was shown so far, without colours, each line's end as one line feed. */
  get text(): string {
    return stripVTControlCharacters(this.#shown).replaceAll("\r\n", "\n");
  }

  type(keys: string): void {
    this.#child.terminal?.write(keys);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when the text matches. */
  async shows(pattern: RegExp, seconds = 60): Promise<void> {
    await this.#until(() => pattern.test(this.text), `shows ${pattern}`, seconds);
  }

  async exit(seconds = 60): Promise<number> {
    await this.#until(() => this.#child.exitCode !== null || this.#child.signalCode !== null, "ends", seconds);
    return this.#child.exitCode ?? 128;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
    await this.#child.exited;
    this.#child.terminal?.close();
  }

  async #until(look: () => boolean, what: string, seconds: number): Promise<void> {
    const deadline = AbortSignal.timeout(seconds * 1000);
    while (!look()) {
      if (deadline.aborted) throw new Error(`in ${seconds} s nothing that ${what}:\n${this.text}`);
      await this.#wakes.next(deadline);
    }
  }
}
