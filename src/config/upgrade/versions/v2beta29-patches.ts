/**
 * v2beta29 to v3alpha1, patches of profiles. A patch of a release is duplicated, as the release is; a patch of an image
 * override becomes a patch of each template; a patch that removes a deployer also removes its sources.
 */
import { isMap, isScalar, type Node } from "yaml";
import { Cursor } from "../cursor.ts";
import {
  editRelease,
  type ImageStrategy,
  strategyOf,
  templateNode,
  templatePairs,
  templatesFor,
} from "../image-templates.ts";
import { copyOf, keyOf, textOf } from "../nodes.ts";
import { type Patch, type PathRule, patchesOf, type Target } from "../patches.ts";
import { match, pointerOf, segmentsOf } from "../pointer.ts";
import { releasesOf } from "../step.ts";

export const patchRules: readonly PathRule[] = [
  { from: "/deploy/kubectl/manifests/**", to: "/manifests/rawYaml/**" },
  { from: "/deploy/kustomize/paths/**", to: "/manifests/kustomize/paths/**" },
  { from: "/deploy/kustomize/buildArgs/**", to: "/manifests/kustomize/buildArgs/**" },
  { from: "/deploy/kustomize/defaultNamespace", to: "/deploy/kubectl/defaultNamespace" },
];

/** Facts about a pipeline from before the step. */
export interface Facts {
  readonly kubectl: boolean;
  /** How many items a list of kubectl had: the items of kustomize are appended to them. */
  items(section: string, list: string): number;
  /** One per release, empty where the pipeline deploys nothing with Helm. */
  readonly strategies: readonly ImageStrategy[];
  /** Whether a patch removes kubectl's deployer. */
  readonly removesKubectl: boolean;
}

export function factsOf(pipeline: Cursor): Facts {
  const kubectl = pipeline.down("deploy", "kubectl");
  const counts = new Map<string, number>();
  for (const section of ["flags", "hooks"])
    for (const pair of kubectl?.child(section)?.map.items ?? []) {
      const list = keyOf(pair) ?? "";
      counts.set(`${section}.${list}`, kubectl?.child(section)?.list(list)?.items.length ?? 0);
    }
  return {
    kubectl: kubectl !== undefined,
    items: (section, list) => counts.get(`${section}.${list}`) ?? 0,
    strategies: releasesOf(pipeline).map(strategyOf),
    removesKubectl: patchesOf(pipeline).some(
      ({ op, segments }) => op === "remove" && pointerOf(segments) === "/deploy/kubectl",
    ),
  };
}

/** The targets of patches that no rule can rewrite; undefined for a patch that is left to the rules. */
export function specialPatches(
  profile: Cursor,
  root: Cursor,
  facts: { readonly profile: Facts; readonly root: Facts },
): (patch: Patch) => readonly Target[] | undefined {
  const strategies = facts.profile.strategies.length > 0 ? facts.profile.strategies : facts.root.strategies;
  const has = (...path: readonly string[]): boolean =>
    [profile, root].some((pipeline) => pipeline.down(...path.slice(0, -1))?.has(path.at(-1) as string) === true);
  return (patch) => {
    const [section, deployer, ...rest] = patch.segments;
    if (section !== "deploy") return undefined;
    if (patch.op === "remove" && rest.length === 0 && !patch.cursor.log.lenient) return removed(deployer, has, facts);
    if (deployer === "kustomize") return shifted(rest, patch, facts);
    if (patch.cursor.log.lenient) return undefined;
    if (deployer === "kpt")
      patch.cursor.error("path", "a patch of kpt cannot be upgraded", "write it for deploy.kpt of the newest version");
    if (deployer !== "helm" || rest[0] === "hooks") return undefined;
    return rest.length === 0 ? undefined : releasePatch(patch, rest, strategies);
  };
}

function removed(
  deployer: string | undefined,
  has: (...path: readonly string[]) => boolean,
  facts: { readonly profile: Facts; readonly root: Facts },
): Target[] | undefined {
  const [rawYaml, kustomize] = [
    ["manifests", "rawYaml"],
    ["manifests", "kustomize"],
  ] as const;
  const [kubectl, helm] = [
    ["deploy", "kubectl"],
    ["deploy", "helm"],
  ] as const;
  if (deployer === "kubectl")
    return [...(has(...rawYaml) ? [rawYaml] : []), ...(has(...kustomize) ? [] : [kubectl])].map((segments) => ({
      segments,
    }));
  if (deployer === "kustomize")
    return [kustomize, ...(facts.profile.kubectl || facts.root.kubectl ? [] : [kubectl])].map((segments) => ({
      segments,
    }));
  return deployer === "helm" ? [{ segments: ["manifests", "helm"] }, { segments: helm }] : undefined;
}

