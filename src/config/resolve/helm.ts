/** Resolves Helm releases. Those of `manifests.helm` replace those of `deploy.helm`, as in the reference tool. */
import type { Hooks, Templated } from "../project.ts";
import type { HelmDeploy, HelmFlags, Release, ReleaseChart, RenderedHelm } from "../release.ts";
import type { deploy as deploySchema } from "../schema/sections/deploy.ts";
import type { helmFlags, helmRelease, manifestsHelm } from "../schema/sections/helm.ts";
import type { View } from "../schema/view.ts";
import { templated } from "../templated.ts";
import { child, type Node, placeOf, type ScalarNode, toJson } from "../yaml/tree.ts";
import { noHooks, resolveDeployHooks } from "./hooks.ts";
import { absolutePath, expandNow, type Scope } from "./scope.ts";

type ReleaseView = View<(typeof helmRelease)["fields"]>;
type FlagsView = View<(typeof helmFlags)["fields"]>;

export function resolveHelmDeploy(
  deploy: View<(typeof deploySchema)["fields"]> | undefined,
  manifests: View<(typeof manifestsHelm)["fields"]> | undefined,
  scope: Scope,
): HelmDeploy | undefined {
  const helm = deploy?.object("helm");
  if (helm === undefined) return undefined;
  const releases = manifests ? manifests.objects("releases") : helm.objects("releases");
  const flags = manifests ? manifests.object("flags") : helm.object("flags");
  const hooks: Hooks = helm.has("hooks") ? resolveDeployHooks(helm.object("hooks"), scope) : noHooks;
  return {
    releases: releases.flatMap((release) => resolveRelease(release, scope) ?? []),
    flags: resolveHelmFlags(flags),
    concurrency: helm.int("concurrency") ?? 1,
    hooks,
  };
}

/** The releases that are only rendered: those of `manifests.helm`, unless `deploy.helm` installs them. */
export function resolveRenderedHelm(
  manifests: View<(typeof manifestsHelm)["fields"]> | undefined,
  deploy: View<(typeof deploySchema)["fields"]> | undefined,
  scope: Scope,
): RenderedHelm | undefined {
  if (manifests === undefined || deploy?.object("helm") !== undefined) return undefined;
  return {
    releases: manifests.objects("releases").flatMap((release) => resolveRelease(release, scope) ?? []),
    flags: resolveHelmFlags(manifests.object("flags")),
  };
}

function resolveHelmFlags(view: FlagsView | undefined): HelmFlags {
  const of = (name: "global" | "install" | "upgrade" | "depBuild" | "template") => view?.texts(name) ?? [];
  return {
    global: of("global"),
    install: of("install"),
    upgrade: of("upgrade"),
    depBuild: of("depBuild"),
    template: of("template"),
  };
}

/** The release; undefined after a diagnostic was reported. */
function resolveRelease(view: ReleaseView, scope: Scope): Release | undefined {
  const now = (name: "name" | "chartPath" | "namespace" | "version" | "repo") => {
    const node = view.scalar(name);
    return node && expandNow(node, "error", scope);
  };
  const name = now("name");
  const chart = chartOf(view, now, scope);
  if (name === undefined || chart === undefined) return undefined;
  const namespace = now("namespace");
  const packaged = view.object("packaged");
  const overrides = child(view.node, "overrides");
  const path = (text: string) => absolutePath(text, scope.directory, scope.home);
  const optional = (node: ScalarNode | undefined) => (node ? templated(node, "print") : undefined);
  const [version, appVersion] = [optional(packaged?.scalar("version")), optional(packaged?.scalar("appVersion"))];
  return {
    name,
    chart,
    ...(namespace ? { namespace } : {}),
    valuesFiles: view.scalars("valuesFiles").map((node) => templated(node, "print")),
    setValues: flattened(child(view.node, "setValues")).map(([key, node]) => [key, node.text] as const),
    setValueTemplates: flattened(child(view.node, "setValueTemplates")).map(
      ([key, node]) =>
        [{ text: key, at: placeOf(node), missing: "print" } satisfies Templated, templated(node, "print")] as const,
    ),
    setFiles: [...view.map("setFiles")].flatMap(([key, node]) => (node ? [[key, path(node.text)] as const] : [])),
    ...(overrides === undefined ? {} : { overrides: toJson(overrides) }),
    createNamespace: view.bool("createNamespace") ?? false,
    wait: view.bool("wait") ?? false,
    recreatePods: view.bool("recreatePods") ?? false,
    skipBuildDependencies: view.bool("skipBuildDependencies") ?? false,
    skipTests: view.bool("skipTests") ?? false,
    useHelmSecrets: view.bool("useHelmSecrets") ?? false,
    upgradeOnChange: view.bool("upgradeOnChange") ?? chart.kind === "local",
    ...(packaged === undefined
      ? {}
      : { packaged: { ...(version ? { version } : {}), ...(appVersion ? { appVersion } : {}) } }),
    dependsOn: view.texts("dependsOn"),
    directory: scope.directory,
    at: view.place("name"),
  };
}

function chartOf(
  view: ReleaseView,
  now: (name: "chartPath" | "version" | "repo") => string | undefined,
  scope: Scope,
): ReleaseChart | undefined {
  const version = now("version");
  const pinned = version ? { version } : {};
  const local = now("chartPath");
  if (local) return { kind: "local", path: absolutePath(local, scope.directory, scope.home), ...pinned };
  const remote = view.text("remoteChart");
  const repo = now("repo");
  if (remote) return { kind: "remote", name: remote, ...(repo ? { repo } : {}), ...pinned };
  if (!view.has("chartPath"))
    scope.report({
      severity: "error",
      at: view.place("name"),
      message: "the release names no chart",
      suggestion: "set chartPath to its folder, or remoteChart to its name",
    });
  return undefined;
}

/** Nested maps and lists as dotted keys, `list[0].name`, sorted by key: this is the order of helm's arguments. */
function flattened(node: Node | undefined, at = ""): readonly (readonly [string, ScalarNode])[] {
  if (node === undefined) return [];
  if (node.kind === "scalar") return at === "" ? [] : [[at, node]];
  if (node.kind === "list") return node.items.flatMap((item, i) => flattened(item, `${at}[${i}]`));
  return [...node.entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, { node: below }]) => flattened(below, at === "" ? key : `${at}.${key}`));
}
