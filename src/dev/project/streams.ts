/**
 * Logs and port-forwards of a session in one place; they outlive single passes. Both follow what the last pass brought
 * to the cluster; a deploy does not interrupt a listener or a log that stays.
 */

import type { KubeObject } from "../../cluster/cluster.ts";
import { hasPods } from "../../cluster/status/judge.ts";
import type { Module } from "../../config/project.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { Event } from "../../event/event.ts";
import type { DeployedObject, Outputs } from "../../phase/deploy/deployer.ts";
import { clusterTaskId } from "../../phase/ids.ts";
import type { DeliverOutput } from "../../phase/image/deliver.ts";
import type { Clock } from "../../std/clock.ts";
import { doubtsOf } from "../forward/doubtful.ts";
import { type ForwardMode, podEntries, writtenEntries } from "../forward/entries.ts";
import { Forwards } from "../forward/forwards.ts";
import type { FollowedWorkload } from "../logs/followed-pods.ts";
import { LogFollower } from "../logs/follower.ts";

export interface StreamOptions {
  readonly modes: readonly ForwardMode[];
  /** Whether logs are followed. */
  readonly logs: boolean;
  readonly clock: Pick<Clock, "now">;
  readonly emit: (event: Event) => void;
}

/** The result of a pass in one place. */
export interface PassedPlace {
  readonly outputs: Outputs;
  /** Scopes of the tasks that deliver there: one, or several where contexts lead to the same objects. */
  readonly scopes: readonly (string | undefined)[];
  /** The present objects of every deployer; undefined: not known, so the known ones stay. */
  readonly deployed: readonly DeployedObject[] | undefined;
  /** Artifacts. */
  readonly images: readonly string[];
  /** The modules that deploy there. */
  readonly modules: readonly Pick<Module, "portForward">[];
}

export interface Streams extends AsyncDisposable {
  /** An image is in the cluster: its containers are followed from their start, before the pass is over. */
  delivered(image: string, reference: string): void;
  passed(place: PassedPlace): void;
  /** Whether any stream is wanted. */
  readonly any: boolean;
}

export function openStreams(
  { cluster, namespace }: Pick<DeployTarget, "cluster" | "namespace">,
  { modes, logs: followsLogs, clock, emit }: StreamOptions,
): Streams {
  const logs = followsLogs ? new LogFollower({ cluster, emit, since: clock.now() }) : undefined;
  const forwards = modes.length > 0 ? new Forwards({ cluster, emit }) : undefined;
  const known = new Map<string, string>();
  const doubted = new Set<string>();
  /** The objects of the last pass that came to know them; undefined before. */
  let objects: readonly KubeObject[] | undefined;
  let workloads: readonly FollowedWorkload[] = [{ kind: "Deployment", namespace, uid: "" }];
  const uids = new Map<string, string>();
  /** A pass that could not apply the object does not know its uid: the known one is used. */
  const workloadOf = ({ object: { kind, metadata }, uid }: DeployedObject): FollowedWorkload => {
    const there = metadata.namespace ?? namespace;
    const name = `${kind} ${there}/${metadata.name}`;
    if (uid !== undefined) uids.set(name, uid);
    return { kind, namespace: there, uid: uids.get(name) ?? "" };
  };
  const follow = () => logs?.follow({ workloads, images: known });
  return {
    any: logs !== undefined || forwards !== undefined,
    delivered(image, reference) {
      known.set(reference, image);
      follow();
    },
    passed({ outputs, scopes, deployed, images, modules }) {
      for (const image of images)
        for (const scope of scopes) {
          const delivered = outputs.get(clusterTaskId(scope).deliver(image)) as DeliverOutput | undefined;
          if (delivered) known.set(delivered.reference, image);
        }
      if (deployed !== undefined) {
        objects = deployed.map(({ object }) => object);
        workloads = deployed.filter(({ object }) => hasPods(object)).map(workloadOf);
      }
      follow();
      const all = objects ?? [];
      const written = modes.includes("user") ? writtenEntries(modules, namespace) : [];
      for (const text of objects === undefined ? [] : doubtsOf(written, all, namespace)) {
        if (!doubted.has(text)) emit({ type: "notice", level: "warning", text });
        doubted.add(text);
      }
      forwards?.set({
        entries: [
          ...written,
          ...(modes.includes("pods") ? all.filter(hasPods).flatMap((object) => podEntries(object, namespace)) : []),
        ],
        services: modes.includes("services")
          ? all
              .filter(({ kind, apiVersion }) => kind === "Service" && apiVersion === "v1")
              .map(({ metadata }) => ({ name: metadata.name, namespace: metadata.namespace ?? namespace }))
          : [],
      });
    },
    async [Symbol.asyncDispose]() {
      forwards?.[Symbol.dispose]();
      await logs?.[Symbol.asyncDispose]();
    },
  };
}
