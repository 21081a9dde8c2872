/** The arguments of the executor: what it builds, where it pushes, and the fields of the section that are flags. */
import { argsToPass } from "../docker/dockerfile/args.ts";
import { listFlags, switchFlags, textFlags } from "./flag-names.ts";
import type { KanikoSpec } from "./spec.ts";

/** The context's folder in the pod. */
export const contextFolder = "/kaniko/buildcontext";

export interface FlagFacts {
  /** References to push to, with tag. */
  readonly references: readonly string[];
  /** The executor's path for it: absolute, or relative to the context. */
  readonly dockerfile: string;
  /** The Dockerfile's text. */
  readonly text: string;
}

export function executorFlags(
  { section, docker, label, registryCertificate, insecureRegistries }: KanikoSpec,
  { references, dockerfile, text }: FlagFacts,
): string[] {
  const { cache, contextSubPath } = section;
  const destinations = [...new Set([...references, ...section.destination])];
  const lists = section.lists.flatMap(([name, values]) => {
    const all = name === "insecureRegistry" ? [...new Set([...values, ...insecureRegistries])] : values;
    return all.map((value) => flag(listFlags[name], value));
  });
  return [
    ...destinations.map((reference) => flag("destination", reference)),
    flag("dockerfile", dockerfile),
    flag("context", `dir://${contextFolder}`),
    ...(contextSubPath === undefined ? [] : [flag("context-sub-path", contextSubPath)]),
    flag("digest-file", section.digestFile),
    ...pairs("build-arg", argsToPass(docker, text)),
    ...pairs("label", label),
    ...pairs("registry-certificate", registryCertificate),
    ...section.texts.map(([name, value]) => flag(textFlags[name], value)),
    ...lists,
    ...section.switches.map((name) => `--${switchFlags[name]}`),
    ...(cache === undefined
      ? []
      : [
          "--cache",
          ...(cache.repo === undefined ? [] : [flag("cache-repo", cache.repo)]),
          ...(cache.hostPath === undefined ? [] : [flag("cache-dir", cache.hostPath)]),
          ...(cache.ttl === undefined ? [] : [flag("cache-ttl", cache.ttl)]),
          ...(cache.copyLayers ? ["--cache-copy-layers"] : []),
          flag("cache-run-layers", String(cache.runLayers)),
        ]),
  ];
}

function flag(name: string, value: string): string {
  return `--${name}=${value}`;
}

/** A name without a value takes it from the executor's environment. */
function pairs(name: string, values: Readonly<Record<string, string | null>>): string[] {
  return Object.entries(values).map(([key, value]) => flag(name, value === null ? key : `${key}=${value}`));
}
