/**
 * The records of one session: its results count at once, whether they are on the disk yet or not, and even where the
 * disk refuses them. Otherwise the next pass would do the same work a second time.
 * Results stay in memory until the disk has them; where it refuses them, the newest few of each task stay for the
 * session. The writes of one task follow each other, so that an older result never overwrites a newer one.
 */
import { canonical } from "../../std/data/json.ts";
import type { LastSuccess, RecordedOutput, Records, Success, TaskRecord } from "../../store/records/records.ts";

type Deed =
  | { readonly kind: "success"; readonly at: number; readonly success: Success }
  | { readonly kind: "failure"; readonly key: string };

/** Number of refused results kept for each task: a user alternates between a few states. */
const refusedKept = 8;

export class SessionRecords implements Records {
  readonly #disk: Records;
  readonly #now: () => number;
  /** Results that the disk does not have yet, by task, oldest first. */
  readonly #deeds = new Map<string, Deed[]>();
  readonly #writes = new Map<string, Promise<unknown>>();
  /** Results for this session only: the newest of each task. */
  readonly #remembered = new Map<string, LastSuccess & RecordedOutput>();

  constructor(disk: Records, now: () => number) {
    this.#disk = disk;
    this.#now = now;
  }

  find(task: string, key: string): TaskRecord | undefined {
    const remembered = this.#remembered.get(task);
    if (remembered?.key === key) return { task, key, outputs: [remembered] };
    const mine = this.#successes(task).filter(({ success }) => success.key === key);
    const record = this.#disk.find(task, key);
    if (mine.length === 0) return record;
    return { task, key, outputs: distinct([...mine.reverse().map(outputOf), ...(record?.outputs ?? [])]) };
  }

  last(task: string): LastSuccess | undefined {
    const mine = this.#successes(task).at(-1);
    const remembered = this.#remembered.get(task);
    if (remembered) return remembered;
    if (mine === undefined) return this.#disk.last(task);
    const { key, parts, seconds } = mine.success;
    return { task, key, parts, at: mine.at, seconds };
  }

  failed(task: string, key: string): boolean {
    const mine = this.#deeds.get(task)?.at(-1);
    if (mine === undefined) return this.#disk.failed(task, key);
    return mine.kind === "failure" && mine.key === key;
  }

  outputs(task: string): readonly RecordedOutput[] {
    return distinct([...this.#successes(task).reverse().map(outputOf), ...this.#disk.outputs(task)]);
  }

  succeed(success: Success): Promise<boolean> {
    this.#remembered.delete(success.task);
    const deed = { kind: "success", at: this.#now(), success } as const;
    return this.#do(success.task, deed, () => this.#disk.succeed(success));
  }

  /** Keeps a result for this session only. */
  remember({ task, key, parts, output, seconds }: Success): void {
    this.#remembered.set(task, { task, key, parts, output, seconds, at: this.#now() });
  }

  fail(task: string, key: string): Promise<boolean> {
    return this.#do(task, { kind: "failure", key }, () => this.#disk.fail(task, key));
  }

  /** Resolves when every result is on the disk or was refused. */
  async written(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes.values());
  }

  #successes(task: string) {
    return (this.#deeds.get(task) ?? []).filter((deed) => deed.kind === "success");
  }

  #do(task: string, deed: Deed, write: () => Promise<boolean>): Promise<boolean> {
    this.#deeds.set(task, [...(this.#deeds.get(task) ?? []), deed]);
    const before = this.#writes.get(task) ?? Promise.resolve();
    const written = before.then(write).then((kept) => {
      if (this.#writes.get(task) === written) this.#writes.delete(task);
      this.#forget(task, deed, kept);
      return kept;
    });
    this.#writes.set(task, written);
    return written;
  }

  /** Removes a written result and the older ones. Of refused results, only the newest few are kept. */
  #forget(task: string, deed: Deed, kept: boolean): void {
    const deeds = this.#deeds.get(task) ?? [];
    const left = kept
      ? deeds.slice(deeds.indexOf(deed) + 1)
      : deeds.filter((each) => each !== deed || deed.kind === "success").slice(-refusedKept);
    if (left.length > 0) this.#deeds.set(task, left);
    else this.#deeds.delete(task);
  }
}

function outputOf({ at, success }: Extract<Deed, { kind: "success" }>): RecordedOutput {
  return { output: success.output, at, seconds: success.seconds };
}

function distinct(outputs: readonly RecordedOutput[]): RecordedOutput[] {
  const seen = new Set<string>();
  return outputs.filter(({ output }) => {
    const text = canonical(output);
    return !seen.has(text) && seen.add(text);
  });
}
