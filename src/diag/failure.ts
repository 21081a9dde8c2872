/**
 * An expected failure that is reported to the user. Functions that do I/O throw it; the scheduler and the commands
 * catch it. A programmer's error is a plain Error and is reported with its trace. A cancellation is neither of the two:
 * it is an aborted signal.
 */
import type { Diagnostic } from "./diagnostic.ts";

export class Failure extends Error {
  override readonly name = "Failure";
  readonly diagnostics: readonly [Diagnostic, ...Diagnostic[]];

  constructor(first: Diagnostic | string, ...more: readonly Diagnostic[]) {
    const diagnostic: Diagnostic = typeof first === "string" ? { severity: "error", message: first } : first;
    super(diagnostic.message);
    this.diagnostics = [diagnostic, ...more];
  }
}

/**
 * The diagnostics of anything thrown. A plain Error becomes one error with its message; a programmer's error also has
 * its trace.
 */
export function diagnosticsOf(thrown: unknown): readonly Diagnostic[] {
  if (thrown instanceof Failure) return thrown.diagnostics;
  // The runtime rejects with undefined where a connection ends before anything was read from it.
  const words = thrown === undefined ? "a connection was closed without an error message" : String(thrown);
  const message = thrown instanceof Error ? thrown.message : words;
  return [{ severity: "error", message, ...(isMistake(thrown) ? mistake(thrown) : {}) }];
}

/** Errors that the language itself throws for a programmer's mistake. A TypeError of a broken connection has a code. */
function isMistake(thrown: unknown): thrown is Error {
  const kinds = [TypeError, ReferenceError, RangeError];
  return kinds.some((kind) => thrown instanceof kind) && (thrown as { code?: unknown }).code === undefined;
}

function mistake({ stack = "" }: Error): Pick<Diagnostic, "details" | "suggestion"> {
  const trace = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return {
    details: trace.slice(0, 8).map((line) => line.trim()),
    suggestion: "this is a mistake of devloop itself: please report it with these lines",
  };
}

/** True when `thrown` is the effect of the aborted signal: the work was cancelled, and nothing failed. */
export function isCancelled(thrown: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return thrown === signal.reason || thrown === undefined || (thrown instanceof Error && thrown.name === "AbortError");
}
