/**
 * The places that a session deploys to, and those that it has deployed to before: a reload may add a cluster or
 * namespace, remove one, or replace one by another. Each place has its own streams (logs, port-forwards), which last
 * while the session deploys there; objects in a former place stay until the clean-up, which includes all places. A
 * renamed project takes over what it has deployed under its former name.
 */
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { Cleaners, ModuleDeletion } from "../../deploy/ledger/cleanup.ts";
import type { Event } from "../../event/event.ts";

export interface EnteredPlace {
  readonly target: DeployTarget;
  /** Cleaners for ledger entries there about things that are no objects. */
  readonly cleaners: Cleaners;
  readonly deletion?: (module: string | undefined) => ModuleDeletion | undefined;
}

interface PresentPlace<Streams> {
  readonly target: DeployTarget;
  readonly streams: Streams;
}

export class Places<Streams extends AsyncDisposable> implements AsyncDisposable {
  readonly #open: (target: DeployTarget) => Streams;
  readonly #emit: (event: Event) => void;
  #entered: readonly EnteredPlace[] = [];
  #present: readonly PresentPlace<Streams>[] = [];

  /** @param open opens the streams of a place */
  constructor(open: (target: DeployTarget) => Streams, emit: (event: Event) => void) {
    this.#open = open;
    this.#emit = emit;
  }

  /** Every place with a ledger of its own, the present ones last. */
  get entered(): readonly EnteredPlace[] {
    return this.#entered;
  }

  /** The streams of a present place; undefined for any other one, whose streams are closed. */
  streams(target: DeployTarget): Streams | undefined {
    return this.#present.find((one) => isSamePlace(one.target, target))?.streams;
  }

  /** Sets the places that the session deploys to. */
  async enter(places: readonly EnteredPlace[]): Promise<void> {
    const targets = places.map(({ target }) => target);
    const left = this.#entered.filter(({ target }) => !targets.some((one) => isSameLedger(one, target)));
    const before = this.#present.map(({ target }) => target);
    this.#entered = [...left, ...places];
    for (const { target } of places)
      for (const { target: former } of left)
        if (hasSameObjects(former, target)) await target.ledger.takeOver(former.ledger, former.owner);
    if (before.length > 0)
      for (const text of moved(before, targets)) this.#emit({ type: "notice", level: "warning", text });
    const kept = this.#present.filter(({ target }) => targets.some((one) => isSamePlace(one, target)));
    const ended = this.#present.filter((one) => !kept.includes(one));
    this.#present = kept;
    // The ports for the new streams are free once the old streams are closed.
    await Promise.all(ended.map(({ streams }) => streams[Symbol.asyncDispose]()));
    this.#present = targets.map(
      (target) => kept.find((one) => isSamePlace(one.target, target)) ?? { target, streams: this.#open(target) },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#present.map(({ streams }) => streams[Symbol.asyncDispose]()));
  }
}

/** Targets with equal ids have the same objects over the same connection. */
export function placeId({ cluster, clusterId, namespace }: Omit<DeployTarget, "ledger" | "owner">): string {
  const { context, connection } = cluster;
  return [context, clusterId, namespace, ...(connection === undefined ? [] : [connection])].join(" ");
}

function isSameLedger(one: DeployTarget, other: DeployTarget): boolean {
  return one.ledger === other.ledger;
}

/** Whether two targets have the same objects, however they are reached. */
function hasSameObjects(one: DeployTarget, other: DeployTarget): boolean {
  return one.clusterId === other.clusterId && one.namespace === other.namespace;
}

function isSamePlace(one: DeployTarget, other: DeployTarget): boolean {
  return placeId(one) === placeId(other);
}

/** Messages about places that were added or removed. A project that was only renamed keeps its places. */
function moved(from: readonly DeployTarget[], to: readonly DeployTarget[]): string[] {
  const isIn = (all: readonly DeployTarget[], target: DeployTarget) => all.some((one) => hasSameObjects(one, target));
  const added = to.filter((target) => !isIn(from, target));
  const left = from.filter((target) => !isIn(to, target));
  const [first] = from;
  const isOneCluster = [...from, ...to].every(({ cluster }) => cluster.context === first?.cluster.context);
  const names = (all: readonly DeployTarget[]) =>
    all
      .map(({ namespace, cluster }) => `the namespace ${namespace}${isOneCluster ? "" : ` of ${cluster.context}`}`)
      .join(" and ");
  if (added.length > 0 && left.length > 0)
    return [
      `from now on ${names(added)} ${added.length > 1 ? "are" : "is"} deployed to; what is in ${names(left)} stays until the clean-up`,
    ];
  if (added.length > 0) return [`from now on ${names(added)} ${added.length > 1 ? "are" : "is"} deployed to as well`];
  if (left.length > 0)
    return [
      `${names(left)} ${left.length > 1 ? "are" : "is"} not deployed to any more; what is there stays until the clean-up`,
    ];
  return [];
}
