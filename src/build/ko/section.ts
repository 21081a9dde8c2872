/**
 * An artifact's `ko` section: its values as the configuration has them, folders absolute, templates not yet expanded.
 */
import { statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Artifact, Templated } from "../../config/project.ts";
import { absolutePath } from "../../config/resolve/scope.ts";
import { ko } from "../../config/schema/sections/ko.ts";
import { View } from "../../config/schema/view.ts";
import { templated } from "../../config/templated.ts";
import type { Place } from "../../diag/diagnostic.ts";
import { importPathOf } from "../../image/ko-name.ts";
import type { ArtifactSetting } from "../builder.ts";

export interface KoSection {
  /** Absolute path of the folder where `go` runs. */
  readonly directory: string;
  /** The package: an import path, or a path that begins with `./` relative to the directory. */
  readonly main: string;
  readonly fromImage?: string;
  readonly dependencies?: { readonly paths: readonly string[]; readonly ignore: readonly string[]; readonly at: Place };
  readonly env: readonly Templated[];
  readonly flags: readonly Templated[];
  readonly ldflags: readonly Templated[];
  readonly labels: Readonly<Record<string, Templated>>;
}

export function koSection({ image, context, builder }: Artifact): KoSection {
  const view = builder.written && new View(builder.written, ko);
  const directory = absolutePath(view?.text("dir") ?? ".", context, builder.home);
  const fromImage = view?.text("fromImage");
  const dependencies = view?.object("dependencies");
  const paths = dependencies?.texts("paths") ?? [];
  const texts = (name: "env" | "flags" | "ldflags") =>
    view?.scalars(name).map((node) => templated(node, "print")) ?? [];
  const labels = [...(view?.map("labels") ?? [])].flatMap(([name, value]) =>
    value === null ? [] : [[name, templated(value, "print")] as const],
  );
  return {
    directory,
    main: importPathOf(image) ?? packageOf(view?.text("main") ?? ".", directory, context),
    ...(fromImage ? { fromImage } : {}),
    ...(dependencies
      ? {
          dependencies: {
            paths: paths.length > 0 ? paths : ["**/*.go"],
            ignore: dependencies.texts("ignore"),
            at: dependencies.place(),
          },
        }
      : {}),
    env: texts("env"),
    flags: texts("flags"),
    ldflags: texts("ldflags"),
    labels: Object.fromEntries(labels),
  };
}

/** A path is searched for in the folder of the module, then in the context; a file stands for its package. */
function packageOf(main: string, directory: string, context: string): string {
  const found = [join(directory, main), join(context, main)].find((path) => statSync(path, { throwIfNoEntry: false }));
  if (found === undefined) return main;
  const folder = statSync(found).isDirectory() ? found : dirname(found);
  const path = relative(directory, folder);
  return path.startsWith("..") ? path : `./${path}`;
}

/** Values for `go` and `ko`, templates expanded. */
export interface KoValues {
  readonly env: readonly string[];
  readonly flags: readonly string[];
  readonly ldflags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels cannot use the tag, as in the reference tool, because it would change the image. */
export function koValues(section: KoSection, { repository, expand }: ArtifactSetting, tag: string): KoValues {
  const slash = repository.lastIndexOf("/");
  const named = { IMAGE_REPO: slash < 0 ? "" : repository.slice(0, slash), IMAGE_NAME: repository.slice(slash + 1) };
  const all = (texts: readonly Templated[]) => texts.map((text) => expand(text, { ...named, IMAGE_TAG: tag }));
  return {
    env: all(section.env),
    flags: all(section.flags),
    ldflags: all(section.ldflags),
    labels: Object.fromEntries(Object.entries(section.labels).map(([name, value]) => [name, expand(value, named)])),
  };
}
