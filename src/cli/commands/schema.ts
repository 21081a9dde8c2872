/**
 * `devloop schema list` and `devloop schema get [VERSION]`: the supported versions of skaffold.yaml, and the JSON
 * schema of one, for editors.
 */

import type { Run } from "../../command/command.ts";
import { usageError } from "../../command/usage.ts";
import { jsonSchema } from "../../config/schema/json-schema.ts";
import { apiVersion, newest, unknownVersion, versionOf, versions } from "../../config/upgrade/versions.ts";
import { exitCode } from "../../diag/exit.ts";

export const run: Run = async (invocation) => {
  const { args, flags, stdout } = invocation;
  const [action, wanted] = args;
  if (action === "list" && wanted === undefined) {
    const list = versions.map(apiVersion);
    stdout.write(flags.text("output") === "json" ? `${JSON.stringify({ versions: list })}\n` : `${list.join("\n")}\n`);
    return exitCode.ok;
  }
  if (action !== "get")
    return usageError(invocation, `no such way to call it: ${args.join(" ")}`, "use schema list or schema get VERSION");
  const version = versionOf(wanted ?? newest);
  if (version === undefined) {
    const { message, suggestion } = unknownVersion(wanted ?? "");
    return usageError(invocation, message, suggestion);
  }
  stdout.write(`${JSON.stringify(jsonSchema(version), null, 2)}\n`);
  return exitCode.ok;
};
