/** An artifact with absolute paths. The section of its builder stays as it is written. */
import type { Artifact, BuilderSection, Sync, SyncWay } from "../project.ts";
import type { artifact, sync as syncSchema } from "../schema/sections/artifact.ts";
import type { build as buildSchema } from "../schema/sections/build.ts";
import type { View } from "../schema/view.ts";
import { child, placeOf } from "../yaml/tree.ts";
import { resolveHostHooks, resolveSyncHooks } from "./hooks.ts";
import { absolutePath, type Scope } from "./scope.ts";

type ArtifactView = View<(typeof artifact)["fields"]>;

/** The artifact; undefined where it has no name, which a check has reported. */
export function resolveArtifact(
  view: ArtifactView,
  scope: Scope,
  build: View<(typeof buildSchema)["fields"]> | undefined,
): Artifact | undefined {
  const image = view.text("image");
  if (image === undefined) return undefined;
  const context = absolutePath(view.text("context") ?? ".", scope.directory, scope.home);
  const builder = builderSection(view, scope, build?.has("cluster") ? "kaniko" : "docker");
  const sync = resolveSync(view, builder.kind, scope);
  const runtimeType = view.text("runtimeType");
  return {
    image,
    at: view.place("image"),
    context,
    builder,
    ...(sync === undefined ? {} : { sync }),
    requires: view.objects("requires").map((requirement) => {
      const required = requirement.text("image") ?? "";
      return { image: required, alias: requirement.text("alias") ?? required, at: requirement.place("image") };
    }),
    hooks: resolveHostHooks(view.object("hooks"), scope),
    platforms: view.texts("platforms"),
    ...(runtimeType === undefined ? {} : { runtimeType }),
  };
}

/** An artifact without a builder's section is built from a Dockerfile: `usual` says by which builder. */
function builderSection(view: ArtifactView, { cwd, home }: Scope, usual: "docker" | "kaniko"): BuilderSection {
  const kind = builders.find((name) => view.has(name)) ?? usual;
  const written = child(view.node, kind);
  return { kind, cwd, home, ...(written?.kind === "map" ? { written } : {}) };
}

/** As in the reference tool, buildpacks say what is synced also where the artifact has no sync section. */
function resolveSync(artifact: ArtifactView, builder: BuilderSection["kind"], scope: Scope): Sync | undefined {
  const view = artifact.object("sync");
  if (view) {
    const way = syncWay(view, builder);
    return { ...way, hooks: resolveSyncHooks(view.object("hooks"), scope), at: view.place() };
  }
  if (builder !== "buildpacks") return undefined;
  return { kind: "auto", on: true, hooks: { before: [], after: [] }, at: artifact.place(builder) };
}

/** A sync section that chooses no way of syncing leaves it to a builder that can tell, or else infers all rules. */
function syncWay(view: View<(typeof syncSchema)["fields"]>, builder: BuilderSection["kind"]): SyncWay {
  const rules = view.objects("manual");
  if (rules.length > 0)
    return {
      kind: "manual",
      rules: rules.map((rule) => ({
        src: rule.text("src") ?? "",
        dest: rule.text("dest") ?? "",
        strip: rule.text("strip") ?? "",
        at: rule.place("src"),
      })),
    };
  const auto = view.bool("auto");
  if (auto !== undefined) return { kind: "auto", on: auto };
  if (!view.has("infer") && (builder === "buildpacks" || builder === "jib")) return { kind: "auto", on: true };
  const patterns = view.scalars("infer").map((node) => ({ pattern: node.text, at: placeOf(node) }));
  return { kind: "infer", patterns: patterns.length > 0 ? patterns : [{ pattern: "**/*", at: view.place() }] };
}

const otherBuilders = ["bazel", "ko", "jib", "buildpacks", "custom"] as const;
const builders = ["docker", "kaniko", ...otherBuilders] as const;

/** Images that are not built from a Dockerfile, or by a service that is told of its files: no Dockerfile must exist for them. */
export function builtOtherwise(build: View<(typeof buildSchema)["fields"]> | undefined): ReadonlySet<string> {
  const artifacts = build?.objects("artifacts") ?? [];
  const all = build?.has("googleCloudBuild");
  const others = artifacts.filter((view) => all || otherBuilders.some((builder) => view.has(builder)));
  return new Set(others.map((view) => view.text("image") ?? ""));
}
