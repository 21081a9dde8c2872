/**
 * Where in a container's log we are, exact enough to go on after a break with nothing lost and nothing twice. The server
 * can begin again only at a whole second, so the times of the lines of the last two are kept and left out once when they
 * come again. Two, because the lines of two output streams may change places by a little. Pure.
 */

/** Beyond this many lines in two seconds a break may bring some of them again, rather than fill the memory. */
const mostKept = 200_000;

export class LogPosition {
  #newest = Number.NEGATIVE_INFINITY;
  #current: string[] = [];
  #before: string[] = [];
  /** Digits up to the seconds of the last line, and their value: reading a time is dear. */
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

  /** From when the server must begin again; undefined while nothing was read. */
  sinceTime(): string | undefined {
    if (this.#newest === Number.NEGATIVE_INFINITY) return undefined;
    return new Date((this.#newest - 1) * 1000).toISOString().replace(".000Z", "Z");
  }

  /** For one reading that begins at `sinceTime`: says of each line's time, in turn, whether it was handed on before. */
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
