/**
 * Turns kaniko flags that were written as flags into the fields of the current version. A flag without a field is an
 * error that names it, because leaving it out would change the build.
 */
import type { Node } from "yaml";
import type { Span } from "./change.ts";
import type { Cursor } from "./cursor.ts";
import { newScalar, spanOf, textOf } from "./nodes.ts";

type Kind = "bool" | "text" | "list" | "map";

/** Fields whose flag is the name with dashes: `skipUnusedStages`, `--skip-unused-stages`. */
const regular: Readonly<Record<Kind, readonly string[]>> = {
  bool: [
    "cleanup",
    "force",
    "insecure",
    "insecurePull",
    "logTimestamp",
    "noPush",
    "reproducible",
    "singleSnapshot",
    "skipUnusedStages",
    "useNewRun",
    "whitelistVarRun",
  ],
  text: [
    "digestFile",
    "imageNameWithDigestFile",
    "logFormat",
    "pushRetry",
    "registryMirror",
    "snapshotMode",
    "target",
    "verbosity",
  ],
  list: ["destination"],
  map: ["label", "registryCertificate"],
};

const fields = new Map<string, readonly [field: string, kind: Kind]>([
  ...Object.entries(regular).flatMap(([kind, names]) =>
    names.map((name): [string, [string, Kind]] => [dashed(name), [name, kind as Kind]]),
  ),
  ["build-arg", ["buildArgs", "map"]],
  ["ignore-path", ["ignorePaths", "list"]],
  ["image-fs-extract-retry", ["imageFSExtractRetry", "text"]],
  ["insecure-registry", ["insecureRegistry", "list"]],
  ["oci-layout-path", ["ociLayoutPath", "text"]],
  ["skip-tls-verify", ["skipTLS", "bool"]],
  ["skip-tls-verify-pull", ["skipTLSVerifyPull", "bool"]],
  ["skip-tls-verify-registry", ["skipTLSVerifyRegistry", "list"]],
  ["snapshotMode", ["snapshotMode", "text"]],
  ["tar-path", ["tarPath", "text"]],
  ["tarPath", ["tarPath", "text"]],
  ["cache-copy-layers", ["cache.cacheCopyLayers", "bool"]],
  ["cache-dir", ["cache.hostPath", "text"]],
  ["cache-repo", ["cache.repo", "text"]],
  ["cache-run-layers", ["cache.cacheRunLayers", "bool"]],
  ["cache-ttl", ["cache.ttl", "text"]],
]);

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** One flag in one of its forms: `--name=value`, `--name value` in one or two items, `--name` alone. */
interface Flag {
  readonly name: string;
  readonly value: string | undefined;
  readonly span: Span;
}

/** Replaces `flags` of a kaniko section by fields. */
export function editFlags(kaniko: Cursor): void {
  const list = kaniko.list("flags");
  if (!list) return;
  const span = kaniko.span("flags");
  kaniko.take("flags");
  kaniko.log.edits = undefined;
  for (const flag of flagsOf(list.items as readonly Node[], span)) {
    const [field, kind] = fields.get(flag.name) ?? [];
    if (field === undefined || kind === undefined) {
      const message = `there is no field for kaniko's flag --${flag.name}`;
      kaniko.log.say("error", message, flag.span, "leave it out, or set what comes nearest below kaniko:");
      continue;
    }
    const [owner, key] = field.startsWith("cache.")
      ? [kaniko.ensure("cache", flag.span), field.slice(6)]
      : [kaniko, field];
    if (!owner) continue;
    setField(owner, key, kind, flag);
    kaniko.note("moved", "flags", owner.at(key), flag.span);
  }
}

function flagsOf(items: readonly Node[], fallback: Span): Flag[] {
  const flags: Flag[] = [];
  for (const item of items) {
    const text = textOf(item) ?? "";
    const last = flags.at(-1);
    const span = spanOf(item, fallback);
    const [, name, separator, value] = /^--?([^=\s]+)(?:(=|\s+)(.*))?$/s.exec(text) ?? [];
    if (name !== undefined) flags.push({ name, value: separator === undefined ? undefined : value, span });
    else if (last && last.value === undefined) flags.splice(-1, 1, { ...last, value: text });
    else flags.push({ name: text, value: undefined, span });
  }
  return flags;
}

function setField(owner: Cursor, key: string, kind: Kind, { name, value = "", span }: Flag): void {
  if (kind === "list") owner.ensureList(key, span)?.items.push(newScalar(value, span));
  else if (kind === "map") {
    const equals = value.indexOf("=");
    const [field, text] = equals < 0 ? [value, ""] : [value.slice(0, equals), value.slice(equals + 1)];
    owner.ensure(key, span)?.set(field, newScalar(text, span), span);
  } else if (kind === "text") owner.set(key, newScalar(value, span), span);
  else if (value === "" || value === "true" || value === "false")
    owner.set(key, newScalar(value !== "false", span), span);
  else owner.log.say("error", `--${name} is either true or false, not ${JSON.stringify(value)}`, span);
}
