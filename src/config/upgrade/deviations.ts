/**
 * Common mistakes that no version of the format accepts. The loader refuses each of them, except those marked as
 * understood, and shows the suggestion of this table; `fix` writes it. Keys of older versions are not in the table: the
 * steps of the upgrade handle them.
 */
import { isMap, isScalar, isSeq, type Node } from "yaml";
import type { Cursor } from "./cursor.ts";
import { phaseHooks, shellCommand, someHook, unwrapHosts, wrapHosts } from "./hooks.ts";
import { keyOf, newMap, newScalar, newSeq, spanOf, textOf } from "./nodes.ts";

export interface Deviation {
  /** The path of the field in a pipeline: `*` stands for every item of a list. */
  readonly at: string;
  /** Whether a value is a mistake. Absent: the key itself is one. */
  readonly matches?: (value: Node) => boolean;
  /** What to write instead. */
  readonly suggestion: string;
  /** Set where the loader accepts the mistake. */
  readonly understood?: true;
  rewrite(owner: Cursor, key: string): void;
}

const wrappedHooks = ["build.artifacts.*.sync.hooks", "manifests.hooks", "deploy.kubectl.hooks", "deploy.helm.hooks"];
const bareHooks = ["build.hooks", "build.artifacts.*.hooks", "deploy.cloudrun.hooks"];
const hookItems = [
  ...wrappedHooks.flatMap((at) => [
    `${at}.before.*.host`,
    `${at}.after.*.host`,
    `${at}.before.*.container`,
    `${at}.after.*.container`,
  ]),
  ...bareHooks.flatMap((at) => [`${at}.before.*`, `${at}.after.*`]),
];
const textLists = [
  "build.artifacts.*.docker.cacheFrom",
  "build.artifacts.*.docker.addHost",
  "build.artifacts.*.docker.cliFlags",
  "build.artifacts.*.ko.flags",
  "build.artifacts.*.ko.ldflags",
  "build.artifacts.*.platforms",
  "build.insecureRegistries",
  "build.platforms",
  "deploy.kubectl.flags.apply",
  "deploy.kubectl.flags.delete",
  "deploy.kubectl.flags.global",
  "deploy.helm.releases.*.valuesFiles",
  "manifests.helm.releases.*.valuesFiles",
  "manifests.kustomize.buildArgs",
  "manifests.kustomize.paths",
  "manifests.rawYaml",
];
const textMaps = [
  "build.artifacts.*.docker.buildArgs",
  "build.artifacts.*.kaniko.buildArgs",
  "build.artifacts.*.kaniko.label",
  "build.artifacts.*.ko.labels",
];

