/**
 * What lives beside the passes of a session: the logs of what was deployed, and its port-forwards. Both follow what the
 * last pass brought to the cluster; a listener and a log that go on are not interrupted by a deploy.
 */

import type { KubeObject } from "../../cluster/cluster.ts";
import { hasPods } from "../../cluster/status/judge.ts";
import type { Project } from "../../config/project.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import { doubtsOf } from "../../dev/forward/doubtful.ts";
import { Forwards } from "../../dev/forward/forwards.ts";
import type { ForwardEntry } from "../../dev/forward/resource.ts";
import type { FollowedWorkload } from "../../dev/logs/followed-pods.ts";
import { LogFollower } from "../../dev/logs/follower.ts";
import type { PassResult } from "../../graph/request.ts";
import type { DeployedObject } from "../../phase/deploy/deployer.ts";
import { clusterTaskId } from "../../phase/ids.ts";
import type { DeliverOutput } from "../../phase/image/deliver.ts";
import { systemClock } from "../../std/clock.ts";
import type { World } from "./world.ts";

export type ForwardMode = "user" | "services" | "pods" | "debug";

export interface Streams extends AsyncDisposable {
  /** An image is in the cluster: containers of it are followed from their start, before the pass is over. */
  delivered(image: string, reference: string): void;
  /** @param deployed what is in the cluster now, by every deployer; undefined: not known, so what was known stays */
  passed(
    result: PassResult,
    deployed: readonly DeployedObject[] | undefined,
    images: readonly string[],
    project: Project,
  ): void;
  /** Whether there is anything that stays. */
  readonly any: boolean;
}

/** @param scope the place's, whose tasks say what was delivered there */
export function openStreams(
  world: World,
  place: DeployTarget,
  usual: readonly ForwardMode[],
  scope?: string | undefined,
): Streams {
  const { flags } = world.invocation;
  const { cluster, namespace } = place;
  const { emit } = world;
  const modes = forwardModes(flags.text("port-forward"), usual);
  const logs = flags.bool("tail") ? new LogFollower({ cluster, emit, since: systemClock.now() }) : undefined;
  const forwards = modes.length > 0 ? new Forwards({ cluster, emit }) : undefined;
  const known = new Map<string, string>();
  const doubted = new Set<string>();
  /** As the last pass that got to know them told; undefined before one did. */
  let objects: readonly KubeObject[] | undefined;
  let workloads: readonly FollowedWorkload[] = [{ kind: "Deployment", namespace, uid: "" }];
  const uids = new Map<string, string>();
  /** A pass that could not apply the object does not know its uid: it is the one that was known. */
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
    passed({ outputs }, deployed, images, project) {
      for (const image of images) {
        const delivered = outputs.get(clusterTaskId(scope).deliver(image)) as DeliverOutput | undefined;
        if (delivered) known.set(delivered.reference, image);
      }
      if (deployed !== undefined) {
        objects = deployed.map(({ object }) => object);
        workloads = deployed.filter(({ object }) => hasPods(object)).map(workloadOf);
      }
      follow();
      const all = objects ?? [];
      const written = modes.includes("user") ? userEntries(project, namespace) : [];
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

/** Other words were refused with the command line. */
function forwardModes(text: string | undefined, usual: readonly ForwardMode[]): readonly ForwardMode[] {
  if (text === undefined) return usual;
  return text.split(",").flatMap((word): readonly ForwardMode[] => {
    if (word === "true") return ["user", "services"];
    return word === "user" || word === "services" || word === "pods" || word === "debug" ? [word] : [];
  });
}

function userEntries({ modules }: Project, target: string): ForwardEntry[] {
  return modules.flatMap(({ portForward }) =>
    portForward.map(({ at: _, namespace = target, ...entry }) => ({ ...entry, namespace })),
  );
}

/** Every port that the containers of a workload declare. */
function podEntries({ kind, metadata, spec }: KubeObject, target: string): ForwardEntry[] {
  interface Container {
    readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
  }
  const pod =
    kind === "Pod" ? spec : kind === "CronJob" ? spec?.jobTemplate?.spec?.template?.spec : spec?.template?.spec;
  const containers: readonly Container[] = pod?.containers ?? [];
  return containers
    .flatMap(({ ports = [] }) => ports)
    .filter(({ protocol = "TCP" }) => protocol === "TCP")
    .map(({ containerPort }) => ({
      resourceType: kind.toLowerCase(),
      resourceName: metadata.name,
      namespace: metadata.namespace ?? target,
      port: containerPort,
      address: "127.0.0.1",
    }));
}
