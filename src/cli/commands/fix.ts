/**
 * `devloop fix`: the config in the newest version, comments and order kept. Without a flag the text goes to standard
 * output and no file changes. The changes are listed on standard error. An error that no rewrite repairs is reported
 * with its place in the new text; the text is written nevertheless, and the exit code is 1.
 */
import { relative } from "node:path";
import type { Invocation, Run } from "../../command/command.ts";
import { complain } from "../../command/complain.ts";
import { type ConfigText, configText } from "../../command/config-text.ts";
import { usageError } from "../../command/usage.ts";
import { writeResult } from "../../command/write-result.ts";
import { readDocuments } from "../../config/load/documents.ts";
import type { Change } from "../../config/upgrade/change.ts";
import { type Fixed, fixText } from "../../config/upgrade/fix.ts";
import { apiVersion, newest, unknownVersion, versionOf } from "../../config/upgrade/versions.ts";
import { Source } from "../../config/yaml/source.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { exitCode } from "../../diag/exit.ts";
import { Failure } from "../../diag/failure.ts";

export const run: Run = async (invocation) => {
  const { flags, stdout, stderr } = invocation;
  const [overwrite, output, wanted] = [flags.bool("overwrite"), flags.text("output"), flags.text("version")];
  if (overwrite && output !== undefined)
    return usageError(invocation, "--overwrite and --output cannot be used together");
  const to = wanted === undefined ? newest : versionOf(wanted);
  if (to === undefined) {
    const { message, suggestion } = unknownVersion(wanted ?? "");
    return usageError(invocation, message, suggestion);
  }
  const config = await configText(invocation);
  const fixed = fixText(config.text, config.shown, to);
  const errors = fixed.diagnostics.filter(({ severity }) => severity === "error");
  if (errors[0]) throw new Failure(errors[0], ...errors.slice(1));
  complain(invocation, fixed.diagnostics);

  if (fixed.changes.length === 0) stderr.write(`config is already version ${apiVersion(to)}: ${config.shown}\n`);
  for (const change of fixed.changes) stderr.write(`${changeLine(change)}\n`);
  const written = (file: string) =>
    stdout.write(`New config at version ${apiVersion(to)} generated and written to ${file}\n`);
  if (overwrite) {
    if (await overwriteWith(fixed, config, invocation)) written(config.shown);
  } else if (output !== undefined) {
    await writeResult(output, fixed.text);
    written(output);
  } else stdout.write(fixed.text);

  const left = to === newest ? leftOver(fixed.text, output ?? `${config.shown}${overwrite ? "" : " (fixed)"}`) : [];
  complain(invocation, left);
  return left.length > 0 ? exitCode.failed : exitCode.ok;
};

/**
 * The old text is kept beside the new one, under the reference tool's name for it.
 * @returns whether anything was written
 */
async function overwriteWith({ text, changes }: Fixed, config: ConfigText, invocation: Invocation): Promise<boolean> {
  if (config.file === "-" || config.file.includes("://"))
    throw new Failure({
      severity: "error",
      message: `${config.shown} cannot be overwritten`,
      suggestion: "write to a file with --output",
    });
  if (changes.length === 0) return false;
  const backup = `${config.file}.v2`;
  await writeResult(backup, config.text);
  await writeResult(config.file, text);
  invocation.stderr.write(`the old text is in ${relative(invocation.cwd, backup)}\n`);
  return true;
}

/** For example `skaffold.yaml:7:3: deploy.kubectl.manifests -> manifests.rawYaml`. */
function changeLine({ at, from, to, kind }: Change): string {
  const what =
    from === undefined
      ? `${to} is written now`
      : to === undefined
        ? `${from} is left out`
        : from === to
          ? `${from} is ${kind}`
          : `${from} -> ${to}${kind === "copied" ? " (copied)" : ""}`;
  return `${at.file}:${at.line}:${at.column}: ${what}`;
}

/** Errors that the new text still has. */
function leftOver(text: string, shown: string): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  readDocuments(new Source(shown, shown, text), (d) => found.push(d));
  return found.filter(({ severity }) => severity === "error");
}
