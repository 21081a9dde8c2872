/**
 * The secrets of a build's pod. A secret made from a file of this machine exists as long as builds of this process use
 * it, and never replaces another one; a secret that is only named must exist and is not changed.
 * The content of a secret decides its use: a Docker config is mounted where the executor expects one, anything else
 * counts as the key of a Google service account, as in the reference tool.
 */
import { readFile } from "node:fs/promises";
import type { Cluster, KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { getObject } from "../../cluster/objects/objects.ts";
import type { ClusterBuild } from "../../config/project.ts";
import { Failure } from "../../diag/failure.ts";
import { isJsonRecord, type Json } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import { fileErrorWords } from "../../std/file-error.ts";
import { randomHex } from "../../std/random.ts";
import type { BuildCluster } from "../builder.ts";
import type { MountedSecret, PodSecrets } from "./pod.ts";

const googleKey = "kaniko-secret";
const dockerKey = "config.json";

/** The secrets that builds of this process use now. */
export class SecretHolds {
  readonly #held = new Map<string, { users: number; readonly made: Promise<AsyncDisposable> }>();

  /**
   * @returns what the pod mounts; disposing the stack releases it
   * @throws Failure where a secret is missing, its file cannot be read, or another secret has its name
   */
  async secretsOf(
    details: ClusterBuild,
    at: BuildCluster,
    namespace: string,
    stack: AsyncDisposableStack,
    signal: AbortSignal,
  ): Promise<PodSecrets> {
    const { pullSecretName, pullSecretPath, randomPullSecret, dockerConfig, randomDockerConfigSecret } = details;
    const use = (name: string, path: string | undefined, random: boolean, key: string, field: string) =>
      path === undefined
        ? existing(at.cluster, namespace, name, key, field, signal)
        : this.#fromFile(
            at,
            { namespace, name: random ? `${name}-${randomHex(4)}` : name, path, key, field },
            stack,
            signal,
          );
    const config =
      dockerConfig &&
      (await use(dockerConfig.secretName, dockerConfig.path, randomDockerConfigSecret, dockerKey, "dockerConfig"));
    const pull =
      pullSecretName === undefined
        ? undefined
        : await use(pullSecretName, pullSecretPath, randomPullSecret, googleKey, "pullSecretName");
    return {
      ...optional("google", pull && !pull.isDocker ? mounted(pull) : undefined),
      ...optional("docker", config ? mounted(config) : pull?.isDocker ? mounted(pull) : undefined),
    };
  }

  async #fromFile(
    at: BuildCluster,
    { namespace, name, path, key, field }: Wanted,
    stack: AsyncDisposableStack,
    signal: AbortSignal,
  ): Promise<Used> {
    const bytes = await readFile(path).catch((thrown: unknown) => {
      throw new Failure({
        severity: "error",
        message: `cannot read ${path} for the secret ${name}: ${fileErrorWords(thrown)}`,
        suggestion: `build.cluster.${field === "dockerConfig" ? "dockerConfig.path" : "pullSecretPath"} names the file`,
      });
    });
    const data = bytes.toString("base64");
    const id = JSON.stringify([at.cluster.endpoint.url, namespace, name, data]);
    const held = this.#held.get(id) ?? { users: 0, made: makeSecret(at, { namespace, name, key, data }, signal) };
    held.users++;
    this.#held.set(id, held);
    stack.defer(async () => {
      if (--held.users > 0) return;
      this.#held.delete(id);
      await (await held.made.catch(() => undefined))?.[Symbol.asyncDispose]();
    });
    await held.made;
    return { name, key, isDocker: isDockerConfig(bytes.toString()) };
  }
}

interface Wanted {
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly key: string;
  readonly field: string;
}

type Used = MountedSecret & { readonly isDocker: boolean };

function mounted({ name, key }: Used): MountedSecret {
  return { name, key };
}

const nothing: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };

/** An existing secret of the same name and content is used. */
async function makeSecret(
  at: BuildCluster,
  { namespace, name, key, data }: { namespace: string; name: string; key: string; data: string },
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const ref: ObjectRef = { apiVersion: "v1", kind: "Secret", namespace, name };
  const { apiVersion, kind } = ref;
  const labels = { "skaffold-kaniko": "skaffold-kaniko" };
  if (await isThere(at.cluster, ref, key, data, signal)) return nothing;
  try {
    const secret = { apiVersion, kind, metadata: { name, namespace, labels }, type: "Opaque", data: { [key]: data } };
    return await at.make(secret, signal);
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.code !== 409) throw thrown;
    // Another process has made it meanwhile.
    if (await isThere(at.cluster, ref, key, data, signal)) return nothing;
    throw thrown;
  }
}

/**
 * A user who may not read secrets learns of an existing one by making it.
 * @throws Failure where another secret has the name
 */
async function isThere(
  cluster: Cluster,
  ref: ObjectRef,
  key: string,
  data: string,
  signal: AbortSignal,
): Promise<boolean> {
  const there = await getObject(cluster, ref, signal).catch((thrown: unknown) => {
    if (thrown instanceof ApiError && thrown.code === 403) return undefined;
    throw thrown;
  });
  if (there === undefined || dataOf(there)[key] === data) return there !== undefined;
  throw new Failure({
    severity: "error",
    message: `there is another secret ${ref.name} in the namespace ${ref.namespace} already`,
    suggestion: `leave its path out to use the one that is there, or give each run its own: ${key === dockerKey ? "randomDockerConfigSecret" : "randomPullSecret"}: true`,
  });
}

async function existing(
  cluster: Cluster,
  namespace: string,
  name: string,
  key: string,
  field: string,
  signal: AbortSignal,
): Promise<Used> {
  const ref: ObjectRef = { apiVersion: "v1", kind: "Secret", namespace, name };
  let secret: KubeObject | undefined;
  try {
    secret = await getObject(cluster, ref, signal);
  } catch (thrown) {
    // A user who may not read secrets may still build with them: the kubelet reports a missing one.
    if (!(thrown instanceof ApiError) || thrown.code !== 403) throw thrown;
    return { name, key, isDocker: key === dockerKey };
  }
  if (secret === undefined)
    throw new Failure({
      severity: "error",
      message: `there is no secret ${name} in the namespace ${namespace}, which build.cluster.${field} names`,
      suggestion: `make it there, or name the file that it is made from: ${field === "dockerConfig" ? "dockerConfig.path" : "pullSecretPath"}`,
    });
  const data = dataOf(secret);
  const config = [".dockerconfigjson", dockerKey].find((one) => data[one] !== undefined);
  if (config !== undefined) return { name, key: config, isDocker: true };
  const keys = Object.keys(data);
  return {
    name,
    key: data[key] === undefined && keys.length === 1 ? (keys[0] as string) : key,
    isDocker: key === dockerKey,
  };
}

function dataOf(secret: KubeObject | undefined): Readonly<Record<string, string>> {
  return secret?.data ?? {};
}

function isDockerConfig(text: string): boolean {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonRecord(value) && ["auths", "credHelpers", "credsStore"].some((key) => value[key] !== undefined);
  } catch {
    return false;
  }
}
