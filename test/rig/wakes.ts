/** Who waits for something to happen is woken whenever it may have happened, and looks again. */
export class Wakes {
  readonly #waiting = new Set<() => void>();

  wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves at the next call of `wake`, or when the deadline is over. */
  next(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        deadline.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      deadline.addEventListener("abort", done);
      if (deadline.aborted) done();
    });
  }
}
