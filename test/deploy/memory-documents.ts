/** The store's documents, in memory: what ledgers write. */
import type { LedgerDocuments } from "../../src/deploy/ledger.ts";
import type { Json } from "../../src/std/json.ts";

export function memoryDocuments(): LedgerDocuments & { readonly all: Map<string, string>; writes: number } {
  const all = new Map<string, string>();
  return {
    all,
    writes: 0,
    async read(name) {
      const text = all.get(name);
      return text === undefined ? undefined : (JSON.parse(text) as Json);
    },
    async write(name, value) {
      this.writes++;
      all.set(name, JSON.stringify(value));
    },
    async remove(name) {
      all.delete(name);
    },
    async list(prefix) {
      return [...all.keys()].filter((name) => name.startsWith(prefix)).sort();
    },
  };
}
