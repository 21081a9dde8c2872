/** A configuration that cannot be used, and the files whose next change may make it usable. */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";

export class RefusedConfig extends Failure {
  /** Absolute paths of files that were read, looked for or missed. */
  readonly files: readonly string[];

  constructor(files: readonly string[], first: Diagnostic, ...more: readonly Diagnostic[]) {
    super(first, ...more);
    this.files = files;
  }
}
