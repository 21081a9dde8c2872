/** Merges lists: first the existing items, then the new ones. */
import { isSeq } from "yaml";
import type { Cursor } from "./cursor.ts";
import { sameData } from "./nodes.ts";

/** Moves a list to another map; where a list exists there, new items are appended. */
export function appendList(from: Cursor, key: string, target: Cursor, to = key): void {
  const [items, existing] = [from.list(key), target.list(to)];
  if (!items || !existing) {
    from.move(key, target, to);
    return;
  }
  const span = from.span(key);
  from.take(key);
  existing.items.push(...items.items.filter((item) => !existing.items.some((other) => sameData(item, other))));
  from.note("moved", key, target.at(to), span);
}

/** Appends all items of a list to another list, including equal ones: arguments and hooks may occur twice. */
export function concatList(from: Cursor, key: string, target: Cursor): void {
  const [items, existing] = [from.list(key), target.node(key)];
  if (!items || !isSeq(existing)) {
    from.move(key, target);
    return;
  }
  const span = from.span(key);
  from.take(key);
  existing.items.push(...items.items);
  from.note("moved", key, target.at(key), span);
}
