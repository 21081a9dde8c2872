/**
 * Makes a `Cluster` from a kubeconfig, or from inside a pod where there is none. Only files are read: no request is
 * sent and no plugin is started before the first request, so that a command without need of a cluster pays nothing.
 */
import { Failure } from "../../diag/failure.ts";
import { type Clock, systemClock } from "../../std/clock.ts";
import type { Cluster } from "../cluster.ts";
import { type Access, accessOf, podAccess } from "./access.ts";
import { credentialSource } from "./credential.ts";
import type { RunPlugin } from "./exec-plugin.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
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
    endpoint,
    fetch: (path, request = {}) => send(path, request),
  };
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
