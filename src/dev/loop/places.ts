/**
 * Where a session deploys to, and where it has deployed before: a reload may lead to another cluster or namespace. The
 * streams (logs, port-forwards) follow to the present place; what is in an earlier one stays until the clean-up, which
 * gets all of them.
 */
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { Event } from "../../event/event.ts";

export class Places<Streams extends AsyncDisposable> implements AsyncDisposable {
  readonly #open: (target: DeployTarget) => Streams;
  readonly #emit: (event: Event) => void;
  readonly #entered: DeployTarget[] = [];
  #streams: Streams | undefined;

  /** @param open opens the streams of a place */
  constructor(open: (target: DeployTarget) => Streams, emit: (event: Event) => void) {
    this.#open = open;
    this.#emit = emit;
  }

  /** Every place with a ledger of its own, the present one last. */
  get entered(): readonly DeployTarget[] {
    return this.#entered;
  }

  /** Of the present place; undefined before the first one. Those of an earlier place are closed and take nothing. */
  get streams(): Streams | undefined {
    return this.#streams;
  }

  /** From now on the session deploys to this place. */
  async enter(target: DeployTarget): Promise<void> {
    const before = this.#entered.at(-1);
    const known = this.#entered.findIndex((one) => isSameLedger(one, target));
    if (known >= 0) this.#entered.splice(known, 1);
    this.#entered.push(target);
    if (before !== undefined && isSameLedger(before, target) && before.cluster === target.cluster) return;
    if (before !== undefined && !isSameLedger(before, target)) this.#emit(moved(before, target));
    // The ports that the new streams listen on are free once the old ones are closed.
    await this.#streams?.[Symbol.asyncDispose]();
    this.#streams = this.#open(target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#streams?.[Symbol.asyncDispose]();
  }
}

/** Projects in one such place go to the same objects by the same connection. */
export function placeId({ cluster, clusterId, namespace }: DeployTarget): string {
  return `${cluster.context} ${clusterId} ${namespace}`;
}

function isSameLedger(one: DeployTarget, other: DeployTarget): boolean {
  return one.ledger === other.ledger;
}

function moved(from: DeployTarget, to: DeployTarget): Event {
  const place = ({ namespace, cluster }: DeployTarget) =>
    from.cluster === to.cluster ? `the namespace ${namespace}` : `the namespace ${namespace} of ${cluster.context}`;
  const text = `from now on ${place(to)} is deployed to; what is in ${place(from)} stays until the clean-up`;
  return { type: "notice", level: "warning", text };
}
