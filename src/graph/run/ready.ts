/**
 * The tasks of a pass that could start, in one line for each kind, the head of the longest remaining chain first. Decides
 * the order and remembers which of them have been told why they wait; whether one may start is asked elsewhere.
 *
 * A thousand tasks may stand behind a limit while each end of one starts the next: what is done at each end depends on
 * how many start, not on how many wait.
 */
import type { TaskId } from "../task.ts";

export interface Waiting {
  readonly id: TaskId;
  /** Of its arrival: equal tasks start in this order. */
  readonly number: number;
}

interface Line {
  /** The next one to start is the last. */
  readonly waiting: Waiting[];
  sorted: boolean;
  /** The reason that was told last, and who came since. */
  told: string | undefined;
  untold: TaskId[];
}

export class ReadyTasks {
  readonly #lines = new Map<string, Line>();
  readonly #remaining: (id: TaskId) => number;
  #arrivals = 0;

  /** @param remaining seconds of the longest chain that waits for a task, itself among it */
  constructor(remaining: (id: TaskId) => number) {
    this.#remaining = remaining;
  }

  add(id: TaskId, kind: string): void {
    const line = this.#lines.get(kind) ?? { waiting: [], sorted: true, told: undefined, untold: [] };
    this.#lines.set(kind, line);
    line.waiting.push({ id, number: this.#arrivals++ });
    line.untold.push(id);
    line.sorted = false;
  }

  /** To be called when the remaining times may have changed. */
  disorder(): void {
    for (const line of this.#lines.values()) line.sorted = false;
  }

  kinds(): Iterable<string> {
    return this.#lines.keys();
  }

  /** Takes the next one out of its line. */
  take(kind: string): Waiting | undefined {
    const line = this.#lines.get(kind);
    if (line === undefined) return undefined;
    if (!line.sorted) this.#sort(line);
    return line.waiting.pop();
  }

  /** Puts back what was taken and could not start, into its former place. */
  giveBack(kind: string, taken: readonly Waiting[]): void {
    const line = this.#lines.get(kind);
    if (line === undefined || taken.length === 0) return;
    line.waiting.push(...taken);
    line.sorted = false;
  }

  /** Those of a kind, in no order; some may not be ready any more. */
  of(kind: string): readonly TaskId[] {
    return (this.#lines.get(kind)?.waiting ?? []).map(({ id }) => id);
  }

  /** Of those that wait, the ones that have not been told this reason yet; they count as told from now on. */
  untold(kind: string, reason: string): readonly TaskId[] {
    const line = this.#lines.get(kind);
    if (line === undefined) return [];
    const ids = line.told === reason ? line.untold : line.waiting.map(({ id }) => id);
    line.told = reason;
    line.untold = [];
    return ids;
  }

  #sort(line: Line): void {
    line.sorted = true;
    line.waiting.sort((a, b) => this.#remaining(a.id) - this.#remaining(b.id) || b.number - a.number);
  }
}
