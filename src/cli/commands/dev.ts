/**
 * `devloop dev`: builds and deploys once, then keeps the cluster in step with every save until Ctrl-C, which cleans up
 * by the ledger. A failing start ends the command with 1, unless a person is there to mend it.
 */

import { onNewline } from "../../dev/newline.ts";
import { notifyWatcher } from "../../dev/notify-watcher.ts";
import { pollWatcher } from "../../dev/poll-watcher.ts";
import { devSession, type SessionOptions } from "../../dev/session.ts";
import { type ExitCode, exitCode } from "../../diag/exit.ts";
import { Failure } from "../../diag/failure.ts";
import { cleanersOf } from "../../phase/deployer.ts";
import { ahead } from "../../std/ahead.ts";
import { systemClock } from "../../std/clock.ts";
import { sha256 } from "../../std/digest.ts";
import type { Run } from "../command.ts";
import type { ComposedArtifact } from "../compose/artifact-work.ts";
import { cleanTarget } from "../compose/clean.ts";
import { composeDeployment, type Deployment, type PlaceDeployment } from "../compose/deployment.ts";
import { devProject } from "../compose/dev-project.ts";
import { sessionLock, tellOtherLedgers } from "../compose/session-lock.ts";
import { openStreams } from "../compose/streams.ts";
import { composeSyncHooks } from "../compose/sync-hooks.ts";
import { withWorld } from "../compose/with-world.ts";
import type { World } from "../compose/world.ts";

export const run: Run = (invocation) => {
  invocation.staysUntilSignal();
  return withWorld(invocation, "stdout", async (world): Promise<ExitCode> => {
    const { flags, signal, stdout } = invocation;
    refuseSwitchedOff(world);
    const { target, deployers, place: only } = onePlace(composeDeployment(world, []));
    if (world.open.project.modules.some(({ artifacts }) => artifacts.length > 0)) ahead(only.destination());
    const place = await target();
    await using _lock = await sessionLock(world, place);
    await tellOtherLedgers(world, place);
    let artifacts: readonly ComposedArtifact[] = [];
    await using streams = openStreams(world, place, ["user"]);
    const project = devProject(world, {
      streams,
      current: (now) => {
        artifacts = now;
      },
    });
    const overlays = `overlay/${sha256(world.identity).slice(0, 32)}/${place.clusterId}/${place.namespace}`;
    const ended = await devSession(
      {
        project,
        cluster: place.cluster,
        documents: world.store.documents,
        overlayName: (image) => `${overlays}/${image.replaceAll("/", "%2F")}`,
        openWatcher: watcherOf(world),
        streams: [],
        hooks: composeSyncHooks({
          artifacts: () => artifacts,
          cluster: place.cluster,
          facts: { workDir: world.open.project.cwd, kubeContext: place.cluster.context },
          emit: world.emit,
        }),
        staysOnFailure: stdout.isTerminal || flags.bool("keep-running-on-failure"),
        ...(flags.text("trigger") === "manual" ? { manual: { onTrigger: onNewline } } : {}),
        clock: systemClock,
        emit: world.emit,
      },
      signal,
    );
    // A second Ctrl-C ends the process at once; until then a clean-up is carried to its end.
    if (flags.bool("cleanup")) await cleanTarget(world, place, cleanersOf(deployers), new AbortController().signal);
    return ended === "failed" ? exitCode.failed : exitCode.ok;
  });
};

/** A session follows one cluster. @throws Failure where the modules deploy to several */
function onePlace({ places }: Deployment): PlaceDeployment {
  if (places.length === 1) return places[0];
  throw new Failure({
    severity: "error",
    message: `the modules deploy to different contexts (${places.map(({ place }) => place.scope).join(", ")}), and a session follows one`,
    suggestion: "choose modules with --module, or one context with --kube-context",
  });
}

/** Work that a flag switches off is started through the control interface, which is not there yet. */
function refuseSwitchedOff({ invocation: { flags } }: World): void {
  const off = ["auto-build", "auto-sync", "auto-deploy"].filter((name) => !flags.bool(name));
  if (off.length === 0) return;
  throw new Failure({
    severity: "error",
    message: `--${off[0]}=false is not possible yet: nothing could start the work that waits`,
    suggestion: "use --trigger=manual to act on changes when you press Enter",
  });
}

function watcherOf({ invocation: { flags } }: World): SessionOptions["openWatcher"] {
  const intervalMs = flags.int("watch-poll-interval") ?? 1000;
  return (targets, listener, pruned) => {
    const options = { clock: systemClock, intervalMs, pruned };
    const open = flags.text("trigger") === "polling" ? pollWatcher : notifyWatcher;
    return open(targets, listener, options);
  };
}
