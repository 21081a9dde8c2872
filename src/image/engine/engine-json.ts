/**
 * Parses an engine's answer as JSON, or throws one clear failure, because another program may listen on the engine's
 * socket.
 */
import { Failure } from "../../diag/failure.ts";
import type { JsonRecord } from "../../std/data/json.ts";

/** @throws Failure where the text is no JSON, or neither an object nor a list */
export function parseAnswer<T>(text: string): T {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as T;
  } catch {
    // Reported below, as any other value.
  }
  throw new Failure({
    severity: "error",
    message: `the Docker engine answered with something that is no JSON: ${text.trim().split("\n", 1)[0]?.slice(0, 100)}`,
    suggestion: "check that DOCKER_HOST leads to a Docker engine",
  });
}

/** As `parseAnswer`, for a message on one line. */
export function parseMessage<T extends object>(line: string): T {
  const value = parseAnswer<JsonRecord | readonly unknown[]>(line);
  return (Array.isArray(value) ? {} : value) as T;
}
