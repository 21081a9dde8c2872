/**
 * Tasks after a release: one LIST of its workloads, and a wait for each of them. A workload that helm waited for is
 * ready in that LIST, so it is not waited for a second time.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { hasPods, judge } from "../../cluster/status/judge.ts";
import { waitReady } from "../../cluster/wait/wait.ts";
import { kindId, objectId } from "../../deploy/manifests/object-id.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { Inputs, Task } from "../../graph/task.ts";
import { systemClock } from "../../std/clock.ts";
import type { Json } from "../../std/data/json.ts";
import { liveObjects } from "../deploy/live.ts";
import { telling, type WaitBoard } from "../deploy/wait.ts";
import { clusterTaskId } from "../ids.ts";
import { type ReleaseOutput, type ReleaseWork, releaseIds } from "./release-work.ts";

type LiveOutput = Readonly<Record<string, KubeObject | null>>;

/** @param objects of the release */
export function releaseWaits(
  work: ReleaseWork,
  release: string,
  objects: readonly KubeObject[],
  board: WaitBoard,
): Task[] {
  const workloads = objects.filter(hasPods);
  if (workloads.length === 0) return [];
  return [lookTask(work, release, workloads), ...workloads.map((object) => waitTask(work, release, object, board))];
}

function lookTask(work: ReleaseWork, release: string, workloads: readonly KubeObject[]): Task {
  const ids = releaseIds(work.scope);
  return {
    id: ids.live(release),
    kind: "look",
    mode: "observe",
    deps: [ids.release(release)],
    async run(_inputs, { signal }): Promise<Json> {
      const { cluster } = await work.target();
      const groups = Map.groupBy(workloads, (object) => `${kindId(object)} ${object.metadata.namespace ?? ""}`);
      const found = await Promise.all([...groups.values()].map((group) => liveObjects(cluster, group, signal)));
      const live: Record<string, KubeObject | null> = {};
      [...groups.values()].forEach((group, i) => {
        for (const object of group) live[objectId(refOf(object))] = found[i]?.[object.metadata.name] ?? null;
      });
      return live as unknown as Json;
    },
  };
}

function waitTask(work: ReleaseWork, release: string, object: KubeObject, board: WaitBoard): Task {
  const ids = releaseIds(work.scope);
  const id = objectId(refOf(object));
  const seen = (inputs: Inputs) => (inputs.get(ids.live(release)) as unknown as LiveOutput)[id] ?? undefined;
  return {
    id: clusterTaskId(work.scope).wait(id),
    kind: "wait",
    mode: "act",
    deps: [ids.release(release), ids.live(release)],
    keyParts(inputs) {
      const { uid = "", generation = 0 } = seen(inputs)?.metadata ?? {};
      const { revision } = inputs.get<ReleaseOutput>(ids.release(release));
      return { object: id, uid, generation, revision };
    },
    valid(_output, inputs) {
      const live = seen(inputs);
      const is = live && judge(live, { pods: [], oldPods: [], events: [], now: systemClock.now(), since: 0 });
      if (is?.state === "ready") return { valid: true, proof: is.message };
      return { valid: false, reason: is ? `it ${is.message}` : "it was not there" };
    },
    async run(inputs, { emit, signal }) {
      const { cluster, namespace } = await work.target();
      const live = seen(inputs);
      const shown = nameOf(refOf(object), namespace);
      board.begin(id);
      const tell = telling(shown, id, board, work.wait.tolerateFailures, emit);
      const { uid, generation } = live?.metadata ?? {};
      await waitReady(cluster, [{ ...refOf(object), uid, generation }], { ...work.wait, ...tell }, signal);
      return null;
    },
  };
}
