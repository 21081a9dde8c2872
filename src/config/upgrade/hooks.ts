/**
 * Rewrites common mistakes in hooks: a command as one text, a hook without the wrapper that says where it runs, or with
 * a wrapper where none belongs, and hooks of the whole deploy phase.
 */
import { isMap, isScalar, isSeq, type Node } from "yaml";
import { Cursor } from "./cursor.ts";
import { newMap, newScalar, newSeq, spanOf, textOf } from "./nodes.ts";

/** `make x` becomes `[sh, -c, make x]`. */
export function shellCommand(hook: Cursor): void {
  const command = hook.node("command");
  if (!isScalar(command) || textOf(command) === undefined) return;
  const span = spanOf(command, hook.span("command"));
  hook.rewrite("command", newSeq(span, [newScalar("sh", span), newScalar("-c", span), command]));
}

/** Turns `{command}` into `{host: {command}}` in the lists of `hooks`. */
export function wrapHosts(hooks: Cursor): void {
  for (const list of ["before", "after"])
    for (const [i, item] of (hooks.list(list)?.items ?? []).entries()) {
      if (!isMap(item) || item.has("host") || item.has("container") || !item.has("command")) continue;
      const span = spanOf(item, hooks.span(list));
      const at = `${hooks.at(list)}[${i}]`;
      const seq = hooks.list(list);
      if (seq) seq.items[i] = newMap(span, { host: item });
      hooks.log.change({ kind: "moved", from: at, to: `${at}.host` }, span);
    }
}

/** Turns `{host: {command}}` into `{command}` in the lists of `hooks`. */
export function unwrapHosts(hooks: Cursor): void {
  for (const list of ["before", "after"])
    for (const [i, item] of (hooks.list(list)?.items ?? []).entries()) {
      const host = isMap(item) ? item.get("host", true) : undefined;
      if (!isMap(item) || !isMap(host) || item.items.length !== 1) continue;
      const span = spanOf(item, hooks.span(list));
      const at = `${hooks.at(list)}[${i}]`;
      const seq = hooks.list(list);
      if (seq) seq.items[i] = host;
      hooks.log.change({ kind: "moved", from: `${at}.host`, to: at }, span);
    }
}

/**
 * Moves hooks of the deploy phase to its deployers: `before` to the first one that can have hooks, `after` to the last.
 */
export function phaseHooks(deploy: Cursor, key: string): void {
  const hooks = deploy.child(key);
  if (!hooks) return;
  const span = deploy.span(key);
  const able = ["helm", "kubectl", "cloudrun"].filter((name) => deploy.has(name));
  if (able.length === 0 && (deploy.has("docker") || deploy.has("kpt"))) {
    deploy.warn(key, `the only deployer here has no hooks: ${key} is kept`);
    return;
  }
  if (able.length === 0) able.push("kubectl");
  for (const [list, name] of [
    ["before", able[0]],
    ["after", able.at(-1)],
  ] as const) {
    const items = hooks.list(list);
    if (!items || name === undefined) continue;
    const moved = items.items.map((item) => withWrapper(hooks, item as Node, name !== "cloudrun"));
    const target = deploy.ensure(name, span)?.ensure("hooks", span)?.ensureList(list, span);
    if (list === "before") target?.items.unshift(...moved);
    else target?.items.push(...moved);
  }
  deploy.take(key);
  deploy.note("moved", key, deploy.at(`${able[0]}.hooks`), span);
}

function withWrapper(hooks: Cursor, item: Node, wrapper: boolean): Node {
  if (!isMap(item)) return item;
  const host = item.get("host", true);
  const bare = isMap(host) ? host : item;
  if (item.has("container")) return item;
  shellCommand(new Cursor(hooks.log, bare, hooks.path));
  return wrapper ? newMap(spanOf(item, [0, 0]), { host: bare }) : bare;
}

/** Whether a list of hooks has an item that passes the test. */
export function someHook(hooks: Node, test: (item: Node) => boolean): boolean {
  if (!isMap(hooks)) return false;
  return ["before", "after"].some((list) => {
    const items = hooks.get(list, true);
    return isSeq(items) && items.items.some((item) => test(item as Node));
  });
}
