/**
 * `devloop cache`: shows devloop's own images in the engine and on the nodes of a local cluster, and the size of the
 * store; `devloop cache prune` removes those that nothing uses. Needs no project, because the image book lists the
 * images.
 */

import type { Invocation, Run } from "../../command/command.ts";
import { statePaths } from "../../command/state-paths.ts";
import { usageError } from "../../command/usage.ts";
import { type Collected, collectImages, type Stock, takeStock } from "../../deploy/stock/image-stock.ts";
import { type ExitCode, exitCode } from "../../diag/exit.ts";
import { Failure } from "../../diag/failure.ts";
import { openEngine } from "../../image/open-engine.ts";
import { type Bounds, usualBounds } from "../../image/own/choose.ts";
import { systemClock } from "../../std/clock.ts";
import { parseGoDuration } from "../../std/go/go-duration.ts";
import { visible, visibleJson } from "../../std/text/visible.ts";
import { usualCaps } from "../../store/collect.ts";
import type { StoreSize } from "../../store/size.ts";
import { openStore } from "../../store/store.ts";
import { type CacheView, cacheLines } from "../../ui/cache-words.ts";
import { stockMeans } from "../compose/own-images.ts";

export const run: Run = async (invocation): Promise<ExitCode> => {
  const { args, env, flags, signal, stdout } = invocation;
  const [action = "list"] = args;
  if (action !== "list" && action !== "prune")
    return usageError(invocation, `there is no ${JSON.stringify(action)} of the cache`, "there are: list, prune");
  const bounds = boundsOf(invocation);
  await using store = await openStore({ ...statePaths(env), clock: systemClock });
  await using engine = await openEngine(env);
  await using stock = await takeStock(stockMeans(invocation, engine, store), signal);
  const dryRun = action === "list" || flags.bool("dry-run");
  const places = await collectImages(stock, store, bounds, { now: systemClock.now(), dryRun }, signal);
  const collected = dryRun ? undefined : await store.collect(signal, { ...usualCaps, everyMs: 0 });
  const view = { ...viewOf(places, stock), store: await store.size(), ...(collected ? { collected } : {}) };
  if (flags.text("output") === "json") stdout.write(`${visibleJson(JSON.stringify(jsonOf(view, places), null, 2))}\n`);
  else
    for (const line of cacheLines(view, action === "list" ? "told" : dryRun ? "planned" : "done"))
      stdout.write(`${visible(line)}\n`);
  return exitCode.ok;
};

/** @throws Failure for an invalid flag */
function boundsOf({ flags }: Invocation): Bounds {
  if (flags.bool("all")) return { keep: 0, ageMs: 0, bytes: 0 };
  const [age, size, keep] = [flags.text("older-than"), flags.text("max-size"), flags.int("keep")];
  return {
    keep: keep ?? usualBounds.keep,
    ageMs: age === undefined ? usualBounds.ageMs : durationMs(age),
    bytes: size === undefined ? usualBounds.bytes : sizeOf(size),
  };
}

function durationMs(text: string): number {
  const days = /^(\d+)d$/.exec(text)?.[1];
  const nanoseconds = days === undefined ? parseGoDuration(text) : BigInt(days) * 86_400_000_000_000n;
  if (nanoseconds === undefined || nanoseconds < 0n)
    throw new Failure(`--older-than: ${JSON.stringify(text)} is not a time such as 12h or 7d`);
  return Number(nanoseconds / 1_000_000n);
}

const units = ["B", "KB", "MB", "GB", "TB"];

/** Powers of ten, as devloop prints sizes; `GiB` and similar units are powers of two. */
function sizeOf(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const power = units.indexOf(unit.toUpperCase().replace(/^$/, "B").replace("IB", "B"));
  if (amount === undefined || power < 0)
    throw new Failure(`--max-size: ${JSON.stringify(text)} is not a size such as 500MB or 10GB`);
  return Number(amount) * (/ib$/i.test(unit) ? 1024 : 1000) ** power;
}

function viewOf(places: readonly Collected[], { unknown }: Stock): Omit<CacheView, "store"> {
  return {
    places: places.map(({ place, choices }) => ({
      label: place.label,
      images: choices.map(({ image, goes, why }) => ({
        id: image.id,
        artifacts: [...new Set(image.made.map(({ artifact }) => artifact))],
        bytes: image.bytes,
        goes,
        why,
      })),
    })),
    unknown,
  };
}

/** `removed` says of each image whether it was removed, or would be. */
function jsonOf(view: CacheView & { readonly store: StoreSize }, collected: readonly Collected[]): unknown {
  const { unknown, store } = view;
  const places = collected.map(({ place: { kind, label, closed }, choices, bytes }) => ({
    kind,
    label,
    ...(closed === undefined ? {} : { closed }),
    removedBytes: bytes,
    images: choices.map(({ image: { id, names, made, usedAt, bytes, usedBy }, goes, why }) => ({
      id,
      names,
      artifacts: made,
      bytes,
      usedAt: new Date(usedAt).toISOString(),
      ...(usedBy === undefined ? {} : { usedBy }),
      removed: goes,
      why,
    })),
  }));
  return { places, unknown, store, ...(view.collected ? { collected: view.collected } : {}) };
}
