/** Starts a credential plugin as a process of the process layer, and nothing else. */
import { run } from "../../tool/process/run.ts";
import type { RunPlugin } from "./exec-plugin.ts";

export const pluginProcess: RunPlugin = async (command, signal) => {
  const finished = await run({ argv: command.argv, env: command.env }, signal);
  if (finished.kind === "missing") return { kind: "missing" };
  if (finished.kind === "cancelled") throw signal.reason;
  const code = finished.kind === "exited" ? finished.code : -1;
  return { kind: "exited", code, stdout: finished.stdout, stderr: finished.stderr };
};
