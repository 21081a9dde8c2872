/** Advice on the order of a Dockerfile's steps, from its text alone; each hint says what to write instead. */
import { relative } from "node:path";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { CopyStep, Plan } from "./dockerfile/plan.ts";

/** Finds copies of a whole folder before a RUN, because every save in the folder runs the RUN again. */
export function dockerfileHints(plan: Plan | undefined, dockerfile: string, synced: boolean): Diagnostic[] {
  const name = relative(process.cwd(), dockerfile);
  const shown = name.startsWith("..") ? dockerfile : name;
  return (plan?.stages ?? []).flatMap((stage): Diagnostic[] => {
    const broad = stage.steps.findIndex((step) => step.kind === "copy" && copiesAll(step));
    const run = stage.steps.find((step, i) => i > broad && step.kind === "run");
    const copy = stage.steps[broad];
    if (copy === undefined || run === undefined) return [];
    // A compiler needs all sources, but steps before them (dependencies) could be cached.
    const before = stage.steps.some((step, i) => i < broad && step.kind === "run");
    if (before) return [];
    const again = synced ? "every change that is not synced runs" : "every save runs";
    return [
      {
        severity: "hint",
        message: `${shown}:${copy.line} copies the whole context before the command on line ${run.line}: ${again} it again`,
        suggestion:
          "copy what the command needs first (package.json, go.mod, requirements.txt), and the changing files last",
      },
    ];
  });
}

function copiesAll({ from, sources }: CopyStep): boolean {
  return from.kind === "context" && sources.some((source) => source !== null && /^\.?\/*$/.test(source));
}
