/**
 * `build-env add|modify`: writes a build environment into the config, in the pipeline itself or in a profile. `add`
 * makes a missing profile, and refuses where an environment is written already; `modify` refuses another type.
 */
import type { Document } from "yaml";
import type { FlagValues } from "../command/flags.ts";
import type { LoadedModule } from "../config/load/load.ts";
import { isAbsent } from "../config/upgrade/nodes.ts";
import type { Json } from "../std/data/json.ts";
import { buildEnvFields } from "./build-env-fields.ts";
import { appendAt, type Edit, lengthAt, type Path, setAt } from "./edit.ts";
import { InspectFailure } from "./error.ts";
import { type BuildEnvironment, buildEnvironments } from "./views.ts";

export function addBuildEnv(environment: BuildEnvironment, profile: string | undefined, flags: FlagValues): Edit {
  return (document, of) => {
    const pipeline = pipelineOf(document, profile);
    if (pipeline === undefined) {
      appendAt(document, ["profiles"], { name: profile ?? "" });
      return addBuildEnv(environment, profile, flags)(document, of);
    }
    const present = environmentAt(document, pipeline);
    if (present !== undefined)
      throw new InspectFailure(
        "INSPECT_BUILD_ENV_ALREADY_EXISTS_ERR",
        `${whereWords(of, profile)} builds with ${present} already; use inspect build-env modify`,
      );
    setAt(document, [...pipeline, "build", environment], {});
    setFields(document, [...pipeline, "build", environment], environment, flags);
  };
}

export function modifyBuildEnv(environment: BuildEnvironment, profile: string | undefined, flags: FlagValues): Edit {
  return (document, of) => {
    const pipeline = pipelineOf(document, profile);
    if (pipeline === undefined)
      throw new InspectFailure("INSPECT_PROFILE_NOT_FOUND_ERR", `there is no profile ${JSON.stringify(profile)}`);
    const present = environmentAt(document, pipeline);
    if (present !== environment)
      throw new InspectFailure(
        "INSPECT_BUILD_ENV_INCORRECT_TYPE_ERR",
        `${whereWords(of, profile)} builds with ${present ?? "no environment that is written"}, not with ${environment}`,
      );
    setFields(document, [...pipeline, "build", environment], environment, flags);
  };
}

/** The path of the pipeline: the document itself, or the profile; undefined where the profile does not exist. */
function pipelineOf(document: Document, profile: string | undefined): Path | undefined {
  if (profile === undefined) return [];
  const count = lengthAt(document, ["profiles"]);
  const index = Array.from({ length: count }, (_, i) => i).find(
    (i) => document.getIn(["profiles", i, "name"]) === profile,
  );
  return index === undefined ? undefined : ["profiles", index];
}

/** `local:` without a value counts as absent in the configuration, but here as written. */
function environmentAt(document: Document, pipeline: Path): BuildEnvironment | undefined {
  return buildEnvironments.find((name) => !isAbsent(document.getIn([...pipeline, "build", name], true)));
}

function setFields(document: Document, at: Path, environment: BuildEnvironment, flags: FlagValues): void {
  for (const { flag, environments, path } of buildEnvFields) {
    if (!flags.given(flag.name) || !environments.includes(environment)) continue;
    const value: Json | undefined = flags.tristate(flag.name) ?? flags.int(flag.name) ?? flags.text(flag.name);
    if (value !== undefined) setAt(document, [...at, ...path], value);
  }
}

function whereWords({ module }: LoadedModule, profile: string | undefined): string {
  return profile === undefined ? `the module ${module.id}` : `the profile ${profile} of ${module.id}`;
}
