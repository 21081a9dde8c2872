/** An upgrade as tests look at it: what the text became, and what was said, each with the text that it points at. */

import type { Change } from "../../../src/config/upgrade/change.ts";
import { type UpgradeOptions, upgradeDocument } from "../../../src/config/upgrade/upgrade.ts";
import { Source } from "../../../src/config/yaml/source.ts";
import type { Diagnostic, Place } from "../../../src/diag/diagnostic.ts";
import { parse } from "./corpus.ts";

export interface Seen {
  readonly data: unknown;
  readonly changes: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
  /** `severity: message @ text` of every diagnostic. */
  readonly said: readonly string[];
}

export function upgraded(text: string, options: Omit<UpgradeOptions, "source"> = {}): Seen {
  const [document] = parse(text);
  if (!document) throw new Error("the text holds no document");
  const { changes, diagnostics } = upgradeDocument(document, {
    source: new Source("f.yaml", "f.yaml", text),
    ...options,
  });
  const said = diagnostics.map(({ severity, message, at }) => `${severity}: ${message} @ ${at ? pointedAt(at) : ""}`);
  return {
    changes,
    diagnostics,
    said,
    get data() {
      return document.toJS() as unknown;
    },
  };
}

/** What a place underlines. */
export function pointedAt({ text, column, length }: Place): string {
  return text.slice(column - 1, column - 1 + length);
}