/** Shifts the indexes of kustomize's flags and hooks, which are appended to those of kubectl. */
function shifted(
  [section = "", list, index, ...rest]: readonly string[],
  patch: Patch,
  facts: { readonly profile: Facts; readonly root: Facts },
): Target[] | undefined {
  if (section !== "flags" && section !== "hooks") return undefined;
  const base = ["deploy", "kubectl", section];
  if (list !== undefined) base.push(list);
  if (index !== undefined) {
    const kubectl = facts.profile.kubectl ? facts.profile : facts.root;
    base.push(/^\d+$/.test(index) ? String(Number(index) + kubectl.items(section, list ?? "")) : index, ...rest);
  }
  return [{ segments: base, ...withValue(patch) }];
}

/** Rewrites a patch below `/deploy/helm` for rendering and for deploying. */
function releasePatch(
  patch: Patch,
  rest: readonly string[],
  strategies: readonly ImageStrategy[],
): Target[] | undefined {
  const [index, key, ...below] = match("/releases/*/**", rest) ?? [];
  if (key === "imageStrategy") {
    patch.cursor.error("path", "a patch of imageStrategy cannot be upgraded", "patch setValueTemplates of the release");
    return undefined;
  }
  if (key === "artifactOverrides" && index !== undefined)
    return overridePatch(patch, index, below, strategies[Number(index)] ?? "fqn");
  editReleases(patch, rest);
  return twice(rest, patch);
}

/** Edits a value that is a release, or the list of releases. */
function editReleases({ cursor, value }: Patch, rest: readonly string[]): void {
  if (rest[0] !== "releases" || rest.length > 2) return;
  const releases = rest.length === 2 ? [value] : cursor.items("value").map(({ map }) => map);
  for (const release of releases) if (isMap(release)) editRelease(new Cursor(cursor.log, release, cursor.at("value")));
}

function twice(rest: readonly string[], patch: Patch): Target[] {
  const from = segmentsOf(patch.cursor.text("from") ?? "");
  const fromBelow = from?.[0] === "deploy" && from[1] === "helm" ? from.slice(2) : undefined;
  return (["manifests", "deploy"] as const).map((section, i) => ({
    segments: [section, "helm", ...rest],
    ...(i === 0 ? withValue(patch) : withValue({ value: copyOf(patch.value) })),
    ...(fromBelow ? { from: pointerOf([section, "helm", ...fromBelow]) } : {}),
  }));
}

/** Turns a patch of a release's image into patches of one or several templates. */
function overridePatch(
  patch: Patch,
  index: string,
  below: readonly string[],
  strategy: ImageStrategy,
): Target[] | undefined {
  const { op, value } = patch;
  const templates = (section: string, key: string): string[] => [
    section,
    "helm",
    "releases",
    index,
    "setValueTemplates",
    key,
  ];
  const sections = ["manifests", "deploy"] as const;
  if (op === "move" || op === "copy" || (below.length === 0 && op !== "add" && op !== "replace"))
    return refuseOverride(patch);
  if (op === "remove") {
    const suffixes = templatesFor("", strategy).map(([suffix]) => suffix);
    return sections.flatMap((section) =>
      suffixes.map((suffix) => ({ segments: templates(section, below.join(".") + suffix) })),
    );
  }
  if (isMap(value) && below.length === 0)
    return sections.flatMap((section) =>
      templatePairs(value, strategy).map((pair) => ({
        segments: templates(section, keyOf(pair) ?? ""),
        value: pair.value as Node,
        op: "add",
      })),
    );
  if (!isScalar(value)) return refuseOverride(patch);
  return sections.flatMap((section) =>
    templatesFor(textOf(value) ?? "", strategy).map(([suffix, template]) => ({
      segments: templates(section, below.join(".") + suffix),
      value: templateNode(value, template),
    })),
  );
}

function refuseOverride({ cursor }: Patch): undefined {
  cursor.error("path", "this patch of artifactOverrides cannot be upgraded", "patch setValueTemplates of the release");
}

function withValue({ value }: { readonly value: Node | undefined }): { value?: Node } {
  return value ? { value } : {};
}
