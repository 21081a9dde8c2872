/**
 * Where a session deploys to, and where it has deployed before: a reload may add a cluster or namespace, take one away, or
 * lead from one to another. Each place has streams of its own (logs, port-forwards), which go on while the session
 * deploys there; what is in a place that was left stays until the clean-up, which gets all of them. What a project that was
 * renamed has deployed is taken over by its new name.
 */
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { Cleaners, ModuleDeletion } from "../../deploy/ledger/cleanup.ts";
import type { Event } from "../../event/event.ts";

export interface EnteredPlace {
  readonly target: DeployTarget;
  /** For entries of the ledger there about things that are no objects. */
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

  /** Of a present place; undefined for any other one. Those of an earlier place are closed and take nothing. */
  streams(target: DeployTarget): Streams | undefined {
    return this.#present.find((one) => isSamePlace(one.target, target))?.streams;
  }

  /** From now on the session deploys to these places. */
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
    // The ports that the new streams listen on are free once the old ones are closed.
    await Promise.all(ended.map(({ streams }) => streams[Symbol.asyncDispose]()));
    this.#present = targets.map(
      (target) => kept.find((one) => isSamePlace(one.target, target)) ?? { target, streams: this.#open(target) },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#present.map(({ streams }) => streams[Symbol.asyncDispose]()));
  }
}

/** Projects in one such place go to the same objects by the same connection. */
export function placeId({ cluster, clusterId, namespace }: Omit<DeployTarget, "ledger" | "owner">): string {
  const { context, connection } = cluster;
  return [context, clusterId, namespace, ...(connection === undefined ? [] : [connection])].join(" ");
}

function isSameLedger(one: DeployTarget, other: DeployTarget): boolean {
  return one.ledger === other.ledger;
}

/** Whichever way they are reached. */
function hasSameObjects(one: DeployTarget, other: DeployTarget): boolean {
  return one.clusterId === other.clusterId && one.namespace === other.namespace;
}

function isSamePlace(one: DeployTarget, other: DeployTarget): boolean {
  return placeId(one) === placeId(other);
}

/** What to say of places that come and go. A project that is only called otherwise goes where it went. */
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
