/**
 * `devloop why`: reads one pass from the log of the last run, or of an earlier one, and explains what was done and why,
 * and what was reused and on what proof. It only reads, and is no run itself.
 */

import type { Run } from "../../command/command.ts";
import { openProject } from "../../command/project.ts";
import { statePaths } from "../../command/state-paths.ts";
import { identityOf } from "../../config/identity.ts";
import { exitCode } from "../../diag/exit.ts";
import { Failure } from "../../diag/failure.ts";
import { explain } from "../../graph/plan/explain.ts";
import { systemClock } from "../../std/clock.ts";
import { visible, visibleJson } from "../../std/text/visible.ts";
import { openStore } from "../../store/store.ts";
import { whyLines } from "../../ui/why-words.ts";

export const run: Run = async (invocation) => {
  const { flags, args, env, stdout } = invocation;
  const { project } = await openProject(invocation);
  await using store = await openStore({ ...statePaths(env), clock: systemClock });
  const runs = await store.runs(identityOf(project));
  const back = flags.int("run") ?? 0;
  const chosen = runs[back];
  if (chosen === undefined)
    throw new Failure({
      severity: "error",
      message:
        runs.length === 0
          ? "nothing was run here yet, so there is nothing to explain"
          : `there is no run ${back}: ${runs.length} runs are kept, the last one is 0`,
      ...(runs.length === 0 ? { suggestion: "start with `devloop dev` or `devloop run`" } : {}),
    });
  const earlier = await runs[back + 1]?.parts();
  const [subject] = args;
  const passesBack = flags.int("pass") ?? 0;
  const explanation = await explain(await chosen.parts(), { subject, back: passesBack }, earlier);
  if (explanation.kind === "no-pass")
    throw new Failure({
      severity: "error",
      message: `there is no pass ${passesBack}${subject === undefined ? "" : ` about ${JSON.stringify(subject)}`}: ${explanation.kept} are kept of this run, the last one is 0`,
    });
  if (explanation.kind === "unknown") {
    const { nearest } = explanation;
    throw new Failure({
      severity: "error",
      message: `nothing in this run was about ${JSON.stringify(subject)}`,
      suggestion: nearest
        ? `did you mean ${nearest}?`
        : "see all of it with `devloop why`, or an earlier run with --run=1",
    });
  }
  if (flags.text("output") === "json") stdout.write(`${visibleJson(JSON.stringify(explanation, null, 2))}\n`);
  else
    for (const line of whyLines(explanation, { all: subject !== undefined, cwd: invocation.cwd, back: passesBack }))
      stdout.write(`${visible(line)}\n`);
  return exitCode.ok;
};
