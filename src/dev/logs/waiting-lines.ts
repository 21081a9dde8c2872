/** Lines that wait while logs are muted: the newest ones, and a count of those that were dropped. */
export class WaitingLines<T> {
  readonly #most: number;
  #lines: T[] = [];
  #from = 0;
  #dropped = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(line: T): void {
    this.#lines.push(line);
    if (this.#lines.length - this.#from <= this.#most) return;
    this.#from++;
    this.#dropped++;
    // The front is cut off now and then, not with every line.
    if (this.#from < this.#most) return;
    this.#lines = this.#lines.slice(this.#from);
    this.#from = 0;
  }

  /** Removes and returns the waiting lines, oldest first. */
  take(): { readonly lines: readonly T[]; readonly dropped: number } {
    const taken = { lines: this.#lines.slice(this.#from), dropped: this.#dropped };
    this.#lines = [];
    this.#from = 0;
    this.#dropped = 0;
    return taken;
  }
}
