/**
 * Credentials from an external command (`users[].user.exec`): how it is started, and the meaning of its answer.
 * Supports `client.authentication.k8s.io` v1 and v1beta1. A plugin may ask its user where there is a terminal and its
 * `interactiveMode` allows it; otherwise its standard input is empty. Its standard output is secret and never shown.
 */
import { Failure } from "../../diag/failure.ts";
import type { Access } from "./access.ts";
import { type ExecEntry, entryPath } from "./kubeconfig.ts";

export interface PluginCommand {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Whether it gets the terminal, to ask its user there. */
  readonly interactive: boolean;
  /** The context that it is for, for messages. */
  readonly context: string;
  /** The plugin's name in the kubeconfig. */
  readonly plugin: string;
}

type PluginResult =
  | { readonly kind: "exited"; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "killed"; readonly signal: string; readonly stderr: string }
  | { readonly kind: "missing" };

/** Starts the command. Rejects with the signal's reason when cancelled. */
export type RunPlugin = (command: PluginCommand, signal: AbortSignal) => Promise<PluginResult>;

/** The means to run plugins. */
export interface PluginHost {
  readonly run: RunPlugin;
  /** Whether a plugin could ask its user now. */
  hasTerminal(): boolean;
}

export interface PluginCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since the epoch; absent: lasts as long as the process. */
  readonly expires?: number;
}

const group = "client.authentication.k8s.io";
const versions = [`${group}/v1`, `${group}/v1beta1`];

/** @throws Failure where the command is missing, fails, or answers with something else than a credential */
export async function runExecPlugin(
  exec: ExecEntry,
  file: string,
  access: Access,
  host: PluginHost,
  signal: AbortSignal,
): Promise<PluginCredential> {
  const apiVersion = exec.apiVersion ?? "";
  if (!versions.includes(apiVersion))
    throw new Failure(
      `the exec plugin in ${file} asks for ${apiVersion || "no apiVersion"}; known are ${versions.join(" and ")}`,
    );
  if (!exec.command) throw new Failure(`the exec plugin in ${file} names no command`);
  // A name without a slash is looked up on PATH; a path is relative to the kubeconfig.
  const binary = exec.command.includes("/") ? entryPath(file, exec.command) : exec.command;
  const interactive = isInteractive(exec, access, host);
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive, ...clusterInfo(exec, access) } };
  const env = Object.fromEntries((exec.env ?? []).map((e) => [e.name, e.value]));
  const result = await host.run(
    {
      argv: [binary, ...(exec.args ?? [])],
      env: { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      interactive,
      context: access.context,
      plugin: exec.command,
    },
    signal,
  );
  const hint = exec.installHint ? { suggestion: exec.installHint.trim().split("\n")[0] as string } : {};
  if (result.kind === "missing")
    throw new Failure({
      severity: "error",
      message: `the credential plugin ${exec.command} of the context "${access.context}" was not found`,
      suggestion: `install ${exec.command}, or put it on PATH`,
      ...hint,
    });
  if (result.kind === "killed" || result.code !== 0)
    throw new Failure({
      severity: "error",
      message: `the credential plugin ${exec.command} of the context "${access.context}" ${result.kind === "killed" ? `was ended by ${result.signal}` : `failed with exit code ${result.code}`}`,
      details: result.stderr.trim().split("\n").slice(-20),
      ...hint,
    });
  return readAnswer(result.stdout, exec.command, apiVersion);
}

/** @throws Failure where the plugin must ask its user and cannot, or has an invalid `interactiveMode` */
function isInteractive({ command, interactiveMode = "" }: ExecEntry, access: Access, host: PluginHost): boolean {
  const plugin = `the credential plugin ${command} of the context "${access.context}"`;
  switch (interactiveMode) {
    case "Never":
      return false;
    case "":
    case "IfAvailable":
      return host.hasTerminal();
    case "Always":
      if (host.hasTerminal()) return true;
      throw new Failure(`${plugin} always asks its user (interactiveMode: Always), and there is no terminal`);
    default:
      throw new Failure(`${plugin} has interactiveMode ${interactiveMode}; known are Never, IfAvailable and Always`);
  }
}

function readAnswer(text: string, command: string, apiVersion: string): PluginCredential {
  let answer: { apiVersion?: string; kind?: string; status?: Record<string, unknown> | null };
  try {
    answer = JSON.parse(text);
    if (typeof answer !== "object" || answer === null) throw new SyntaxError("no object");
  } catch {
    throw new Failure(`the credential plugin ${command} did not print a JSON ExecCredential`);
  }
  if (answer.kind !== "ExecCredential" || answer.apiVersion !== apiVersion)
    throw new Failure(
      `the credential plugin ${command} printed ${answer.apiVersion ?? "?"} ${answer.kind ?? "?"}, not ${apiVersion} ExecCredential`,
    );
  const field = (name: string) => {
    const value = answer.status?.[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const [token, cert, key] = [field("token"), field("clientCertificateData"), field("clientKeyData")];
  const expirationTimestamp = field("expirationTimestamp");
  if (!token && !(cert && key))
    throw new Failure(`the credential plugin ${command} gave neither a token nor a client certificate`);
  const expires = expirationTimestamp ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    ...(token ? { token } : {}),
    ...(cert && key ? { cert, key } : {}),
    ...(Number.isNaN(expires) ? {} : { expires }),
  };
}

function clusterInfo(exec: ExecEntry, access: Access): { cluster?: Record<string, unknown> } {
  if (!exec.provideClusterInfo) return {};
  return {
    cluster: {
      server: access.server,
      ...(access.serverName ? { "tls-server-name": access.serverName } : {}),
      ...(access.insecure ? { "insecure-skip-tls-verify": true } : {}),
      ...(access.ca ? { "certificate-authority-data": Buffer.from(access.ca).toString("base64") } : {}),
      ...(access.proxyUrl ? { "proxy-url": access.proxyUrl } : {}),
      config: access.pluginConfig ?? null,
    },
  };
}
