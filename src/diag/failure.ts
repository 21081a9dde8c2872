/**
 * An expected failure on its way to the user. Functions that do I/O throw it; the scheduler and the commands catch it.
 * A programmer's error is a plain Error and shows a trace; a cancellation is neither: it is an aborted signal.
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

/** The diagnostics of anything thrown; a plain Error becomes one error with its message, a programmer's also with its trace. */
export function diagnosticsOf(thrown: unknown): readonly Diagnostic[] {
  if (thrown instanceof Failure) return thrown.diagnostics;
  // The runtime rejects with nothing where a connection is cut before anybody reads from it.
  const words = thrown === undefined ? "a connection was closed without a word" : String(thrown);
  const message = thrown instanceof Error ? thrown.message : words;
  return [{ severity: "error", message, ...(isMistake(thrown) ? mistake(thrown) : {}) }];
}

/** What the language itself throws. The runtime's own TypeErrors, of a broken connection, have a code. */
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

/** True when `thrown` is how an aborted signal surfaced: the work was cancelled, nothing failed. */
export function isCancelled(thrown: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return thrown === signal.reason || thrown === undefined || (thrown instanceof Error && thrown.name === "AbortError");
}
