/**
 * v1beta9 to v1beta10: a map of sync sources to destinations becomes a list of rules. Files used to be copied flat into
 * the destination; `strip` keeps that where one literal prefix can express it, and a warning names each source where
 * none can.
 */
import { isMap, type Pair, type YAMLMap } from "yaml";
import type { Cursor } from "../cursor.ts";
import { keyOf, newMap, newScalar, newSeq, spanOf, textOf } from "../nodes.ts";
import { patchesOf, replacePatch } from "../patches.ts";
import { match } from "../pointer.ts";
import { Reach } from "../reach.ts";
import { artifactsOf, type Step } from "../step.ts";
import type { Version } from "../versions.ts";

/** A sync section with one of these keys has the newer shape already. */
const rulesKeys = ["manual", "infer", "auto", "hooks"];

export const v1beta9: Step = {
  from: "v1beta9" as Version,
  edit({ root, profiles }) {
    const rootSources = artifactsOf(root).map(sourcesOf);
    for (const artifact of artifactsOf(root)) editSync(artifact);
    for (const profile of profiles) {
      const own = artifactsOf(profile).map(sourcesOf);
      for (const artifact of artifactsOf(profile)) editSync(artifact);
      editPatches(profile, root, own.length > 0 ? own : rootSources);
    }
  },
};

/** The sources of an artifact's map, in order. */
function sourcesOf(artifact: Cursor): string[] {
  return (artifact.child("sync")?.map.items ?? []).map((pair) => keyOf(pair) ?? "");
}

function editSync(artifact: Cursor): void {
  const sync = artifact.child("sync");
  if (!sync || rulesKeys.some((key) => sync.pair(key))) return;
  if (sync.isEmpty()) return sync.log.lenient ? undefined : artifact.remove("sync");
  if (!sync.map.items.every((pair) => textOf(pair.value) !== undefined)) return;
  const span = artifact.span("sync");
  const rules = newSeq(
    span,
    sync.map.items.map((pair) => ruleOf(pair, artifact)),
  );
  artifact.rewrite("sync", newMap(span, { manual: rules }));
}

function ruleOf(pair: Pair, artifact: Cursor): YAMLMap {
  const span = spanOf(pair.key, artifact.span("sync"));
  const rule = syncRule(keyOf(pair) ?? "", textOf(pair.value) ?? "");
  if (rule.flattened)
    artifact.log.say(
      "warning",
      "files of this sync used to be put flat into the destination, now they keep their folders",
      span,
    );
  const destSpan = spanOf(pair.value, span);
  return newMap(span, {
    src: newScalar(rule.src, span),
    dest: newScalar(rule.dest, destSpan),
    ...(rule.strip === "" ? {} : { strip: newScalar(rule.strip, span) }),
  });
}

export interface SyncRule {
  readonly src: string;
  readonly dest: string;
  /** Empty: nothing is stripped. */
  readonly strip: string;
  /** True where the old meaning cannot be expressed. */
  readonly flattened: boolean;
}

/** The rule with the effect of `source: destination`. */
export function syncRule(source: string, destination: string): SyncRule {
  const slash = source.lastIndexOf("/") + 1;
  const [folder, last] = [source.slice(0, slash), source.slice(slash)];
  if (!folder.includes("*") && last.split("*").length <= 2)
    return { src: source, ...simplified(destination, folder), flattened: false };
  const stars = source.indexOf("***");
  if (stars >= 0)
    return {
      src: source.replaceAll("***", "**"),
      ...simplified(destination, source.slice(0, stars)),
      flattened: false,
    };
  return { src: source, dest: destination, strip: "", flattened: true };
}

/** Drops `strip` where the destination ends with the stripped part. */
function simplified(dest: string, strip: string): { dest: string; strip: string } {
  if (strip === "" || strip === "/") return { dest, strip: "" };
  const folder = dest.endsWith("/") ? dest : `${dest}/`;
  if (dest === "" || !folder.endsWith(strip)) return { dest, strip };
  const cut = strip.startsWith("/") ? strip.slice(1) : strip;
  const left = folder.slice(0, folder.length - cut.length);
  return { dest: left === "" ? "." : left, strip: "" };
}

/** Rewrites `…/sync/<glob>`: the path becomes the index of the rule in the list, the value its destination. */
function editPatches(profile: Cursor, root: Cursor, sources: readonly (readonly string[])[]): void {
  for (const patch of patchesOf(profile)) {
    const [index = "", source = ""] = match("/build/artifacts/*/sync/*", patch.segments) ?? [];
    if (source === "" || rulesKeys.includes(source)) {
      if (isMap(patch.value) && match("/build/artifacts/*/sync", patch.segments)) wholeSync(patch.cursor);
      continue;
    }
    const rule = sources[Number(index)]?.indexOf(source) ?? -1;
    if (rule < 0) {
      patch.cursor.error("path", `no sync of the artifact has the source ${source}`, "patch /sync/manual instead");
      continue;
    }
    const segments = ["build", "artifacts", index, "sync", "manual", String(rule)];
    const target = patch.op === "remove" ? segments : [...segments, "dest"];
    replacePatch(
      profile,
      patch,
      [{ segments: target, ...(patch.value ? { value: patch.value } : {}) }],
      new Reach(root, profile),
    );
  }
}

function wholeSync(patch: Cursor): void {
  const value = patch.child("value");
  if (!value || rulesKeys.some((key) => value.pair(key))) return;
  const span = patch.span("value");
  patch.rewrite(
    "value",
    newMap(span, {
      manual: newSeq(
        span,
        value.map.items.map((pair) => ruleOf(pair, patch)),
      ),
    }),
  );
}