/** In the order of rewriting: a wrapper comes before its contents. */
export const deviations: readonly Deviation[] = [
  {
    at: "build.tagPolicy",
    matches: (value) =>
      isScalar(value) && ["gitCommit", "sha256", "dateTime", "inputDigest"].includes(textOf(value) ?? ""),
    suggestion: "write the policy as a section: {sha256: {}}",
    rewrite: (build, key) => {
      const span = spanOf(build.node(key), build.span(key));
      build.rewrite(key, newMap(span, { [build.text(key) ?? ""]: newMap(span) }));
    },
  },
  {
    at: "build.local.useBuildKit",
    suggestion: "write useBuildkit: with a small k",
    rewrite: (local, key) => local.rename(key, "useBuildkit"),
  },
  {
    at: "build.artifacts.*.sync.infer",
    matches: (value) => isScalar(value) && value.value === true,
    suggestion: 'write ["**/*"]',
    rewrite: (sync, key) => sync.rewrite(key, newSeq(sync.span(key), [newScalar("**/*", sync.span(key))])),
  },
  {
    at: "build.artifacts.*.kaniko.cache",
    matches: (value) => isScalar(value) && value.value === true,
    suggestion: "write {}",
    rewrite: (kaniko, key) => kaniko.rewrite(key, newMap(kaniko.span(key))),
  },
  {
    at: "build.artifacts.*.buildpacks.env",
    matches: (value) => variablesOf(value) !== undefined,
    suggestion: "write a list of NAME=value texts",
    rewrite: (owner, key) => {
      const variables = variablesOf(owner.node(key) as Node) ?? [];
      owner.rewrite(
        key,
        newSeq(
          owner.span(key),
          variables.map(({ text, cause }) => newScalar(text, spanOf(cause, owner.span(key)))),
        ),
      );
    },
  },
  ...textLists.map(
    (at): Deviation => ({
      at,
      matches: (value) => isScalar(value),
      suggestion: "write a list",
      rewrite: (owner, key) => owner.rewrite(key, newSeq(owner.span(key), [owner.node(key)])),
    }),
  ),
  ...textMaps.map(
    (at): Deviation => ({
      at,
      matches: isAssignments,
      suggestion: "write a map, NAME: value, without dashes",
      rewrite: (owner, key) => owner.rewrite(key, assigned(owner.node(key) as Node)),
    }),
  ),
  {
    at: "portForward.*.localPort",
    matches: (value) => isScalar(value) && typeof value.value === "string" && /^\d{1,5}$/.test(value.value),
    suggestion: "take the quotes off",
    rewrite: (forward, key) =>
      forward.rewrite(key, newScalar(Number(forward.text(key)), spanOf(forward.node(key), forward.span(key)))),
  },
  {
    at: "deploy.lifecycleHooks",
    suggestion: "write kubectl: {hooks: {before: [{host: {command: [...]}}]}}",
    understood: true,
    rewrite: phaseHooks,
  },
  {
    at: "deploy.hooks",
    suggestion: "write kubectl: {hooks: {before: [{host: {command: [...]}}]}}",
    rewrite: phaseHooks,
  },
  ...wrappedHooks.map(
    (at): Deviation => ({
      at,
      matches: (hooks) => someHook(hooks, (item) => isMap(item) && item.has("command") && !item.has("host")),
      suggestion: "write host: {command: [...]}",
      rewrite: (owner, key) => wrapHosts(owner.child(key) as Cursor),
    }),
  ),
  ...bareHooks.map(
    (at): Deviation => ({
      at,
      matches: (hooks) =>
        someHook(hooks, (item) => isMap(item) && isMap(item.get("host", true)) && item.items.length === 1),
      suggestion: "write command:, os: and dir: here, without the wrapper",
      rewrite: (owner, key) => unwrapHosts(owner.child(key) as Cursor),
    }),
  ),
  ...hookItems.map(
    (at): Deviation => ({
      at: `${at}.command`,
      matches: (value) => isScalar(value),
      suggestion: 'write ["sh", "-c", "..."]',
      rewrite: (owner) => shellCommand(owner),
    }),
  ),
];

/** Rewrites every deviation in a pipeline. */
export function rewriteDeviations(pipeline: Cursor): void {
  for (const deviation of deviations)
    for (const [owner, key] of fieldsAt(pipeline, deviation.at)) {
      const value = owner.node(key);
      if (value && (deviation.matches?.(value) ?? true)) deviation.rewrite(owner, key);
    }
}

/** The fields of a pipeline that a path of the table names, each with the map that it is in. */
function fieldsAt(pipeline: Cursor, path: string): (readonly [owner: Cursor, key: string])[] {
  const keys = path.split(".");
  const last = keys.pop() as string;
  let owners: Cursor[] = [pipeline];
  for (const [i, key] of keys.entries()) {
    if (key === "*") continue;
    owners = owners.flatMap((owner) => {
      if (keys[i + 1] === "*") return owner.items(key);
      const child = owner.child(key);
      return child ? [child] : [];
    });
  }
  return owners.map((owner) => [owner, last]);
}

/** `{K: V}` or `[{name: K, value: V}]` as `K=V`; undefined for anything else. */
function variablesOf(value: Node): { text: string; cause: Node }[] | undefined {
  if (isMap(value))
    return value.items.map((pair) => ({
      text: `${keyOf(pair) ?? ""}=${textOf(pair.value) ?? ""}`,
      cause: pair.key as Node,
    }));
  if (!isSeq(value) || value.items.length === 0 || !value.items.every((item) => isMap(item) && item.has("name")))
    return undefined;
  return value.items.flatMap((item) =>
    isMap(item)
      ? [{ text: `${textOf(item.get("name", true)) ?? ""}=${textOf(item.get("value", true)) ?? ""}`, cause: item }]
      : [],
  );
}

/** A list of `K=V` texts where a map belongs. */
function isAssignments(value: Node): boolean {
  return isSeq(value) && value.items.length > 0 && value.items.every((item) => textOf(item) !== undefined);
}

function assigned(value: Node): Node {
  const span = spanOf(value, [0, 0]);
  const entries = (isSeq(value) ? value.items : []).map((item): [string, Node] => {
    const [, name = "", text] = /^([^=]*)(?:=(.*))?$/s.exec(textOf(item) ?? "") ?? [];
    return [name, newScalar(text ?? "", spanOf(item, span))];
  });
  return newMap(span, Object.fromEntries(entries));
}
