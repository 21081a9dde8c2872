/**
 * Pods and secrets that builds make in a cluster. Each is recorded in the ledger before it is made and removed from the
 * ledger once it is gone, so that those of a killed devloop are found by its next start and by `devloop delete`.
 * An entry names the process by a lock, which the kernel releases when the process ends, and by a random word, which is
 * also a label of the object. Objects of a running process are left alone.
 */
import type { BuildCluster } from "../../build/builder.ts";
import type { Cluster, KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { requestJson } from "../../cluster/connect/request.ts";
import { deleteObject, getObject } from "../../cluster/objects/objects.ts";
import { kindOf, pathOf, refOf } from "../../cluster/objects/resources.ts";
import { Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import { type Shared, shared } from "../../std/async/shared.ts";
import { isJsonRecord } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import { randomHex } from "../../std/random.ts";
import type { LockResult } from "../../store/lock.ts";
import type { Cleaner } from "./cleanup.ts";
import type { Entry, Ledger } from "./ledger.ts";

/** The kind of thing in the ledger. */
export const buildThing = "build";
const label = "devloop.dev/build";
/** Time limit for a removal, which continues when the build was cancelled. */
const removalMs = 15_000;

/** The process that makes objects. */
export interface BuildMaker {
  /** The number of its lock, and a word that no other process has. */
  readonly self: Shared<Maker>;
  readonly tryLock: (name: string) => Promise<LockResult>;
  readonly notice: (text: string) => void;
}

interface Maker {
  readonly slot: number;
  readonly word: string;
}

/** The cluster and the ledger of the objects. */
export interface BuildTarget {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
}

/** @param late holds the process's lock until the command ends */
export function buildMaker(
  tryLock: BuildMaker["tryLock"],
  notice: BuildMaker["notice"],
  late: AsyncDisposableStack,
): BuildMaker {
  const self = shared(async (): Promise<Maker> => {
    for (let slot = 0; ; slot++) {
      const taken = await tryLock(lockName(slot));
      if (!taken.held) continue;
      late.use(taken.lock);
      return { slot, word: randomHex(8) };
    }
  });
  return { self, tryLock, notice };
}

function lockName(slot: number): string {
  return `builds/${slot}`;
}

/** @param module the project's module that the entry is for */
export function makeForBuild(
  maker: BuildMaker,
  { cluster, ledger }: BuildTarget,
  module: string,
): BuildCluster["make"] {
  return async (object, signal) => {
    const { slot, word } = await maker.self.get(signal);
    const ref = refOf(object);
    const subject = { ...ref, thing: buildThing, detail: { slot, word }, module };
    await ledger.refresh();
    const others = ledger.get(subject);
    await ledger.creating(subject, signal);
    const remove = async () => {
      try {
        const stop = AbortSignal.timeout(removalMs);
        const entry = ledger.get(subject);
        await removeObject(cluster, ref, word, stop);
        if (entry) await ledger.forget(entry);
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        maker.notice(`${nameOf(ref)} is left of a build, and goes with the next start: ${why}`);
      }
    };
    let uid: string;
    try {
      uid = await create(cluster, marked(object, word), signal);
    } catch (thrown) {
      if (thrown instanceof ApiError && thrown.code === 409 && others !== undefined)
        // The object is another process's and stays recorded as such.
        await ledger.creating({ ...subject, ...optional("detail", others.detail), module: others.module });
      // The server may have created the object although its answer was lost.
      else await remove();
      throw thrown;
    }
    await ledger.created(subject, uid);
    return { uid, [Symbol.asyncDispose]: remove };
  };
}

/** Removes objects of killed processes; resolves when they are gone. */
export async function sweepBuilds(
  maker: BuildMaker,
  { cluster, ledger }: BuildTarget,
  signal: AbortSignal,
): Promise<void> {
  await ledger.refresh();
  for (const entry of ledger.entries().filter(({ thing }) => thing === buildThing)) {
    const found = await removeLeft(maker, cluster, entry, signal);
    if (found === "in use") continue;
    await ledger.forget(entry, signal);
    if (found === "removed") maker.notice(`removed ${nameOf(entry.ref)}, which a build that was killed had left`);
  }
}

/** For clean-ups by the ledger. */
export function buildCleaner(maker: BuildMaker, cluster: () => Promise<Cluster>): Cleaner {
  return async (entry, signal) =>
    (await removeLeft(maker, await cluster(), entry, signal)) === "in use"
      ? { result: "kept", why: "a build that uses it is running" }
      : { result: "deleted" };
}

/** `in use`: the process that made it may still run. `absent`: it was gone before, or never made. */
async function removeLeft(
  maker: BuildMaker,
  cluster: Cluster,
  entry: Entry,
  signal: AbortSignal,
): Promise<"in use" | "removed" | "absent"> {
  const { detail } = entry;
  if (!isJsonRecord(detail) || typeof detail.slot !== "number" || typeof detail.word !== "string")
    throw new Failure(`another version of devloop noted ${nameOf(entry.ref)}`);
  const lock = await maker.tryLock(lockName(detail.slot));
  // A lock that is held may be this process's own, with the number of the killed process.
  if (!lock.held && !(await isOurs(maker, lock.pid, detail))) return "in use";
  try {
    return await removeObject(cluster, entry.ref, detail.word, signal);
  } finally {
    if (lock.held) await lock.lock[Symbol.asyncDispose]();
  }
}

async function isOurs({ self }: BuildMaker, holder: number | undefined, of: { slot?: unknown; word?: unknown }) {
  if (holder !== process.pid) return false;
  const { slot, word } = await self.get();
  return slot === of.slot && word !== of.word;
}

function marked(object: KubeObject, word: string): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [label]: word } } };
}

async function create(cluster: Cluster, object: KubeObject, signal: AbortSignal): Promise<string> {
  const { apiVersion, kind, metadata } = object;
  const path = pathOf(await kindOf(cluster, apiVersion, kind, signal), metadata.namespace);
  const options = { method: "POST", body: JSON.stringify(object), signal } as const;
  const action = `cannot make ${nameOf(refOf(object))} for a build`;
  const made = await requestJson<KubeObject>(cluster, path, options, action);
  return made.metadata.uid ?? "";
}

/** Deletes only the object that the process made: another one may have its name. */
async function removeObject(
  cluster: Cluster,
  ref: ObjectRef,
  word: string,
  signal: AbortSignal,
): Promise<"removed" | "absent"> {
  const live = await getObject(cluster, ref, signal);
  if (live?.metadata.labels?.[label] !== word) return "absent";
  await deleteObject(cluster, ref, { uid: live.metadata.uid, graceSeconds: 0 }, signal);
  return "removed";
}
