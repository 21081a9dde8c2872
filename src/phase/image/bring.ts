/**
 * One image to one place: the only kind of task that moves images. The nodes and the registry of a cluster, and the engine
 * or the registry that a build starts from, are places alike.
 *
 * Decides what all of them have in common: where the image need not be, nothing is done; where it has to be, the place's
 * own answer of this pass decides, and a record alone is no proof.
 */
import type { ActTask, Inputs, TaskContext, TaskId, Validity } from "../../graph/task.ts";
import type { JsonRecord } from "../../std/data/json.ts";

/** `Output` names the image as whoever uses it there does. */
export interface Bringing<Output extends JsonRecord> {
  readonly id: TaskId;
  readonly kind: "tag" | "deliver";
  readonly deps: readonly TaskId[];
  /** The image, its names there and the place. */
  keyParts(inputs: Inputs): JsonRecord;
  /** Why the image need not be brought, and what it is called all the same; undefined: it has to be there. */
  spared(inputs: Inputs): { readonly output: Output; readonly why: string } | undefined;
  /** What is known of the output before the image is brought; `pending` stands for the rest. */
  foresee(inputs: Inputs, pending: string): Output;
  /** Whether it is there, by what the place said in this pass. */
  present(output: Output, inputs: Inputs): Validity;
  /** @throws Failure where the place does not take it, or nothing holds the image */
  bring(inputs: Inputs, ctx: TaskContext): Promise<Output>;
}

export function bringTask<Output extends JsonRecord>(of: Bringing<Output>): ActTask {
  const { id, kind, deps } = of;
  return {
    id,
    kind,
    mode: "act",
    deps,
    keyParts: (inputs) => of.keyParts(inputs),
    foresee: (inputs, pending) => of.spared(inputs)?.output ?? of.foresee(inputs, pending),
    valid(output, inputs) {
      const spared = of.spared(inputs);
      return spared ? { valid: true, proof: spared.why } : of.present(output as Output, inputs);
    },
    run: async (inputs, ctx) => of.spared(inputs)?.output ?? of.bring(inputs, ctx),
  };
}
