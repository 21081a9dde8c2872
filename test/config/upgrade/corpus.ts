/** The corpus: for every version small files, each beside what it is in the newest version, written by hand. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, parseAllDocuments } from "yaml";

export interface Sample {
  /** `v1beta9/sync`. */
  readonly name: string;
  readonly version: string;
  readonly old: string;
  readonly newest: string;
}

const root = join(import.meta.dir, "../corpus");

export const samples: readonly Sample[] = readdirSync(root).flatMap((version) =>
  readdirSync(join(root, version))
    .filter((file) => !file.endsWith(".newest.yaml"))
    .map((file) => {
      const name = file.slice(0, -".yaml".length);
      const read = (ending: string): string => readFileSync(join(root, version, name + ending), "utf8");
      return { name: `${version}/${name}`, version, old: read(".yaml"), newest: read(".newest.yaml") };
    }),
);

/** As the loader parses: duplicate keys are not the parser's business. */
export function parse(text: string): Document[] {
  return parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
}
