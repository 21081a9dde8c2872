/** Errors of `inspect` for the programs that call it: one JSON object with a named code. */

import { diagnosticsOf, Failure } from "../diag/failure.ts";
import { printDiagnostics } from "../diag/print.ts";
import { visibleJson } from "../std/text/visible.ts";

type ErrorCode =
  | "CONFIG_FILE_NOT_FOUND_ERR"
  | "CONFIG_FILE_PARSING_ERR"
  | "INSPECT_BUILD_ENV_ALREADY_EXISTS_ERR"
  | "INSPECT_BUILD_ENV_INCORRECT_TYPE_ERR"
  | "INSPECT_PROFILE_NOT_FOUND_ERR"
  | "INSPECT_UNKNOWN_ERR";

/** A failure with a known code. */
export class InspectFailure extends Failure {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The text of the error, without a line end. */
export function errorJson(thrown: unknown): string {
  const diagnostics = diagnosticsOf(thrown);
  return visibleJson(JSON.stringify({ errorCode: codeOf(thrown), errorMessage: printDiagnostics(diagnostics) }));
}

function codeOf(thrown: unknown): ErrorCode {
  if (thrown instanceof InspectFailure) return thrown.code;
  if (!(thrown instanceof Failure)) return "INSPECT_UNKNOWN_ERR";
  const { message, at } = thrown.diagnostics[0] ?? { message: "" };
  if (at !== undefined) return "CONFIG_FILE_PARSING_ERR";
  if (/ is not there$|^there is no \S+, /.test(message)) return "CONFIG_FILE_NOT_FOUND_ERR";
  return /^cannot read|^there is no (?:module|profile)/.test(message)
    ? "CONFIG_FILE_PARSING_ERR"
    : "INSPECT_UNKNOWN_ERR";
}
