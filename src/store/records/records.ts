/**
 * Results of earlier work: for each task and key the outputs that it gave, and for each task of a project its last
 * success.
 * Decides where a record lies and when it is valid; the planner decides whether a valid record saves the task's run. A
 * record is named by task and key, so it can be shared between checkouts and is never invalidated: other inputs have
 * another name. Reading never fails: an unreadable record counts as missing. Files are small and read synchronously,
 * because a warm start reads one for each task and awaiting each would cost more than reading.
 */
import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../std/data/digest.ts";
import type { Json, JsonRecord } from "../../std/data/json.ts";
import { canonical } from "../../std/data/json.ts";
import { writeAtomic } from "../atomic.ts";
import type { Trouble } from "../trouble.ts";
import type { Touch } from "./active.ts";
import { openBlobs } from "./blobs.ts";
import { unwrap, wrap } from "./envelope.ts";

/** One result of a task under a key. A key may have several, because a build does not always give the same bytes. */
export type RecordedOutput = {
  readonly output: Json;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly seconds: number;
};

/** `outputs` is newest first and never empty. */
export type TaskRecord = { readonly task: string; readonly key: string; readonly outputs: readonly RecordedOutput[] };

/** The key parts of a task's last success: `why` compares the present ones with them. */
export type LastSuccess = {
  readonly task: string;
  readonly key: string;
  readonly parts: JsonRecord;
  readonly at: number;
  readonly seconds: number;
};

export interface Success {
  readonly task: string;
  readonly key: string;
  readonly parts: JsonRecord;
  readonly output: Json;
  readonly seconds: number;
  /**
   * The output may hold secrets: the record holds only its digest, and the output lies in a file of its own
   * (`blobs.ts`).
   */
  readonly isPrivate?: boolean;
}

/** The records of one project. Every method is safe beside other processes; writing never throws. */
export interface Records {
  find(task: string, key: string): TaskRecord | undefined;
  last(task: string): LastSuccess | undefined;
  /** Whether the task's latest run was under this key and failed. */
  failed(task: string, key: string): boolean;
  /** Every known output of the task under any key, newest first. */
  outputs(task: string): readonly RecordedOutput[];
  /** @returns whether the result is on the disk; where it is not, the failed write was reported */
  succeed(success: Success): Promise<boolean>;
  /** @returns as `succeed` */
  fail(task: string, key: string): Promise<boolean>;
}

/** An output in its form on the disk: a private output is the digest of its blob. */
type StoredOutput = RecordedOutput | { readonly blob: string; readonly at: number; readonly seconds: number };
type StoredRecord = Omit<TaskRecord, "outputs"> & { readonly outputs: readonly StoredOutput[] };

const recordFormat = { what: "record", version: 1 };
const lastFormat = { what: "last-success", version: 1 };
const failedFormat = { what: "failure", version: 1 };

/** Outputs kept for one key: enough for a few nodes and engines with different images. */
const outputsKept = 8;

/** The part of a record file's name before the dot, which identifies the task. */
export function taskOfFile(name: string): string {
  return name.slice(0, name.indexOf("."));
}

/** A task's files share the beginning of their names, so that listing one folder finds all its keys. */
function taskName(task: string): { shard: string; name: string } {
  const digest = sha256(task);
  return { shard: digest.slice(0, 2), name: digest.slice(2, 34) };
}

export interface RecordsPlace {
  /** Results by task and key, shared by all projects. */
  readonly recordsDir: string;
  /** Private outputs, shared by all projects. */
  readonly blobsDir: string;
  /** The project's own folder: last successes and failures. */
  readonly projectDir: string;
}

export function openRecords(place: RecordsPlace, now: () => number, trouble: Trouble, touch: Touch): Records {
  const blobs = openBlobs(place.blobsDir, touch);
  const recordPath = (task: string, key: string) => {
    const { shard, name } = taskName(task);
    return join(place.recordsDir, shard, `${name}.${key}`);
  };
  const projectPath = (task: string, what: "last" | "failed") => {
    const { shard, name } = taskName(task);
    return join(place.projectDir, shard, `${name}.${what}`);
  };

  const findStored = (task: string, key: string): StoredRecord | undefined => {
    const path = recordPath(task, key);
    const record = read<StoredRecord>(path, recordFormat);
    if (record?.task !== task || record.key !== key || record.outputs.length === 0) return undefined;
    touch(path);
    return record;
  };

  const find: Records["find"] = (task, key) => {
    const outputs = (findStored(task, key)?.outputs ?? []).flatMap((stored): RecordedOutput[] => {
      if (!("blob" in stored)) return [stored];
      const output = blobs.read(stored.blob);
      return output === undefined ? [] : [{ output, at: stored.at, seconds: stored.seconds }];
    });
    return outputs.length === 0 ? undefined : { task, key, outputs };
  };

  return {
    find,
    last(task) {
      const path = projectPath(task, "last");
      const last = read<LastSuccess>(path, lastFormat);
      if (last?.task !== task) return undefined;
      touch(path);
      return last;
    },
    failed(task, key) {
      return read<{ key: string }>(projectPath(task, "failed"), failedFormat)?.key === key;
    },
    outputs(task) {
      const { shard, name } = taskName(task);
      const keys = list(join(place.recordsDir, shard))
        .filter((file) => file.startsWith(`${name}.`))
        .map((file) => file.slice(name.length + 1));
      return keys.flatMap((key) => find(task, key)?.outputs ?? []).sort((a, b) => b.at - a.at);
    },
    async succeed({ task, key, parts, output, seconds, isPrivate }) {
      const at = now();
      const last: LastSuccess = { task, key, parts, at, seconds };
      return trouble.attempt(place.recordsDir, async () => {
        const stored = isPrivate ? { blob: await blobs.write(output), at, seconds } : { output, at, seconds };
        const others = (findStored(task, key)?.outputs ?? []).filter((known) => !isSame(known, stored));
        const record: StoredRecord = { task, key, outputs: [stored, ...others].slice(0, outputsKept) };
        await writeAtomic(recordPath(task, key), wrap(recordFormat, record));
        // Not flushed: only `why` compares with it, so a lost file costs a reason and no work.
        await writeAtomic(projectPath(task, "last"), wrap(lastFormat, last), { flush: false });
        await rm(projectPath(task, "failed"), { force: true });
      });
    },
    async fail(task, key) {
      return trouble.attempt(place.projectDir, () =>
        writeAtomic(projectPath(task, "failed"), wrap(failedFormat, { task, key }), { flush: false }),
      );
    },
  };
}

function isSame(a: StoredOutput, b: StoredOutput): boolean {
  if ("blob" in a || "blob" in b) return "blob" in a && "blob" in b && a.blob === b.blob;
  return canonical(a.output) === canonical(b.output);
}

function read<T extends Json>(path: string, format: typeof recordFormat): T | undefined {
  try {
    return unwrap(format, readFileSync(path, "utf8")) as T | undefined;
  } catch {
    return undefined;
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
