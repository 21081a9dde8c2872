/** Recorded progress of real builds: one JSON object a line, then the client's own text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildProgress, buildProgress, type StepEvent } from "../../src/tool/docker/buildx-progress.ts";

export function recordedLines(name: string): string[] {
  return readFileSync(join(import.meta.dir, "buildx", `${name}.jsonl`), "utf8").split("\n");
}

/** Plays a recording. `pretty` spreads each object over lines, as older clients print it. */
export function play(
  name: string,
  { pretty = false, mask = (text: string) => text } = {},
): { progress: BuildProgress; events: StepEvent[] } {
  const events: StepEvent[] = [];
  const progress = buildProgress((event) => events.push(event), mask);
  for (const line of recordedLines(name)) {
    const lines = pretty && line.startsWith("{") ? JSON.stringify(JSON.parse(line), null, 2).split("\n") : [line];
    for (const one of lines) progress.line(one);
  }
  return { progress, events };
}
