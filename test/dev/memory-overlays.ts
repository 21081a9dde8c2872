/** Overlay documents as a disk keeps them between sessions, in memory. */
import type { Json } from "../../src/std/data/json.ts";
import type { Documents } from "../../src/store/documents.ts";

export function memoryOverlays(): { readonly documents: Map<string, Json>; readonly store: Documents } {
  const documents = new Map<string, Json>();
  const store: Documents = {
    read: async (name) => documents.get(name),
    write: async (name, value) => void documents.set(name, structuredClone(value)),
    remove: async (name) => void documents.delete(name),
    edit: () => Promise.reject(new Error("overlays are written, not edited")),
    list: async () => [...documents.keys()],
  };
  return { documents, store };
}
