/** An artifact with its paths absolute and its builder's section filled in. */
import type { Artifact, DockerSecret, DockerSection, Sync, SyncWay, Templated } from "../project.ts";
import type { artifact, sync as syncSchema } from "../schema/artifact.ts";
import type { build as buildSchema } from "../schema/build.ts";
import type { docker as dockerSchema } from "../schema/docker.ts";
import type { View } from "../schema/view.ts";
import { templated } from "../templated.ts";
import { placeOf } from "../yaml/tree.ts";
import { resolveHostHooks, resolveSyncHooks } from "./hooks.ts";
import { absolutePath, type Scope } from "./scope.ts";

type ArtifactView = View<(typeof artifact)["fields"]>;
type DockerView = View<(typeof dockerSchema)["fields"]>;

/** undefined where it has no name; that was complained about. */
export function resolveArtifact(view: ArtifactView, scope: Scope): Artifact | undefined {
  const image = view.text("image");
  if (image === undefined) return undefined;
  const context = absolutePath(view.text("context") ?? ".", scope.directory, scope.home);
  const sync = resolveSync(view.object("sync"), scope);
  const runtimeType = view.text("runtimeType");
  return {
    image,
    at: view.place("image"),
    context,
    builder: { kind: "docker", docker: dockerSection(view, context, scope) },
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

/** The file is looked for in the context, then where devloop was started; where it is in neither, the context is meant. */
function dockerSection(artifactView: ArtifactView, context: string, scope: Scope): DockerSection {
  const view = artifactView.object("docker");
  const written = view?.text("dockerfile") ?? "Dockerfile";
  const inContext = absolutePath(written, context, scope.home);
  const besides = absolutePath(written, scope.cwd, scope.home);
  const [target, network, ssh] = [view?.text("target"), view?.text("network"), view?.text("ssh")];
  return {
    dockerfile: !scope.files.isFile(inContext) && scope.files.isFile(besides) ? besides : inContext,
    at: view?.has("dockerfile") ? view.place("dockerfile") : artifactView.place("image"),
    ...(target === undefined ? {} : { target }),
    buildArgs: buildArgs(view),
    ...(network === undefined ? {} : { network: network.toLowerCase() }),
    addHost: view?.texts("addHost") ?? [],
    cacheFrom: view?.texts("cacheFrom") ?? [],
    cliFlags: view?.scalars("cliFlags").map((flag) => templated(flag, "print")) ?? [],
    pullParent: view?.bool("pullParent") ?? false,
    noCache: view?.bool("noCache") ?? false,
    squash: view?.bool("squash") ?? false,
    secrets: view?.objects("secrets").map((secret) => dockerSecret(secret, scope)) ?? [],
    ...(ssh === undefined ? {} : { ssh }),
  };
}

function buildArgs(view: DockerView | undefined): Readonly<Record<string, Templated | null>> {
  const args: Record<string, Templated | null> = {};
  for (const [name, value] of view?.map("buildArgs") ?? []) args[name] = value && templated(value, "print");
  return args;
}

function dockerSecret(
  view: View<(typeof dockerSchema)["fields"]["secrets"]["type"]["of"]["fields"]>,
  scope: Scope,
): DockerSecret {
  const [src, env] = [view.text("src"), view.text("env")];
  return {
    id: view.text("id") ?? "",
    ...(src === undefined ? {} : { src: absolutePath(src, scope.cwd, scope.home) }),
    ...(env === undefined ? {} : { env }),
  };
}

function resolveSync(view: View<(typeof syncSchema)["fields"]> | undefined, scope: Scope): Sync | undefined {
  if (!view) return undefined;
  return { ...syncWay(view), hooks: resolveSyncHooks(view.object("hooks"), scope), at: view.place() };
}

/** A section that chooses nothing means that everything is inferred. */
function syncWay(view: View<(typeof syncSchema)["fields"]>): SyncWay {
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
  const patterns = view.scalars("infer").map((node) => ({ pattern: node.text, at: placeOf(node) }));
  return { kind: "infer", patterns: patterns.length > 0 ? patterns : [{ pattern: "**/*", at: view.place() }] };
}

const otherBuilders = ["bazel", "ko", "jib", "kaniko", "buildpacks", "custom"] as const;

/** Images that are not built from a Dockerfile on this machine: no Dockerfile has to be there for them. */
export function builtOtherwise(build: View<(typeof buildSchema)["fields"]> | undefined): ReadonlySet<string> {
  const artifacts = build?.objects("artifacts") ?? [];
  const all = build?.has("cluster") || build?.has("googleCloudBuild");
  const others = artifacts.filter((view) => all || otherBuilders.some((builder) => view.has(builder)));
  return new Set(others.map((view) => view.text("image") ?? ""));
}
