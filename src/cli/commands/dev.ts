/**
 * `devloop dev`: builds and deploys once, then brings the cluster up to date after every save until Ctrl-C, which
 * cleans up by the ledger. A failing start ends the command with 1, unless a person is there to repair it.
 */

import { chosenModules } from "../../command/chosen-modules.ts";
import type { Run } from "../../command/command.ts";
import { cleanEach, cleanTarget } from "../../deploy/ledger/clean-target.ts";
import { tellOtherLedgers } from "../../deploy/ledger/other-ledgers.ts";
import { onNewline } from "../../dev/loop/newline.ts";
import { devSession, type SessionOptions } from "../../dev/loop/session.ts";
import { graphProject } from "../../dev/project/graph-project.ts";
import { type EnteredPlace, Places } from "../../dev/project/places.ts";
import { notifyWatcher } from "../../dev/watch/notify-watcher.ts";
import { ownOutput } from "../../dev/watch/own-output.ts";
import { pollWatcher } from "../../dev/watch/poll-watcher.ts";
import { type ExitCode, exitCode } from "../../diag/exit.ts";
import { Failure } from "../../diag/failure.ts";
import { ahead } from "../../std/async/ahead.ts";
import { systemClock } from "../../std/clock.ts";
import { devMeans } from "../compose/dev-project.ts";
import { moduleLocks } from "../compose/module-locks.ts";
import { collectOwnImages } from "../compose/own-images.ts";
import { sweepBuilds } from "../compose/pass.ts";
import { streamsOf } from "../compose/streams.ts";
import { withWorld } from "../compose/with-world.ts";
import type { World } from "../compose/world.ts";

export const run: Run = (invocation) => {
  invocation.staysUntilSignal();
  return withWorld(invocation, "stdout", async (world): Promise<ExitCode> => {
    const { flags, signal, stdout } = invocation;
    refuseSwitchedOff(world);
    if (world.open.project.modules.some(({ artifacts }) => artifacts.length > 0))
      ahead(...world.places.map(({ destination }) => destination()));
    const modules = new Set<string>();
    await using locks = moduleLocks(world);
    await using places = new Places((target) => streamsOf(world, target, ["user"]), world.emit);
    const inForce = (now: World) => {
      for (const { id } of now.open.project.modules) modules.add(id);
      now.follow(now.open);
    };
    const project = await graphProject(devMeans(world, inForce), { places, locks }, signal);
    await tellOtherLedgers({ ...world, documents: world.store.documents }, project.deployTargets);
    await sweepBuilds(world);
    const ended = await devSession(
      {
        project,
        documents: world.store.documents,
        openWatcher: watcherOf(world),
        isOwnOutput: ownOutput(),
        streams: [],
        staysOnFailure: stdout.isTerminal || flags.bool("keep-running-on-failure"),
        ...(flags.text("trigger") === "manual" ? { manual: { onTrigger: onNewline } } : {}),
        clock: systemClock,
        emit: world.emit,
      },
      signal,
    );
    // Tasks of a superseded pass may still run: they are ended, so that nothing is applied during the clean-up.
    await world.executor.stop();
    let isClean = true;
    // A second Ctrl-C ends the process at once; until then a clean-up is completed.
    if (flags.bool("cleanup")) {
      const chosen = chosenModules(flags, world.open.project) === undefined ? undefined : modules;
      const until = new AbortController().signal;
      const clean = ({ target, cleaners, deletion }: EnteredPlace) =>
        cleanTarget(target, { cleaners, deletion, modules: chosen, emit: world.emit }, until);
      isClean = await cleanEach(places.entered, clean, world.emit, until);
    }
    await collectOwnImages(world);
    return ended === "failed" || !isClean ? exitCode.failed : exitCode.ok;
  });
};

/** Flags that switch work off are refused, because the control interface that would start it does not exist yet. */
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
