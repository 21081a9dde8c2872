/** A configuration that cannot be used, and the files whose next change may repair it. */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";

export class RefusedConfig extends Failure {
  /** Absolute paths of files that were read, tried or missing. */
  readonly files: readonly string[];

  constructor(files: readonly string[], first: Diagnostic, ...more: readonly Diagnostic[]) {
    super(first, ...more);
    this.files = files;
  }
}
