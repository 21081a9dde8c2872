/**
 * Which objects a status check waits for: those with pods and those of Config Connector always, other kinds where
 * `--status-check-selectors` names them, and none whose manifest says `devloop.dev/status-check: "false"`. A file that
 * does not have the reference tool's form is refused.
 */
import { readFileSync } from "node:fs";
import { RE2JS } from "re2js";
import type { KubeObject } from "../../cluster/cluster.ts";
import { hasPods } from "../../cluster/status/judge.ts";
import { Failure } from "../../diag/failure.ts";
import { groupOf } from "../manifests/object-id.ts";

/** Patterns in the reference tool's dialect, found anywhere in the word; a missing pattern matches everything. */
export interface WaitSelector {
  readonly group?: RE2JS;
  readonly kind?: RE2JS;
}

const optOut = "devloop.dev/status-check";

export function isWaitedBy(object: KubeObject, selectors: readonly WaitSelector[]): boolean {
  if (object.metadata.annotations?.[optOut] === "false") return false;
  const group = groupOf(object.apiVersion);
  if (hasPods(object) || group.endsWith(".cnrm.cloud.google.com")) return true;
  return selectors.some((one) => takes(one.group, group) && takes(one.kind, object.kind));
}

/**
 * Reads `{"selectors": [{"group": "my.domain", "kind": "MyKind"}]}`.
 * @param shown the file's name as the user wrote it
 * @throws Failure naming the file and what is wrong with it
 */
export function readWaitSelectors(path: string, shown: string): readonly WaitSelector[] {
  const wrong = (why: string) =>
    new Failure({
      severity: "error",
      message: `--status-check-selectors: ${shown}: ${why}`,
      suggestion: 'its form is {"selectors": [{"group": "my.domain", "kind": "MyKind"}]}',
    });
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, "utf8"));
  } catch (thrown) {
    const isAbsent = (thrown as { code?: string }).code === "ENOENT";
    throw wrong(isAbsent ? "there is no such file" : (thrown as Error).message);
  }
  const { selectors } = (read ?? {}) as { selectors?: unknown };
  if (!Array.isArray(selectors)) throw wrong("it has no list of selectors");
  return selectors.map((one: unknown, i) => {
    const { group, kind } = (one ?? {}) as Record<string, unknown>;
    if (group === undefined && kind === undefined) throw wrong(`selector ${i + 1} has neither a group nor a kind`);
    return { ...pattern("group", group, wrong), ...pattern("kind", kind, wrong) };
  });
}

function pattern(name: "group" | "kind", text: unknown, wrong: (why: string) => Failure): WaitSelector {
  if (text === undefined) return {};
  if (typeof text !== "string") throw wrong(`a ${name} is not a text`);
  try {
    return { [name]: RE2JS.compile(text) };
  } catch (thrown) {
    throw wrong(`the ${name} ${JSON.stringify(text)} is no regular expression: ${(thrown as Error).message}`);
  }
}

function takes(pattern: RE2JS | undefined, word: string): boolean {
  return pattern === undefined || pattern.matcher(word).find();
}
