/**
 * A task found that its inputs changed while it worked: what it made belongs to neither the old inputs nor the new. The
 * result is used by nobody and not recorded; the pass is made again.
 */
import { Failure } from "../diag/failure.ts";

export class InputsChanged extends Failure {
  /** @param paths what changed, as the user knows it */
  constructor(task: string, paths: readonly string[]) {
    const [first, ...others] = paths;
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    super({
      severity: "error",
      message: `${first ?? "an input"}${more} changed while ${task} was running, so its result is not used`,
    });
  }
}
