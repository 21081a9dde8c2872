/** Which secrets a build's pod mounts: made from files for as long as builds use them, or there already and left alone. */
import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildCluster } from "../../../src/build/builder.ts";
import { SecretHolds } from "../../../src/build/kaniko/secrets.ts";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { refOf } from "../../../src/cluster/objects/resources.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";
import { kanikoArtifact } from "./kaniko-artifact.ts";

const signal = new AbortController().signal;

const secret = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: "builds" },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, btoa(value)])),
});

/** @param files beside the configuration */
async function opened(cluster: string, files: Readonly<Record<string, string>> = {}) {
  const it = await kanikoArtifact("", cluster);
  for (const [name, text] of Object.entries(files)) await writeFile(join(it.root, name), text);
  const at = new MemoryCluster();
  const made: string[] = [];
  const there: Pick<BuildCluster, "cluster" | "make"> = {
    cluster: at.cluster,
    make: async (object) => {
      made.push(object.metadata.name);
      const { metadata } = at.set(object);
      return { uid: metadata.uid ?? "", [Symbol.asyncDispose]: async () => at.remove(refOf(object)) };
    },
  };
  const holds = new SecretHolds();
  const details = it.module.build.cluster;
  if (details === undefined) throw new Error("nothing is built in the cluster");
  return {
    at,
    made,
    use: (stack: AsyncDisposableStack) => holds.secretsOf(details, there as BuildCluster, "builds", stack, signal),
    [Symbol.asyncDispose]: () => it[Symbol.asyncDispose](),
  };
}

const name = (at: MemoryCluster, of: string) =>
  at.get({ apiVersion: "v1", kind: "Secret", namespace: "builds", name: of });

test("none where none is named, and nothing is asked for", async () => {
  await using it = await opened("");
  await using stack = new AsyncDisposableStack();
  expect(await it.use(stack)).toEqual({});
  expect(it.at.asked).toEqual([]);
});

test("from files: made once for builds that use them together, gone with the last one", async () => {
  await using it = await opened("pullSecretPath: key.json, dockerConfig: {path: config.json}", {
    "key.json": '{"type": "service_account"}',
    "config.json": '{"auths": {}}',
  });
  const [one, two] = [new AsyncDisposableStack(), new AsyncDisposableStack()];
  const wanted = {
    google: { name: "kaniko-secret", key: "kaniko-secret" },
    docker: { name: "docker-cfg", key: "config.json" },
  };
  expect(await Promise.all([it.use(one), it.use(two)])).toEqual([wanted, wanted]);
  expect(it.made.toSorted()).toEqual(["docker-cfg", "kaniko-secret"]);
  expect(name(it.at, "docker-cfg")?.data).toEqual({ "config.json": btoa('{"auths": {}}') });
  await one.disposeAsync();
  expect(name(it.at, "kaniko-secret")).toBeDefined();
  await two.disposeAsync();
  expect(name(it.at, "kaniko-secret")).toBeUndefined();
  expect(name(it.at, "docker-cfg")).toBeUndefined();
});

test("with names of their own for each build", async () => {
  await using it = await opened("pullSecretPath: key.json, randomPullSecret: true", { "key.json": "{}" });
  await using stack = new AsyncDisposableStack();
  const [one, two] = [await it.use(stack), await it.use(stack)];
  expect(one.google?.name).toMatch(/^kaniko-secret-[0-9a-f]{8}$/);
  expect(two.google?.name).not.toBe(one.google?.name);
});

test.each<[what: string, data: Record<string, string>, wanted: object]>([
  ["a service account's key", { "kaniko-secret": "{}" }, { google: { name: "s", key: "kaniko-secret" } }],
  ["a key under another name", { "key.json": "{}" }, { google: { name: "s", key: "key.json" } }],
  [
    "what kubectl makes for a registry",
    { ".dockerconfigjson": "{}" },
    { docker: { name: "s", key: ".dockerconfigjson" } },
  ],
  ["a Docker config", { "config.json": "{}" }, { docker: { name: "s", key: "config.json" } }],
])("a pull secret that is only named is used for what it holds: %s", async (_what, data, wanted) => {
  await using it = await opened("pullSecretName: s");
  it.at.set(secret("s", data));
  const stack = new AsyncDisposableStack();
  expect(await it.use(stack)).toEqual(wanted);
  await stack.disposeAsync();
  expect(it.made).toEqual([]);
  expect(name(it.at, "s")).toBeDefined();
});

test("one that is not there, a file that is not there, another one of the name: errors that name the field", async () => {
  await using stack = new AsyncDisposableStack();
  await using missing = await opened("dockerConfig: {secretName: s}");
  expect(missing.use(stack)).rejects.toThrow(
    "there is no secret s in the namespace builds, which build.cluster.dockerConfig names",
  );
  await using unread = await opened("pullSecretPath: none.json");
  expect(unread.use(stack)).rejects.toThrow(/cannot read .*none\.json for the secret kaniko-secret: no such file/);
  await using foreign = await opened("pullSecretPath: key.json", { "key.json": "{}" });
  foreign.at.set(secret("kaniko-secret", { "kaniko-secret": "another" }));
  expect(foreign.use(stack)).rejects.toThrow("there is another secret kaniko-secret");
  await foreign.use(stack).catch(() => undefined);
  expect(foreign.made).toEqual([]);
});

test("one of the same content will do, and is left alone", async () => {
  await using it = await opened("pullSecretPath: key.json", { "key.json": "{}" });
  it.at.set(secret("kaniko-secret", { "kaniko-secret": "{}" }));
  const stack = new AsyncDisposableStack();
  expect(await it.use(stack)).toEqual({ google: { name: "kaniko-secret", key: "kaniko-secret" } });
  await stack.disposeAsync();
  expect(it.made).toEqual([]);
  expect(name(it.at, "kaniko-secret")).toBeDefined();
});

test("who may not read secrets builds with them all the same", async () => {
  await using it = await opened("pullSecretName: s");
  it.at.override = (asked) => (asked.includes("/secrets/") ? refusal(403, "Forbidden", "no") : undefined);
  await using stack = new AsyncDisposableStack();
  expect(await it.use(stack)).toEqual({ google: { name: "s", key: "kaniko-secret" } });
});
