/** How long commands of the example take, in milliseconds. */
import { type Example, end, watching } from "./example.ts";

/** From the start of `dev` to its word that it watches; the session is then ended. */
export async function timedDev(project: Example, ...args: string[]): Promise<number> {
  const started = performance.now();
  await using session = project.start("dev", ...args);
  await session.line(watching);
  const took = performance.now() - started;
  await end(session);
  return took;
}

/** `run` as a whole process. @throws Error when it fails */
export async function timedRun(project: Example): Promise<number> {
  const started = performance.now();
  await using run = project.start("run");
  if ((await run.exit()) !== 0) throw new Error(run.text);
  return performance.now() - started;
}
