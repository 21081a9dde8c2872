/**
 * The position in a container's log, exact enough to continue after a break without losing or repeating a line. The
 * server can begin again only at a whole second, so the times of the lines of the last two seconds are kept, and these
 * lines are skipped once when they come again. Two seconds, because lines of the two output streams may come slightly
 * out of order. Pure.
 */

/** With more lines than this in two seconds, a break may repeat some of them, which limits the memory. */
const mostKept = 200_000;

export class LogPosition {
  #newest = Number.NEGATIVE_INFINITY;
  #current: string[] = [];
  #before: string[] = [];
  /** Digits up to the seconds of the last line, and their value, because parsing a time is expensive. */
  #digits = "";
  #second = 0;

  /** Notes that the line with this time was handed on. */
  note(time: string): void {
    if (!time.startsWith(this.#digits) || this.#digits === "") {
      const second = Math.floor(Date.parse(time) / 1000);
      if (Number.isNaN(second)) return;
      this.#digits = time.slice(0, 19);
      this.#second = second;
    }
    const second = this.#second;
    if (second > this.#newest) {
      this.#before = second === this.#newest + 1 ? this.#current : [];
      this.#current = [];
      this.#newest = second;
    }
    const bucket = second === this.#newest ? this.#current : second === this.#newest - 1 ? this.#before : undefined;
    if (bucket && bucket.length < mostKept) bucket.push(time);
  }

  /** The time from which the server must begin again; undefined while nothing was read. */
  sinceTime(): string | undefined {
    if (this.#newest === Number.NEGATIVE_INFINITY) return undefined;
    return new Date((this.#newest - 1) * 1000).toISOString().replace(".000Z", "Z");
  }

  /**
   * For one reading that begins at `sinceTime`: called with each line's time in order, says whether the line was handed
   * on before.
   */
  known(): (time: string) => boolean {
    const left = new Map<string, number>();
    for (const time of [...this.#before, ...this.#current]) left.set(time, (left.get(time) ?? 0) + 1);
    return (time) => {
      const times = left.get(time);
      if (times === undefined) return false;
      if (times === 1) left.delete(time);
      else left.set(time, times - 1);
      return true;
    };
  }
}
