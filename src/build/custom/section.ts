/** An artifact's `custom` section: the command that builds the image, and which of four ways gives its sources. */
import type { Artifact, Templated } from "../../config/project.ts";
import { absolutePath } from "../../config/resolve/scope.ts";
import { custom } from "../../config/schema/sections/custom.ts";
import { View } from "../../config/schema/view.ts";
import { templated } from "../../config/templated.ts";
import type { Place } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";

export interface CustomSection {
  readonly buildCommand: Templated;
  readonly dependencies: CustomDependencies;
}

export type CustomDependencies =
  | {
      readonly kind: "paths";
      readonly paths: readonly string[];
      readonly ignore: readonly string[];
      readonly at: Place;
    }
  /** Every file that a build of this Dockerfile reads. */
  | {
      readonly kind: "dockerfile";
      /** Absolute. */
      readonly path: string;
      /** null: taken from the environment. */
      readonly buildArgs: Readonly<Record<string, Templated | null>>;
    }
  /** A program that prints a JSON list of paths, relative to the context or absolute. */
  | { readonly kind: "command"; readonly command: string; readonly at: Place };

/** @throws Failure where there is no command */
export function customSection({ image, at, context, builder }: Artifact): CustomSection {
  const view = builder.written && new View(builder.written, custom);
  const command = view?.scalar("buildCommand");
  if (command === undefined || command.text.trim() === "")
    throw new Failure({
      severity: "error",
      message: `custom.buildCommand of ${image} is missing: nothing says how the image is built`,
      at: view?.place() ?? at,
      suggestion: 'write buildCommand: docker build -t "$IMAGE" .',
    });
  return {
    buildCommand: templated(command, "print"),
    dependencies: dependenciesOf(view?.object("dependencies"), { context, at, home: builder.home }),
  };
}

type DependenciesView = View<(typeof custom.fields)["dependencies"]["type"]["fields"]>;

function dependenciesOf(
  view: DependenciesView | undefined,
  { context, at, home }: { readonly context: string; readonly at: Place; readonly home: string },
): CustomDependencies {
  const dockerfile = view?.object("dockerfile");
  if (dockerfile !== undefined) {
    const args = [...dockerfile.map("buildArgs")].map(
      ([name, value]) => [name, value && templated(value, "print")] as const,
    );
    const path = absolutePath(dockerfile.text("path") ?? "Dockerfile", context, home);
    return { kind: "dockerfile", path, buildArgs: Object.fromEntries(args) };
  }
  const command = view?.text("command") ?? "";
  if (view !== undefined && command !== "") return { kind: "command", command, at: view.place("command") };
  const paths = view?.texts("paths") ?? [];
  return {
    kind: "paths",
    paths: paths.length > 0 ? paths : ["."],
    ignore: view?.texts("ignore") ?? [],
    at: view?.has("paths") ? view.place("paths") : at,
  };
}
