/**
 * Inputs in an artifact's own flags for the client: another Dockerfile, target, platform or build arg, and named
 * contexts. The flags are passed to the client unchanged; here they are only read, so that the key and the watched
 * files include them.
 */
import { resolve } from "node:path";
import type { DockerSpec } from "./spec.ts";

/** A context that the Dockerfile uses by name: `COPY --from=<name>`. */
export interface NamedContext {
  readonly name: string;
  /** Absolute path of a directory. */
  readonly path?: string;
  /** Reference of an image. Neither of the two: an address, or a layout on disk. */
  readonly image?: string;
}

/** The spec with the values of the flags, in the client's order of precedence. */
export function withCliFlags(spec: DockerSpec): DockerSpec & { readonly contexts: readonly NamedContext[] } {
  const flags = spec.cliFlags ?? [];
  const last = (...names: string[]) => valuesOf(flags, names).at(-1);
  const dockerfile = last("--file", "-f");
  const target = spec.target || last("--target");
  const platform = spec.platform || last("--platform");
  return {
    ...spec,
    ...(dockerfile === undefined ? {} : { dockerfile: resolve(dockerfile) }),
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
    buildArgs: { ...spec.buildArgs, ...Object.fromEntries(valuesOf(flags, ["--build-arg"]).map(assignment)) },
    ...(flags.some((flag) => flag === "--pull" || flag === "--pull=true") ? { pull: true } : {}),
    contexts: valuesOf(flags, ["--build-context"]).flatMap(namedContext),
  };
}

/**
 * The flags without build args, and whether the other fields can express them. `contexts` are all named ones, as
 * written; undefined where there are flags that only the client understands.
 */
export function otherCliFlags(flags: readonly string[]): {
  readonly flags: readonly string[];
  readonly contexts: Readonly<Record<string, string>> | undefined;
} {
  const rest: string[] = [];
  let known = true;
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i] ?? "";
    const [name = ""] = flag.split("=");
    const value = ["--build-arg", ...readFlags].includes(name) && flag === name ? flags.slice(i + 1, i + 2) : [];
    i += value.length;
    if (name === "--build-arg") continue;
    rest.push(flag, ...value);
    known &&= readFlags.includes(name);
  }
  const contexts = Object.fromEntries(valuesOf(flags, ["--build-context"]).map(assignment));
  return { flags: rest, contexts: known ? (contexts as Record<string, string>) : undefined };
}

/** Flags with a value that this file understands. */
const readFlags: readonly string[] = ["--file", "-f", "--target", "--platform", "--build-context"];

/** Values of `--name=value` and `--name value`, in order. */
function valuesOf(flags: readonly string[], names: readonly string[]): string[] {
  const values: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i] ?? "";
    const name = names.find((one) => flag === one || flag.startsWith(`${one}=`));
    if (name === undefined) continue;
    const value = flag === name ? flags[++i] : flag.slice(name.length + 1);
    if (value !== undefined) values.push(value);
  }
  return values;
}

function assignment(text: string): [string, string | null] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, null] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** Images, layouts and addresses have no files on this machine. */
function namedContext(text: string): NamedContext[] {
  const [name, value] = assignment(text);
  if (value === null) return [];
  if (value.startsWith("docker-image://")) return [{ name, image: value.slice("docker-image://".length) }];
  return [/^[a-z][a-z0-9+.-]*:/i.test(value) || /^[\w.-]+@/.test(value) ? { name } : { name, path: resolve(value) }];
}
