/** After a command that runs once: with `--tail` or `--port-forward` it stays, with logs and ports, until Ctrl-C. */
import type { PassResult } from "../../graph/request.ts";
import { deployedBy } from "../../phase/deployer.ts";
import type { Deployment } from "./deployment.ts";
import { openStreams } from "./streams.ts";
import type { World } from "./world.ts";

export async function stay(
  world: World,
  deployment: Deployment,
  images: readonly string[],
  result: PassResult,
): Promise<void> {
  const { flags } = world.invocation;
  if (!flags.bool("tail") && !flags.given("port-forward")) return;
  await using streams = openStreams(world, await deployment.target(), []);
  if (!streams.any) return;
  streams.passed(result, deployedBy(deployment.deployers, result.outputs) ?? [], images, world.open.project);
  world.invocation.staysUntilSignal();
  world.emit({ type: "staying" });
  await new Promise<void>((resolve) => {
    if (world.signal.aborted) resolve();
    world.signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
