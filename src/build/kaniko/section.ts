/** An artifact's `kaniko` section: its values as the configuration has them, paths absolute, templates not yet expanded. */
import { join } from "node:path";
import type { Artifact, NamedFile, Templated } from "../../config/project.ts";
import { kubernetesSpelling } from "../../config/resolve/kubernetes-spelling.ts";
import { absolutePath, type FileChecks, realFiles } from "../../config/resolve/scope.ts";
import { kaniko, kanikoDefaults } from "../../config/schema/sections/kaniko.ts";
import { View } from "../../config/schema/view.ts";
import { templated } from "../../config/templated.ts";
import { child, childItems, childText } from "../../config/yaml/tree.ts";
import type { Place } from "../../diag/diagnostic.ts";
import type { Json } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import { listFlags, switchFlags, textFlags } from "./flag-names.ts";

type KanikoView = View<typeof kaniko.fields>;

/** A variable of the executor: its value, or Kubernetes' source of it. */
export type Variable = { readonly name: string } & ({ readonly value: Templated } | { readonly valueFrom: Json });

export interface KanikoSection {
  /** Absolute; with `contextSubPath`. */
  readonly context: string;
  /** Relative to the artifact's context, `/`-separated. */
  readonly contextSubPath?: string;
  /** Absolute. */
  readonly dockerfile: string;
  /** Of the Dockerfile's name, or of the artifact where it has the default. */
  readonly at: Place;
  readonly target?: string;
  /** null: taken from the executor's environment. Variables: IMAGE_REPO, IMAGE_NAME, IMAGE_TAG. */
  readonly buildArgs: Readonly<Record<string, Templated | null>>;
  readonly label: Readonly<Record<string, Templated | null>>;
  readonly registryCertificate: Readonly<Record<string, Templated | null>>;
  readonly env: readonly Variable[];
  readonly image: string;
  readonly initImage: string;
  readonly imagePullSecret?: string;
  readonly digestFile: string;
  /** Further references to push to. */
  readonly destination: readonly string[];
  /** Fields that are flags of the executor, in the order of their table. */
  readonly texts: readonly (readonly [keyof typeof textFlags, string])[];
  readonly lists: readonly (readonly [keyof typeof listFlags, readonly string[]])[];
  readonly switches: readonly (keyof typeof switchFlags)[];
  readonly cache?: KanikoCache;
  /** In Kubernetes' spelling. */
  readonly volumeMounts: readonly Json[];
  readonly copyMaxRetries: number;
  /** A Go duration, as it is written. */
  readonly copyTimeout: string;
  readonly copyTimeoutAt: Place;
  /** -1 is zlib's default; -2 compresses with Huffman codes only. */
  readonly compressionLevel: number;
}

export interface KanikoCache {
  readonly repo?: string;
  /** On the node; the executor reads base images from it. */
  readonly hostPath?: string;
  readonly ttl?: string;
  readonly copyLayers: boolean;
  readonly runLayers: boolean;
}

/**
 * The Dockerfile is searched for in the context, then in the folder where devloop was started; where neither has it,
 * the path in the context is used.
 */
export function kanikoSection(
  { at, context: root, builder }: Pick<Artifact, "at" | "context" | "builder">,
  files: FileChecks = realFiles,
): KanikoSection {
  const { cwd, home } = builder;
  const view = builder.written && new View(builder.written, kaniko);
  const sub = view?.text("contextSubPath")?.replace(/^\/+|\/+$/g, "") || undefined;
  const context = sub === undefined ? root : join(root, sub);
  const written = view?.text("dockerfile") || kanikoDefaults.dockerfile;
  const inContext = absolutePath(written, context, home);
  const besides = absolutePath(written, cwd, home);
  return {
    context,
    ...optional("contextSubPath", sub),
    dockerfile: !files.isFile(inContext) && files.isFile(besides) ? besides : inContext,
    at: view?.has("dockerfile") ? view.place("dockerfile") : at,
    ...optional("target", view?.text("target") || undefined),
    buildArgs: templates(view, "buildArgs"),
    label: templates(view, "label"),
    registryCertificate: templates(view, "registryCertificate"),
    env: variables(view),
    image: view?.text("image") || kanikoDefaults.image,
    initImage: view?.text("initImage") || kanikoDefaults.initImage,
    ...optional("imagePullSecret", view?.text("imagePullSecret") || undefined),
    digestFile: view?.text("digestFile") || kanikoDefaults.digestFile,
    destination: view?.texts("destination") ?? [],
    texts: namesOf(textFlags).flatMap((name) => {
      const text = view?.text(name);
      return text ? [[name, text] as const] : [];
    }),
    lists: namesOf(listFlags).map((name) => [name, view?.texts(name) ?? []] as const),
    switches: namesOf(switchFlags).filter((name) => view?.bool(name)),
    ...optional("cache", cache(view)),
    volumeMounts: childItems(view?.node, "volumeMounts").map(kubernetesSpelling),
    copyMaxRetries: view?.int("copyMaxRetries") ?? kanikoDefaults.copyMaxRetries,
    copyTimeout: view?.text("copyTimeout") || kanikoDefaults.copyTimeout,
    copyTimeoutAt: view?.has("copyTimeout") ? view.place("copyTimeout") : at,
    compressionLevel: view?.int("buildContextCompressionLevel") ?? kanikoDefaults.buildContextCompressionLevel,
  };
}

/** The Dockerfile. */
export function kanikoFiles(artifact: Artifact, files: FileChecks): NamedFile[] {
  const { dockerfile, at } = kanikoSection(artifact, files);
  return [{ path: dockerfile, at, suggestion: "kaniko.dockerfile names another one, relative to the context" }];
}

function namesOf<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}

function templates(
  view: KanikoView | undefined,
  name: "buildArgs" | "label" | "registryCertificate",
): Readonly<Record<string, Templated | null>> {
  const all = [...(view?.map(name) ?? [])];
  return Object.fromEntries(all.map(([key, value]) => [key, value && templated(value, "print")]));
}

function variables(view: KanikoView | undefined): Variable[] {
  return childItems(view?.node, "env").flatMap((item): Variable[] => {
    const name = childText(item, "name");
    if (name === undefined) return [];
    const from = child(item, "valueFrom") ?? child(item, "valuefrom");
    if (from !== undefined) return [{ name, valueFrom: kubernetesSpelling(from) }];
    const value = child(item, "value");
    return value?.kind === "scalar" ? [{ name, value: templated(value, "print") }] : [];
  });
}

function cache(view: KanikoView | undefined): KanikoCache | undefined {
  const given = view?.object("cache");
  return (
    given && {
      ...optional("repo", given.text("repo") || undefined),
      ...optional("hostPath", given.text("hostPath") || undefined),
      ...optional("ttl", given.text("ttl") || undefined),
      copyLayers: given.bool("cacheCopyLayers") ?? false,
      runLayers: given.bool("cacheRunLayers") ?? true,
    }
  );
}
