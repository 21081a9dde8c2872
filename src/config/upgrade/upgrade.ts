/**
 * Upgrades a document of any version to a newer one, in place: nodes that the user wrote are moved and renamed, never
 * replaced, so that every value keeps its place in the file. Returns the changes, and diagnostics for what has no
 * counterpart; a document with an error is left in an undefined state.
 */
import { type Document, isMap, isScalar, Scalar } from "yaml";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Source } from "../yaml/source.ts";
import { Aliases } from "./aliases.ts";
import { type Change, Log, type TextEdit } from "./change.ts";
import { Cursor } from "./cursor.ts";
import { checkKeys } from "./keys.ts";
import { spanOf, textOf } from "./nodes.ts";
import { pipelinesOf, type Step } from "./step.ts";
import { steps } from "./steps.ts";
import {
  apiVersion,
  compareVersions,
  newest,
  positionOf,
  unknownVersion,
  type Version,
  versionOf,
  versions,
} from "./versions.ts";

export interface UpgradeOptions {
  readonly source: Source;
  /** Absent: the newest version. */
  readonly to?: Version;
  /**
   * For `fix`: keys of versions other than the stated one are accepted, and old keys are edited even where the stated
   * version no longer has them.
   */
  readonly anyKeys?: boolean;
}

export interface Upgraded {
  /** The version of the document; absent where it is unknown. */
  readonly from?: Version;
  readonly to: Version;
  readonly changes: readonly Change[];
  /** With an error among them the document must not be used. */
  readonly diagnostics: readonly Diagnostic[];
  /** Text replacements with the same effect, byte for byte; absent where the structure changed. */
  readonly edits?: readonly TextEdit[];
}

export function upgradeDocument(document: Document, options: UpgradeOptions): Upgraded {
  const to = options.to ?? newest;
  const log = new Log(options.source, to);
  const from = isMap(document.contents) ? statedVersion(new Cursor(log, document.contents), to) : undefined;
  if (from !== undefined) upgrade(document, log, { from, to, anyKeys: options.anyKeys === true });
  const { changes, diagnostics, edits } = log;
  return { ...(from === undefined ? {} : { from }), to, changes, diagnostics, ...(edits ? { edits } : {}) };
}

/** The version of the document; undefined after a diagnostic for an unknown version or one newer than `to`. */
function statedVersion(root: Cursor, to: Version): Version | undefined {
  const text = root.text("apiVersion");
  const span = spanOf(root.node("apiVersion"), root.span("apiVersion"));
  const version = text === undefined || !text.includes("/") ? undefined : versionOf(text);
  if (version === undefined) {
    const { message, suggestion } = unknownVersion(text ?? "");
    root.log.say("error", text === undefined ? "there is no apiVersion" : message, span, suggestion);
    return undefined;
  }
  if (compareVersions(version, to) <= 0) return version;
  root.log.say("error", `${apiVersion(version)} cannot be brought back to ${apiVersion(to)}`, span);
  return undefined;
}

interface Way {
  readonly from: Version;
  readonly to: Version;
  readonly anyKeys: boolean;
}

function upgrade(document: Document, log: Log, { from, to, anyKeys }: Way): void {
  const way = steps.filter(
    (step) => compareVersions(step.from, to) < 0 && (anyKeys || compareVersions(step.from, from) >= 0),
  );
  const checked = !anyKeys && from !== newest;
  if (way.length > 0 || checked) {
    const aliases = new Aliases();
    if (!aliases.unfold(document))
      return log.say("error", "its aliases make it too large", spanOf(document.contents, [0, 0]));
    if (aliases.found) log.edits = undefined;
    if (checked && isMap(document.contents)) checkKeys(new Cursor(log, document.contents), from);
    for (const step of way) runStep(document, log, from, step);
    if (anyKeys) settle(document, log, to, way);
    aliases.fold(document);
  }
  if (from === to || !isMap(document.contents)) return;
  log.version = to;
  setVersion(new Cursor(log, document.contents), to);
}

/**
 * Repeats steps until nothing changes: a step may write a key that an earlier step edits, because properties of a
 * plugin could have any name.
 */
function settle(document: Document, log: Log, to: Version, way: readonly Step[]): void {
  for (let changes = -1, rounds = 0; changes !== log.changes.length && rounds < 3; rounds++) {
    changes = log.changes.length;
    for (const step of way) runStep(document, log, to, step);
  }
}

function runStep(document: Document, log: Log, from: Version, step: Step): void {
  if (!isMap(document.contents)) return;
  log.version = versions[positionOf(step.from) + 1] as Version;
  log.lenient = compareVersions(from, step.from) > 0;
  step.edit(pipelinesOf(document.contents, log));
}

function setVersion(root: Cursor, to: Version): void {
  const scalar = root.node("apiVersion");
  if (!isScalar(scalar)) return;
  const span = spanOf(scalar, root.span("apiVersion"));
  const was = textOf(scalar) ?? "";
  scalar.value = apiVersion(to);
  scalar.source = apiVersion(to);
  scalar.type = Scalar.PLAIN;
  const edit = { start: span[0], end: span[1], text: apiVersion(to) };
  root.log.change({ kind: "version", from: was, to: apiVersion(to) }, span, edit);
}
