/**
 * Tries again by itself after a failure whose cause may pass: a server that was away or answered with an internal
 * error, a connection that was cut. An attempt waits until the servers that passes need answer, and longer after each
 * attempt that failed. A pass that begins meanwhile ends the wait, because its own result decides.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Clock } from "../../std/clock.ts";

export interface AgainOptions {
  readonly clock: Clock;
  /** Resolves when the servers that passes need answer; an error of this call is left to the attempt. */
  answers(signal: AbortSignal): Promise<void>;
  /** Begins an attempt. */
  again(): void;
}

const shortestPauseMs = 1_000;
const longestPauseMs = 60_000;

export class Again implements Disposable {
  readonly #options: AgainOptions;
  readonly #over = new AbortController();
  #wait: AbortController | undefined;
  /** Whether the next pass that ends is an attempt. */
  #attempt = false;
  #inVain = 0;

  constructor(options: AgainOptions) {
    this.#options = options;
  }

  /** Called when a pass begins. */
  begun(): void {
    this.#wait?.abort();
    this.#wait = undefined;
  }

  /**
   * Called when the current pass has ended.
   * @param failures why it failed; empty where it did not
   */
  ended(failures: readonly Diagnostic[]): void {
    const isAttempt = this.#attempt;
    this.#attempt = false;
    if (!failures.some(({ passing }) => passing)) {
      this.#inVain = 0;
      return;
    }
    if (isAttempt) this.#inVain++;
    this.begun();
    void this.#tryLater();
  }

  /** Ends all waiting. */
  [Symbol.dispose](): void {
    this.#over.abort();
  }

  async #tryLater(): Promise<void> {
    const { clock, answers, again } = this.#options;
    const wait = new AbortController();
    this.#wait = wait;
    const signal = AbortSignal.any([this.#over.signal, wait.signal]);
    try {
      await clock.sleep(Math.min(longestPauseMs, shortestPauseMs * 2 ** this.#inVain), signal);
      await answers(signal);
    } catch {
      // The attempt reports the error, unless it is not wanted any more.
    }
    if (signal.aborted) return;
    this.#attempt = true;
    again();
  }
}
