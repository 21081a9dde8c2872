/** The store's documents, in memory: what ledgers write. */
import type { LedgerDocuments } from "../../src/deploy/ledger/ledger.ts";
import type { Json } from "../../src/std/data/json.ts";

export function memoryDocuments(): LedgerDocuments & { readonly all: Map<string, string>; writes: number } {
  const all = new Map<string, string>();
  return {
    all,
    writes: 0,
    async read(name) {
      const text = all.get(name);
      return text === undefined ? undefined : (JSON.parse(text) as Json);
    },
    async edit(name, change) {
      this.writes++;
      const text = all.get(name);
      const next = change(text === undefined ? undefined : (JSON.parse(text) as Json));
      if (next === undefined) all.delete(name);
      else all.set(name, JSON.stringify(next));
    },
    async list(prefix) {
      return [...all.keys()].filter((name) => name.startsWith(prefix)).sort();
    },
  };
}
