/**
 * Makes a `Cluster` from a kubeconfig, or from inside a pod where there is none. Only files are read: no request is
 * sent and no plugin is started before the first request, so that a command without need of a cluster pays nothing.
 */
import { Failure } from "../../diag/failure.ts";
import { type Clock, systemClock } from "../../std/clock.ts";
import { sha256 } from "../../std/data/digest.ts";
import { canonical } from "../../std/data/json.ts";
import type { Cluster } from "../cluster.ts";
import { type Access, accessOf, pem, podAccess } from "./access.ts";
import { credentialSource } from "./credential.ts";
import type { RunPlugin } from "./exec-plugin.ts";
import { loadKubeconfig, type UserEntry } from "./kubeconfig.ts";
import { type PluginMeans, pluginProcesses } from "./plugin-process.ts";
import { needsBridge, openBridge } from "./proxy-bridge.ts";
import { proxyFor } from "./proxy-env.ts";
import { type Limits, transport, usualLimits } from "./transport.ts";

export interface ConnectOptions {
  /** `--kubeconfig`. */
  readonly kubeconfig?: string | undefined;
  /** `--kube-context`; default: the current one. */
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Terminal and events for credential plugins. Default: no terminal, and no event. */
  readonly plugins?: Omit<PluginMeans, "clock">;
  /** Default: runs a process of the process layer. */
  readonly runPlugin?: RunPlugin;
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
}

/** @throws Failure where the configuration is missing, unreadable or names something that does not exist */
export async function connect(options: ConnectOptions): Promise<Cluster> {
  const access = await findAccess(options);
  const clock = options.clock ?? systemClock;
  const processes = pluginProcesses({ ...options.plugins, clock });
  const plugins = { ...processes, run: options.runPlugin ?? processes.run };
  const credentials = await credentialSource(access, plugins, clock);
  const wanted = access.proxyUrl ?? proxyFor(access.server, options.env);
  const proxy = wanted !== undefined && needsBridge(wanted) ? await openBridge(wanted) : wanted;
  const { endpoint, send } = transport(access, credentials, proxy, { ...usualLimits, ...options.limits }, clock);
  return {
    context: access.context,
    namespace: access.namespace,
    connection: await digestOf(access),
    endpoint,
    fetch: (path, request = {}) => send(path, request),
  };
}

/**
 * The `connection` that `connect` would give now: another one where the kubeconfig names another server, another
 * authority or other credentials. Undefined where it names no usable cluster; `connect` says why.
 */
export async function connectionOf(options: ConnectOptions): Promise<string | undefined> {
  try {
    return await digestOf(await findAccess(options));
  } catch (thrown) {
    if (thrown instanceof Failure) return undefined;
    throw thrown;
  }
}

/** The namespace is no part of a connection: a session stays where it began. */
async function digestOf({ namespace: _, context: __, ...access }: Access): Promise<string> {
  const { file, value } = access.user;
  const cert = await pem(value["client-certificate-data"], value["client-certificate"], file);
  const key = await pem(value["client-key-data"], value["client-key"], file);
  const user = { file, value: withoutTokens(value) };
  return sha256(canonical(JSON.parse(JSON.stringify({ ...access, user, cert, key }))));
}

/** Tokens that a login writes into the kubeconfig are renewed while a connection goes on. */
function withoutTokens({ "auth-provider": provider, ...user }: UserEntry): UserEntry {
  if (provider === undefined) return user;
  const { "id-token": _, "refresh-token": __, ...config } = provider.config ?? {};
  return { ...user, "auth-provider": { ...provider, config } };
}

async function findAccess(options: ConnectOptions): Promise<Access> {
  const config = await loadKubeconfig(options.kubeconfig, options.env);
  if (config.contexts.size > 0 || config.currentContext) return accessOf(config, options.context);
  const inPod = await podAccess(options.env);
  if (inPod && !options.context) return inPod;
  const where =
    config.files.length > 0
      ? `${config.files.join(", ")} names no context`
      : `no kubeconfig at ${config.candidates.join(", ")}`;
  throw new Failure({
    severity: "error",
    message: `there is no cluster to use: ${where}`,
    suggestion: "start a cluster, or name its kubeconfig with --kubeconfig",
  });
}
