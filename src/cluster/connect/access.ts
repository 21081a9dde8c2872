/**
 * The meaning of a context: the server, how it is trusted, and the user's credentials. Resolves a loaded kubeconfig, or
 * the configuration that a pod finds in itself. Secrets are not read here, but in `credential.ts`.
 */

import { X509Certificate } from "node:crypto";
import { Failure } from "../../diag/failure.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { type ClusterEntry, type Entry, entryPath, type Kubeconfig, type UserEntry } from "./kubeconfig.ts";

export interface Access {
  readonly context: string;
  readonly namespace: string;
  /** Without a trailing slash. */
  readonly server: string;
  /** PEM text. */
  readonly ca?: string;
  readonly serverName?: string;
  readonly insecure: boolean;
  readonly proxyUrl?: string;
  /** The cluster's configuration for exec plugins; absent where it has none. */
  readonly pluginConfig?: unknown;
  /** With the file that relative paths belong to. */
  readonly user: Entry<UserEntry>;
  /** The user's name in its file; empty where there is none. */
  readonly userName: string;
}

/** The name of the extension whose value plugins with `provideClusterInfo` get. */
const pluginExtension = "client.authentication.k8s.io/exec";

const podFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The access of `context`, or of the current one.
 * @throws Failure naming the files where the context, its cluster or its user is missing or unusable
 */
export async function accessOf(config: Kubeconfig, context: string | undefined): Promise<Access> {
  const name = context || config.currentContext;
  const files = config.files.join(", ");
  if (!name)
    throw new Failure({
      severity: "error",
      message: `no current context is set in ${files}`,
      suggestion: "choose one with --kube-context or `kubectl config use-context`",
    });
  const entry = config.contexts.get(name);
  if (!entry) throw missing("context", name, config.contexts.keys(), files);
  const clusterName = entry.value.cluster ?? "";
  if (clusterName === "") throw new Failure(`the context "${name}" in ${entry.file} names no cluster`);
  const cluster = config.clusters.get(clusterName);
  if (!cluster) throw missing("cluster", clusterName, config.clusters.keys(), files, name);
  const userName = entry.value.user ?? "";
  const user = config.users.get(userName);
  // As in kubectl, a context without a user is anonymous, but an unknown user's name is an error.
  if (!user && userName !== "") throw missing("user", userName, config.users.keys(), files, name);
  const { server, "tls-server-name": serverName, "proxy-url": proxyUrl } = cluster.value;
  if (!server || !isAddress(server))
    throw new Failure(
      `cluster "${clusterName}" in ${cluster.file} has ${server ? `no usable server: ${server}` : "no server"}`,
    );
  const insecure = cluster.value["insecure-skip-tls-verify"] === true;
  const ca = await authority(cluster);
  const place = `cluster "${clusterName}" in ${cluster.file}`;
  // As kubectl: which of the two was meant cannot be told, and one of them trusts anybody.
  if (ca !== undefined && insecure)
    throw new Failure(`${place} has both a certificate authority and insecure-skip-tls-verify`);
  if (ca !== undefined) checkCertificate(ca, `the certificate authority of ${place}`);
  const pluginConfig = cluster.value.extensions?.find(({ name }) => name === pluginExtension)?.extension;
  return {
    context: name,
    namespace: entry.value.namespace || "default",
    server: server.replace(/\/+$/, ""),
    insecure,
    user: user ?? { file: entry.file, value: {} },
    userName,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName ? { serverName } : {}),
    ...(proxyUrl ? { proxyUrl } : {}),
    ...(pluginConfig === undefined ? {} : { pluginConfig }),
  };
}

/** Only http addresses: the runtime's `fetch` would also read `file:` and `data:` URLs. */
function isAddress(server: string): boolean {
  return URL.canParse(server) && ["https:", "http:"].includes(new URL(server).protocol);
}

/** The access of the pod that devloop runs in, or undefined outside of a pod. */
export async function podAccess(env: Readonly<Record<string, string | undefined>>): Promise<Access | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const tokenFile = `${podFolder}/token`;
  if (!host || !port || !(await Bun.file(tokenFile).exists())) return undefined;
  const namespace = Bun.file(`${podFolder}/namespace`);
  return {
    context: "in-cluster",
    namespace: (await namespace.exists()) ? (await namespace.text()).trim() : "default",
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca: await Bun.file(`${podFolder}/ca.crt`).text(),
    insecure: false,
    user: { file: tokenFile, value: { tokenFile } },
    userName: "",
  };
}

/** Text of a file or of base64 data in the kubeconfig; data wins, as in kubectl. */
export async function pem(
  data: string | undefined,
  path: string | undefined,
  file: string,
): Promise<string | undefined> {
  if (data) return Buffer.from(data, "base64").toString("utf8");
  if (!path) return undefined;
  const full = entryPath(file, path);
  try {
    return await Bun.file(full).text();
  } catch {
    throw new Failure(`cannot read ${full}, named in the kubeconfig ${file}`);
  }
}

/** The runtime would only say that a socket could not be opened. @throws Failure where the text is no certificate */
export function checkCertificate(text: string, what: string): void {
  try {
    new X509Certificate(text);
  } catch {
    throw new Failure(
      `${what} is no certificate: PEM text is expected, and base64 of it in a field that ends in -data`,
    );
  }
}

function authority(cluster: Entry<ClusterEntry>): Promise<string | undefined> {
  const { "certificate-authority-data": data, "certificate-authority": path } = cluster.value;
  return pem(data, path, cluster.file);
}

function missing(what: string, name: string, known: Iterable<string>, files: string, context?: string): Failure {
  const names = [...known];
  const near = closest(name, names);
  const of = context === undefined ? "" : ` of the context "${context}"`;
  return new Failure({
    severity: "error",
    message: `the ${what} "${name}"${of} is not in ${files}`,
    // A context's cluster is often called as the context is: what is meant has to be said.
    suggestion: near
      ? `did you mean ${context === undefined ? near : `the ${what} ${near}`}?`
      : `there are: ${names.slice(0, 20).join(", ") || "none"}`,
  });
}
