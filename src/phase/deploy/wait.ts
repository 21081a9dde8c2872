/**
 * Waits until a workload is ready. Done once for each apply; the live object in this pass's LIST proves that it is
 * still ready, so that a start on a running project does not wait. A newer save ends the wait at once.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { judge } from "../../cluster/status/judge.ts";
import { waitReady } from "../../cluster/wait/wait.ts";
import { imagesIn } from "../../deploy/manifests/images.ts";
import { objectId } from "../../deploy/manifests/object-id.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { Task, TaskContext } from "../../graph/task.ts";
import { systemClock } from "../../std/clock.ts";
import { clusterTaskId } from "../ids.ts";
import type { DeliverOutput } from "../image/deliver.ts";
import type { ApplyOutput } from "./apply.ts";
import type { DeployWork } from "./deploy-work.ts";
import { liveIdOf, liveOf } from "./live.ts";

/** How many waits of a pass are running: shown to users as `n/m still pending`. */
export interface WaitBoard {
  begin(id: string): void;
  ready(id: string): void;
  readonly pending: number;
  readonly total: number;
}

export function waitBoard(): WaitBoard {
  const open = new Set<string>();
  const all = new Set<string>();
  return {
    begin(id) {
      open.add(id);
      all.add(id);
    },
    ready: (id) => void open.delete(id),
    get pending() {
      return open.size;
    },
    get total() {
      return all.size;
    },
  };
}

export function waitTask(work: DeployWork, object: KubeObject, board: WaitBoard): Task {
  const id = objectId(refOf(object));
  const ids = clusterTaskId(work.scope);
  const images = imagesIn(object, work.images, work.selectors);
  return {
    id: ids.wait(id),
    kind: "wait",
    mode: "act",
    deps: [ids.apply(id), liveIdOf(work, object), ...images.map(ids.deliver)],
    keyParts(inputs) {
      const { uid, applied, state } = inputs.get<ApplyOutput>(ids.apply(id));
      return { object: id, uid, applied, state };
    },
    valid(_output, inputs) {
      const live = liveOf(work, object, inputs);
      // The object was ready once, so every grace period of a wait is over.
      const is = live && judge(live, { pods: [], oldPods: [], events: [], now: systemClock.now(), since: 0 });
      if (is?.state === "ready") return { valid: true, proof: is.message };
      return { valid: false, reason: is ? `it ${is.message}` : "it was not there" };
    },
    async run(inputs, { emit, signal }) {
      const { cluster, namespace } = await work.target();
      const { uid, generation } = inputs.get<ApplyOutput>(ids.apply(id));
      const shown = nameOf(refOf(object), namespace);
      board.begin(id);
      const tell = telling(shown, id, board, work.wait.tolerateFailures, emit);
      const delivered = images.map((image) => inputs.get<DeliverOutput>(ids.deliver(image)).reference);
      const applied = { ...refOf(object), uid, generation, was: liveOf(work, object, inputs), delivered };
      await waitReady(cluster, [applied], { ...work.wait, ...tell }, signal);
      return null;
    },
  };
}

/** Emits the events of a wait, and counts it on the board. */
export function telling(object: string, id: string, board: WaitBoard, tolerated: boolean, emit: TaskContext["emit"]) {
  return {
    onChange(_ref: unknown, { state, message }: ReturnType<typeof judge>) {
      if (state === "ready") board.ready(id);
      else board.begin(id);
      const { pending, total } = board;
      // A tolerated failure ends nothing yet.
      const told = state === "failed" && tolerated ? "progressing" : state;
      emit({ type: "wait", object, state: told, message, pending, total });
    },
    onTrouble(trouble: { readonly kind: "lost"; readonly why: string } | { readonly kind: "restored" }) {
      if (trouble.kind === "lost") emit({ type: "notice", level: "warning", text: `while waiting: ${trouble.why}` });
    },
  };
}
