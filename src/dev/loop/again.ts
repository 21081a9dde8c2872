/**
 * Tries again by itself what failed for a cause that may pass: a server that was away or answered with an error of its
 * own, a connection that was cut. An attempt waits until what passes need answers, and longer after each one that was in
 * vain. A pass that begins meanwhile ends the wait: what it comes to decides anew.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Clock } from "../../std/clock.ts";

export interface AgainOptions {
  readonly clock: Clock;
  /** Resolves when what passes need answers; what it throws is left to the attempt to tell. */
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
  /** Whether the next pass to end is an attempt. */
  #attempt = false;
  #inVain = 0;

  constructor(options: AgainOptions) {
    this.#options = options;
  }

  /** A pass begins. */
  begun(): void {
    this.#wait?.abort();
    this.#wait = undefined;
  }

  /** The pass in charge has ended. @param failures why it failed; none where it did not */
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

  /** Nothing is tried any more. */
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
      // The attempt tells what is wrong, unless nobody wants it any more.
    }
    if (signal.aborted) return;
    this.#attempt = true;
    again();
  }
}
