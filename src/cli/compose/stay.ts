/** After a command that runs once: with `--tail` or `--port-forward` it shows logs and forwards ports until Ctrl-C. */
import type { PassResult } from "../../graph/request.ts";
import { deployedBy } from "../../phase/deploy/deployer.ts";
import type { Deployment } from "./deployment.ts";
import { streamsOf } from "./streams.ts";
import type { World } from "./world.ts";

export async function stay(
  world: World,
  deployment: Deployment,
  images: readonly string[],
  result: PassResult,
): Promise<void> {
  const { flags } = world.invocation;
  if (!flags.bool("tail") && !flags.given("port-forward")) return;
  await using stack = new AsyncDisposableStack();
  let any = false;
  for (const { place, deployers, target } of deployment.places) {
    const streams = stack.use(streamsOf(world, await target(), []));
    any ||= streams.any;
    const deployed = deployedBy(deployers, result.outputs);
    streams.passed({ outputs: result.outputs, scopes: [place.scope], deployed, images, modules: place.modules });
  }
  if (!any) return;
  world.invocation.staysUntilSignal();
  world.emit({ type: "staying" });
  await new Promise<void>((resolve) => {
    if (world.signal.aborted) resolve();
    world.signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
