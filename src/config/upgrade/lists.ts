/** Lists that become one: what is there first, then what comes along, nothing twice. */
import { isSeq } from "yaml";
import type { Cursor } from "./cursor.ts";
import { sameData } from "./nodes.ts";

/** Moves a list to another map, behind the items of a list that is there already. */
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

/** Puts all items of a list behind those of another, equal ones too: arguments and hooks may be there twice. */
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
