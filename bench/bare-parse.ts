/** The least that reading YAML costs: `parseDocument` of every file that is named, and nothing else. */
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";

for (const file of process.argv.slice(2)) {
  const [error] = parseDocument(readFileSync(file, "utf8")).errors;
  if (error) throw error;
}
