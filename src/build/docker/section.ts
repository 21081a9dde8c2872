/**
 * An artifact's `docker` section: its values as the configuration has them, paths absolute, templates not yet expanded.
 */
import type { Artifact, NamedFile, Templated } from "../../config/project.ts";
import { absolutePath, type FileChecks, realFiles } from "../../config/resolve/scope.ts";
import { docker } from "../../config/schema/sections/docker.ts";
import { View } from "../../config/schema/view.ts";
import { templated } from "../../config/templated.ts";
import type { Place } from "../../diag/diagnostic.ts";
import type { DockerSecret } from "./spec.ts";

type DockerView = View<typeof docker.fields>;
type SecretView = View<(typeof docker.fields)["secrets"]["type"]["of"]["fields"]>;

export interface DockerSection {
  /** Absolute path. */
  readonly dockerfile: string;
  /** The place of the Dockerfile's name, or of the artifact where the name is the default. */
  readonly at: Place;
  readonly target?: string;
  /** null: taken from the environment of the build. Variables: IMAGE_REPO, IMAGE_NAME, IMAGE_TAG. */
  readonly buildArgs: Readonly<Record<string, Templated | null>>;
  readonly network?: string;
  readonly addHost: readonly string[];
  readonly cacheFrom: readonly string[];
  /** Variables as for `buildArgs`. */
  readonly cliFlags: readonly Templated[];
  readonly pullParent: boolean;
  readonly noCache: boolean;
  readonly squash: boolean;
  readonly secrets: readonly DockerSecret[];
  readonly ssh?: string;
}

/**
 * The file is searched for in the context, then in the folder where devloop was started; where neither has it, the path
 * in the context is used.
 */
export function dockerSection(
  { at, context, builder }: Pick<Artifact, "at" | "context" | "builder">,
  files: FileChecks = realFiles,
): DockerSection {
  const { cwd, home } = builder;
  const view = builder.written && new View(builder.written, docker);
  const written = view?.text("dockerfile") ?? "Dockerfile";
  const inContext = absolutePath(written, context, home);
  const besides = absolutePath(written, cwd, home);
  const [target, network, ssh] = [view?.text("target"), view?.text("network"), view?.text("ssh")];
  return {
    dockerfile: !files.isFile(inContext) && files.isFile(besides) ? besides : inContext,
    at: view?.has("dockerfile") ? view.place("dockerfile") : at,
    ...(target === undefined ? {} : { target }),
    buildArgs: buildArgs(view),
    ...(network === undefined ? {} : { network: network.toLowerCase() }),
    addHost: view?.texts("addHost") ?? [],
    cacheFrom: view?.texts("cacheFrom") ?? [],
    cliFlags: view?.scalars("cliFlags").map((flag) => templated(flag, "print")) ?? [],
    pullParent: view?.bool("pullParent") ?? false,
    noCache: view?.bool("noCache") ?? false,
    squash: view?.bool("squash") ?? false,
    secrets: view?.objects("secrets").map((secret) => dockerSecret(secret, builder)) ?? [],
    ...(ssh === undefined ? {} : { ssh }),
  };
}

/** The Dockerfile. */
export function dockerFiles(artifact: Artifact, files: FileChecks): NamedFile[] {
  const { dockerfile, at } = dockerSection(artifact, files);
  return [{ path: dockerfile, at, suggestion: "docker.dockerfile names another one, relative to the context" }];
}

function buildArgs(view: DockerView | undefined): Readonly<Record<string, Templated | null>> {
  const args: Record<string, Templated | null> = {};
  for (const [name, value] of view?.map("buildArgs") ?? []) args[name] = value && templated(value, "print");
  return args;
}

function dockerSecret(view: SecretView, { cwd, home }: Artifact["builder"]): DockerSecret {
  const [src, env] = [view.text("src"), view.text("env")];
  return {
    id: view.text("id") ?? "",
    ...(src === undefined ? {} : { src: absolutePath(src, cwd, home) }),
    ...(env === undefined ? {} : { env }),
  };
}
