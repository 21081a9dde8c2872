/**
 * The tasks of a pass that could start, in one queue for each kind, the head of the longest remaining chain first.
 * Decides the order, and records which tasks were told why they wait; the gate decides whether one may start.
 * A thousand tasks may wait behind a limit while each end of one starts the next: the work at each end depends on how
 * many tasks start, not on how many wait.
 */
import type { TaskId } from "../task.ts";

export interface Waiting {
  readonly id: TaskId;
  /** Number of arrival: tasks with equal chains start in this order. */
  readonly number: number;
}

interface Line {
  /** The next task to start is the last one. */
  readonly waiting: Waiting[];
  sorted: boolean;
  /** The reason that was emitted last, and the tasks that came since. */
  told: string | undefined;
  untold: TaskId[];
}

export class ReadyTasks {
  readonly #lines = new Map<string, Line>();
  readonly #remaining: (id: TaskId) => number;
  #arrivals = 0;

  /** @param remaining seconds of the longest chain of tasks that begins with a task */
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

  /** Called when the remaining times may have changed. */
  disorder(): void {
    for (const line of this.#lines.values()) line.sorted = false;
  }

  kinds(): Iterable<string> {
    return this.#lines.keys();
  }

  /** Removes the next task from its queue. */
  take(kind: string): Waiting | undefined {
    const line = this.#lines.get(kind);
    if (line === undefined) return undefined;
    if (!line.sorted) this.#sort(line);
    return line.waiting.pop();
  }

  /** Puts tasks that were taken and could not start back into their former places. */
  giveBack(kind: string, taken: readonly Waiting[]): void {
    const line = this.#lines.get(kind);
    if (line === undefined || taken.length === 0) return;
    line.waiting.push(...taken);
    line.sorted = false;
  }

  /** The tasks of a kind, in no order; some may not be ready any more. */
  of(kind: string): readonly TaskId[] {
    return (this.#lines.get(kind)?.waiting ?? []).map(({ id }) => id);
  }

  /** The waiting tasks for which this reason was not emitted yet; they count as told from now on. */
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
