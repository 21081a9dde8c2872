/**
 * A failed build as one diagnostic: the step, its place in the Dockerfile, and the last lines of that step. The client
 * prints the place as an excerpt of the file with `>>>` before the lines of the step.
 */
import type { Diagnostic, Place } from "../../diag/diagnostic.ts";
import { pullCause } from "../../image/pull-cause.ts";
import type { BuildProgress } from "../../tool/docker/buildx-progress.ts";

const shownLines = 15;
/** The client's messages where the connection to the engine broke during a build. */
const lostEngine = /code = Unavailable|error reading from server|transport is closing|connection reset|broken pipe/;

/** @param dockerfile absolute path and text of the file that was built */
export function failedBuild(
  artifact: string,
  progress: BuildProgress,
  dockerfile: { readonly path: string; readonly text: string },
): Diagnostic {
  const failed = [...progress.steps.values()].filter(
    (step) => step.status === "failed" && !step.name.startsWith("importing cache manifest"),
  );
  // Steps that ran beside the failing one are reported as cancelled.
  const step = failed.find(({ error }) => !/context canceled|: Canceled/.test(error ?? "")) ?? failed[0];
  const said = progress.text.find((line) => /^ERROR: /.test(line))?.replace(/^ERROR: /, "");
  const why = cause(step?.error ?? said ?? progress.text.at(-1) ?? "the builder ended without a message");
  if (step === undefined && lostEngine.test(said ?? ""))
    return {
      severity: "error",
      message: `cannot build ${artifact}: the connection to the engine was lost: ${why}`,
      suggestion: "see whether the engine still runs: docker info",
      passing: true,
    };
  const line = lineIn(progress.text);
  const internal = step === undefined || step.name.startsWith("[internal]");
  const place = line === undefined ? undefined : placeOf(dockerfile, line);
  // Where the line itself is shown, the step's number is enough.
  const name = place ? (/^\[[^\]]+\]/.exec(step?.name ?? "")?.[0] ?? step?.name) : step?.name;
  const details = step?.tail.slice(-shownLines) ?? [];
  const base = /^\[internal\] load metadata for (.+)$/.exec(step?.name ?? "")?.[1];
  if (base !== undefined)
    return {
      severity: "error",
      message: `cannot build ${artifact}: cannot get the image ${base}: ${pullCause(why)}`,
      ...(place && { at: place }),
      suggestion: "check its name and tag, and that its registry can be reached and read",
    };
  return {
    severity: "error",
    message: internal ? `cannot build ${artifact}: ${why}` : `cannot build ${artifact}: step ${name} failed: ${why}`,
    ...(place && { at: place }),
    ...(details.length > 0 && { details }),
  };
}

/** The innermost reason of BuildKit's chain. */
function cause(error: string): string {
  return error
    .replace(/^failed to solve: /, "")
    .replace(/^(failed to receive status: )?rpc error: code = \w+ desc = /, "")
    .replace(/^process "[\s\S]*" did not complete successfully: /, "")
    .replace(/^dockerfile parse error on line \d+: /, "")
    .replace(/^failed to compute cache key: /, "")
    .replace(/^failed to calculate checksum of ref [^ ]+: /, "")
    .trim();
}

/** The line number: `Dockerfile:7` is above the excerpt, and a parser error says `on line 7`. */
function lineIn(text: readonly string[]): number | undefined {
  const head = text.findIndex((line, i) => /:\d+$/.test(line) && /^-{3,}$/.test(text[i + 1] ?? ""));
  const marked = text
    .slice(Math.max(0, head))
    .map((line) => /^\s*(\d+)\s\|\s>>>/.exec(line)?.[1])
    .find(Boolean);
  const line = marked ?? /:(\d+)$/.exec(text[head] ?? "")?.[1] ?? /on line (\d+)/.exec(text.join("\n"))?.[1];
  return line === undefined ? undefined : Number(line);
}

function placeOf(dockerfile: { path: string; text: string }, line: number): Place | undefined {
  const text = dockerfile.text.split(/\r?\n/)[line - 1];
  return text === undefined
    ? undefined
    : { file: dockerfile.path, line, column: 1, length: Math.max(1, text.trimEnd().length), text };
}
