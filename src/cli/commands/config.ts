/**
 * `devloop config explain [PATH]`: every final value of the configuration, and the file, line and profile that it comes
 * from. PATH selects a field with everything below it: `build.artifacts[0]`, `deploy`.
 */

import type { Run } from "../../command/command.ts";
import { openToRead } from "../../command/project.ts";
import { usageError } from "../../command/usage.ts";
import type { Origin } from "../../config/explain.ts";
import { exitCode } from "../../diag/exit.ts";
import { Failure } from "../../diag/failure.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { visible, visibleJson } from "../../std/text/visible.ts";

export const run: Run = async (invocation) => {
  const { args, flags, stdout } = invocation;
  const [action, path] = args;
  if (action !== "explain") return usageError(invocation, `unknown action ${action}`, "use config explain");
  const { explain } = await openToRead(invocation);
  const all = explain();
  const origins = path === undefined ? all : all.filter((origin) => isAtOrBelow(origin.path, path));
  if (origins.length === 0) throw nothingAt(path ?? "", all);
  if (flags.text("output") === "json") stdout.write(`${visibleJson(JSON.stringify(origins.map(asJson), null, 2))}\n`);
  else stdout.write(table(origins));
  return exitCode.ok;
};

function isAtOrBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}

function nothingAt(path: string, all: readonly Origin[]): Failure {
  const prefixes = new Set(all.flatMap((origin) => prefixesOf(origin.path)));
  const near = closest(path, prefixes);
  return new Failure({
    severity: "error",
    message: `nothing is set at ${JSON.stringify(path)}`,
    suggestion: near ? `did you mean ${near}?` : "see everything with devloop config explain",
  });
}

/** For `a.b[0].c`: the path itself and every path above it. */
function prefixesOf(path: string): string[] {
  const ends = [...path.matchAll(/[.[]/g)].map(({ index }) => index);
  return [...ends.map((end) => path.slice(0, end)), path];
}

function asJson({ module, path, value, at, profile }: Origin) {
  return {
    module,
    path,
    value,
    ...(at ? { file: at.file, line: at.line, column: at.column } : {}),
    ...(profile === undefined ? {} : { profile }),
  };
}

/** Three columns; a heading for each module where there are several. */
function table(origins: readonly Origin[]): string {
  const several = new Set(origins.map(({ module }) => module)).size > 1;
  const left = (origin: Origin) => visible(`${origin.path}: ${shortened(origin.value)}`);
  const width = Math.min(72, Math.max(...origins.map((origin) => left(origin).length)));
  let text = "";
  let module: string | undefined;
  for (const origin of origins) {
    if (several && origin.module !== module) text += `${module === undefined ? "" : "\n"}# ${visible(origin.module)}\n`;
    module = origin.module;
    text += `${left(origin).padEnd(width)}  ${visible(whence(origin))}\n`;
  }
  return text;
}

function whence({ at, profile }: Origin): string {
  if (!at) return "implied";
  return `${at.file}:${at.line}${profile === undefined ? "" : ` (profile ${profile})`}`;
}

function shortened(value: string): string {
  const line = value.split("\n", 1)[0] ?? "";
  const short = line.length > 80 ? line.slice(0, 79) : line;
  return short === value ? value : `${short}…`;
}
