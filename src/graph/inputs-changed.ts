/**
 * The failure of a task whose inputs changed while it ran: its result belongs neither to the old inputs nor to the new
 * ones. The result is neither used nor recorded, and the pass is run again.
 */
import { Failure } from "../diag/failure.ts";

export class InputsChanged extends Failure {
  /** @param paths the changed paths, in the user's form */
  constructor(task: string, paths: readonly string[]) {
    const [first, ...others] = paths;
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    super({
      severity: "error",
      message: `${first ?? "an input"}${more} changed while ${task} was running, so its result is not used`,
    });
  }
}
