/**
 * Brings one image to one place: the only kind of task that moves images. Places are the nodes and the registry of a
 * cluster, and the engine or the registry that a build starts from.
 * Decides what all of them have in common: nothing is done where the image is not needed; where it is needed, the
 * place's own answer in this pass decides, and a record alone is no proof.
 */
import type { ActTask, Inputs, TaskContext, TaskId, Validity } from "../../graph/task.ts";
import type { JsonRecord } from "../../std/data/json.ts";

/** `Output` names the image for its users in the place. */
export interface Bringing<Output extends JsonRecord> {
  readonly id: TaskId;
  readonly kind: "tag" | "deliver";
  readonly deps: readonly TaskId[];
  /** The image, its names in the place, and the place. */
  keyParts(inputs: Inputs): JsonRecord;
  /** Why the image need not be brought, and its name nevertheless; undefined: it must be in the place. */
  spared(inputs: Inputs): { readonly output: Output; readonly why: string } | undefined;
  /** The known part of the output before the image is brought; `pending` replaces the rest. */
  foresee(inputs: Inputs, pending: string): Output;
  /** Whether the image is in the place, by the place's answer in this pass. */
  present(output: Output, inputs: Inputs): Validity;
  /** @throws Failure where the place does not accept it, or no place holds the image */
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
