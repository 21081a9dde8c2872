/** `devloop build`: builds, tags and delivers images, and writes their references as a result for scripts. */

import type { Run } from "../../command/command.ts";
import { writeResult } from "../../command/write-result.ts";
import { type ExitCode, exitCode } from "../../diag/exit.ts";
import { taskId } from "../../phase/ids.ts";
import { builtImages, plannedImages } from "../../phase/image/built-images.ts";
import { wantedTasks } from "../../phase/image/wanted.ts";
import type { Json } from "../../std/data/json.ts";
import { composeWork } from "../compose/images.ts";
import { runPass } from "../compose/pass.ts";
import { imageTasks, observeTasks } from "../compose/tasks.ts";
import { exitOf, withWorld } from "../compose/with-world.ts";
import { expandTemplate } from "../output-template.ts";

export const run: Run = (invocation) => {
  const { flags, stdout } = invocation;
  const quiet = flags.bool("quiet");
  return withWorld(invocation, quiet ? "none" : "stdout", async (world): Promise<ExitCode> => {
    const artifacts = composeWork(world);
    const tasks = [...observeTasks(world, artifacts), ...imageTasks(world, artifacts)];
    const dryRun = flags.bool("dry-run");
    const tags = artifacts.map(({ image }) => taskId.tag(image));
    // Only the tags, as in the reference tool: neither engine nor cluster is asked.
    const wanted = dryRun
      ? { planOnly: true, wanted: [...tags, taskId.tags] }
      : wantedTasks(world.places, artifacts, tasks);
    const result = await runPass(world, { tasks, ...wanted, onFailure: "stop" }, { deploys: false });
    const builds = dryRun ? plannedImages(artifacts, result) : builtImages(artifacts, world.places, result);
    const text = () => expandTemplate(flags.text("output") ?? "{{json .}}", builds as unknown as Json);
    const file = flags.text("file-output");
    // Written even after a failure, with the artifacts that succeeded, because scripts rely on that.
    if (file !== undefined) await writeResult(file, text());
    if (quiet && result.outcome === "done") stdout.write(text());
    return result.outcome === "done" ? exitCode.ok : exitOf(result);
  });
};
