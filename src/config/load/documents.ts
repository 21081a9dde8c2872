/**
 * The text of a file as configs: one per YAML document, upgraded to the newest version and checked against the schema.
 * An error in one document does not hide errors in the others.
 */
import type { Document } from "yaml";
import type { Place } from "../../diag/diagnostic.ts";
import { complain, type Report } from "../schema/report.ts";
import { config } from "../schema/sections/config.ts";
import { validate } from "../schema/validate.ts";
import { untouched } from "../upgrade/untouched.ts";
import { upgradeDocument } from "../upgrade/upgrade.ts";
import { apiVersion, newest, unknownVersion, type Version, versionOf } from "../upgrade/versions.ts";
import { toTree } from "../yaml/convert.ts";
import { documentOf } from "../yaml/document.ts";
import { readPlain } from "../yaml/plain.ts";
import { readYaml } from "../yaml/read.ts";
import type { Source } from "../yaml/source.ts";
import { child, childText, type MapNode, type Node, placeOf } from "../yaml/tree.ts";

export interface ConfigDocument {
  readonly source: Source;
  /** Index of the document in its file, from 0. */
  readonly index: number;
  readonly tree: MapNode;
  /** `metadata.name`, or empty. */
  readonly name: string;
  readonly at: Place;
}

export function readDocuments(source: Source, report: Report): readonly ConfigDocument[] {
  return (readShortly(source) ?? readAtLength(source, report)).flatMap(({ written, index, document }) => {
    const tree = currentTree(written, document, source, report);
    return tree ? [named(tree, index, source)] : [];
  });
}

interface Written {
  /** The tree of the text as written, for diagnostics about the text itself: its version, duplicate keys. */
  readonly written: Node;
  readonly index: number;
  /** The document in the form that an upgrade edits. */
  document(): Document;
}

function readShortly(source: Source): readonly Written[] | undefined {
  return readPlain(source)?.map((tree, index) => ({ written: tree, index, document: () => documentOf(tree) }));
}

function readAtLength(source: Source, report: Report): readonly Written[] {
  let failed = false;
  const documents = readYaml(source, (d) => {
    failed = true;
    report(d);
  });
  if (documents.length === 0 && !failed)
    report({
      severity: "error",
      message: `${source.shown} is empty`,
      suggestion: "write at least apiVersion and kind: Config",
    });
  return documents.flatMap(({ document, index }) => {
    const written = toTree(document, source, report);
    return written ? [{ written, index, document: () => document }] : [];
  });
}

function named(tree: MapNode, index: number, source: Source): ConfigDocument {
  const name = childText(child(tree, "metadata"), "name") ?? "";
  const first = tree.entries.values().next().value;
  return { source, index, tree, name, at: placeOf(first ?? tree) };
}

/** The tree in the newest version, without its invalid parts. */
function currentTree(written: Node, document: () => Document, source: Source, report: Report): MapNode | undefined {
  if (written.kind !== "map") {
    complain(report, "error", written, "a config is a map of sections, this is none");
    return undefined;
  }
  const version = knownVersion(written, report);
  if (version === undefined) return undefined;
  const tree = untouched(written, version) ?? upgraded(written, document(), source, report);
  if (tree?.kind !== "map") return undefined;
  const checked = validate(withoutDotKeys(tree), config, { report, version });
  return checked?.kind === "map" ? checked : undefined;
}

/** Parts that cannot be upgraded are removed; the rest is checked, so that all errors are reported at once. */
function upgraded(written: MapNode, document: Document, source: Source, report: Report): Node | undefined {
  const { changes, diagnostics } = upgradeDocument(document, { source });
  for (const diagnostic of diagnostics) report(diagnostic);
  return changes.length === 0 ? written : toTree(document, source, report);
}

function knownVersion(tree: MapNode, report: Report): Version | undefined {
  const entry = tree.entries.get("apiVersion");
  const text = childText(tree, "apiVersion");
  if (entry === undefined || text === undefined) {
    const at = entry ?? tree.entries.values().next().value ?? tree;
    const suggestion = `begin it with apiVersion: ${apiVersion(newest)}`;
    complain(report, "error", at, "not a config: it has no apiVersion", suggestion);
    return undefined;
  }
  const version = text.includes("/") ? versionOf(text) : undefined;
  if (version !== undefined) return version;
  const { message, suggestion } = unknownVersion(text);
  complain(report, "error", entry.node, message, suggestion);
  return undefined;
}

/** Keys that begin with a dot only hold anchors. */
function withoutDotKeys(tree: MapNode): MapNode {
  if (![...tree.entries.keys()].some((key) => key.startsWith("."))) return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => !key.startsWith("."))) };
}
