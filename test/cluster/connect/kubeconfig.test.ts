import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { parse, stringify, type ToStringOptions } from "yaml";
import { accessOf } from "../../../src/cluster/connect/access.ts";
import { connect } from "../../../src/cluster/connect/connect.ts";
import { currentContext, kubeconfigFiles, loadKubeconfig } from "../../../src/cluster/connect/kubeconfig.ts";
import type { Failure } from "../../../src/diag/failure.ts";
import { makeAuthority } from "../../rig/authority.ts";

let folder = "";
let authority = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devloop-kubeconfig-"));
  await mkdir(join(folder, "pki"));
  authority = (await makeAuthority(join(folder, "pki"))).cert;
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: object | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === "string" ? content : stringify(content));
  return path;
}

function config(name: string, cluster: object = {}, user: object = {}, more: object = {}) {
  return {
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server: `https://${name}.example.com`, ...cluster } }],
    users: [{ name, user }],
    ...more,
  };
}

async function failure(work: Promise<unknown>): Promise<Failure> {
  return (await work.then(
    () => new Error("no failure"),
    (thrown) => thrown,
  )) as Failure;
}

test("whatever the values are and however they are quoted, they are read as the YAML library reads them", async () => {
  const word = fc.oneof(
    fc.string(),
    fc.base64String({ maxLength: 300 }),
    fc.constantFrom("0123", "0x1f", "1e3", "yes", "on", "~", "null", "true", "2024-01-01", "- a", "a: b", "a #b", "<<"),
    fc.constantFrom("*a", "&a", "!x", "%p", "@at", "two\nlines\n", "\ttab", " before", "after ", "---", "12:30", "\\n"),
  );
  const style = fc.record({
    defaultStringType: fc.constantFrom("PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE", "BLOCK_LITERAL", "BLOCK_FOLDED"),
    lineWidth: fc.constantFrom(0, 40, 80),
    indentSeq: fc.boolean(),
    collectionStyle: fc.constantFrom("any", "block", "flow"),
  } as const);
  const user = fc.record({
    token: word,
    exec: fc.record({ args: fc.array(word, { minLength: 1 }), provideClusterInfo: fc.boolean() }),
  });
  await fc.assert(
    fc.asyncProperty(user, style, async (user, style) => {
      const text = stringify(config("a", {}, user), style satisfies ToStringOptions);
      const loaded = await loadKubeconfig(await file("any", text), {});
      expect(loaded.users.get("a")?.value).toEqual(parse(text).users[0].user);
    }),
    { numRuns: 500 },
  );
});

describe("which files count", () => {
  test("the flag alone, else the list, else the home", () => {
    expect(kubeconfigFiles("/x", { KUBECONFIG: "/a:/b" })).toEqual(["/x"]);
    expect(kubeconfigFiles(undefined, { KUBECONFIG: "/a:/b::/a" })).toEqual(["/a", "/b"]);
    expect(kubeconfigFiles(undefined, { KUBECONFIG: "", HOME: "/home/u" })).toEqual(["/home/u/.kube/config"]);
  });

  test("the first file that names an entry wins as a whole, and absent files of a list are passed over", async () => {
    const first = await file("first", {
      ...config("one"),
      "current-context": "one",
      users: [{ name: "shared", user: { token: "first" } }],
    });
    const second = await file("second", {
      ...config("two"),
      "current-context": "two",
      users: [{ name: "shared", user: { token: "second", as: "x" } }],
    });
    const loaded = await loadKubeconfig(undefined, { KUBECONFIG: `${folder}/none:${first}:${second}` });
    expect(loaded.files).toEqual([first, second]);
    expect(loaded.currentContext).toBe("one");
    expect([...loaded.contexts.keys()]).toEqual(["one", "two"]);
    expect(loaded.users.get("shared")).toEqual({ file: first, value: { token: "first" } });
  });

  test("a file that the flag names must be there; a broken one is shown at its place", async () => {
    const absent = await failure(loadKubeconfig(join(folder, "none"), {}));
    expect(absent.message).toBe(`cannot read the kubeconfig ${folder}/none: there is no such file`);
    const broken = await failure(loadKubeconfig(await file("broken", "clusters:\n  - name: [\n"), {}));
    expect(broken.diagnostics[0]?.at).toMatchObject({ file: join(folder, "broken"), line: 3 });
    expect((await failure(loadKubeconfig(await file("list", "- a\n"), {}))).message).toContain("is not a kubeconfig");
  });
});

describe("the current context's name alone", () => {
  test.each([
    ["plain", "current-context: dev\n"],
    ["with spaces behind", "apiVersion: v1\ncurrent-context: kind-dev  \nkind: Config\n"],
    ["quoted", 'current-context: "a b"\n'],
    ["JSON", '{"current-context": "json"}'],
    ["of a cloud", "current-context: arn:aws:eks:eu-west-1:1:cluster/x\n"],
    ["empty", 'current-context: ""\n'],
    ["none", "kind: Config\n"],
  ])("%s: as the whole file says", async (name, text) => {
    const path = await file(`current-${name}`, text);
    expect(await currentContext(path, {})).toBe((await loadKubeconfig(path, {})).currentContext);
  });
});

describe("what a context means", () => {
  test("server, authority from a file beside the kubeconfig, name and proxy", async () => {
    const cluster = {
      server: "https://x.example.com:6443/",
      "certificate-authority": "pki/ca.pem",
      "tls-server-name": "inner",
      "proxy-url": "http://proxy:3128",
    };
    const loaded = await loadKubeconfig(await file("full", config("x", cluster)), {});
    expect(await accessOf(loaded, "x")).toMatchObject({
      server: "https://x.example.com:6443",
      ca: authority,
      serverName: "inner",
      proxyUrl: "http://proxy:3128",
      insecure: false,
      namespace: "default",
    });
  });

  test("data wins over a file, and a file that is not there is named", async () => {
    const data = Buffer.from(`# from data\n${authority}`).toString("base64");
    const both = await loadKubeconfig(
      await file("both", config("x", { "certificate-authority": "none", "certificate-authority-data": data })),
      {},
    );
    expect((await accessOf(both, "x")).ca).toBe(`# from data\n${authority}`);
    const lost = await loadKubeconfig(await file("lost", config("x", { "certificate-authority": "none.pem" })), {});
    expect((await failure(accessOf(lost, "x"))).message).toBe(
      `cannot read ${folder}/none.pem, named in the kubeconfig ${folder}/lost`,
    );
  });

  test.each<[string, object, object, string]>([
    [
      "an authority that is none",
      { "certificate-authority-data": Buffer.from("abc").toString("base64") },
      {},
      'the certificate authority of cluster "x" in $FILE is no certificate: PEM text is expected, and base64 of it in a field that ends in -data',
    ],
    [
      "an authority, and none wanted",
      { "certificate-authority": "pki/ca.pem", "insecure-skip-tls-verify": true },
      {},
      'cluster "x" in $FILE has both a certificate authority and insecure-skip-tls-verify',
    ],
    [
      "a certificate alone",
      {},
      { "client-certificate": "pki/ca.pem" },
      'the user of the context "x" has a client certificate without its key',
    ],
    [
      "a key alone",
      {},
      { "client-key": "pki/ca.key" },
      'the user of the context "x" has a client key without its certificate',
    ],
    [
      "a client certificate that is none",
      {},
      { "client-certificate": "pki/ca.key", "client-key": "pki/ca.key" },
      'the client certificate of the user of the context "x" is no certificate: PEM text is expected, and base64 of it in a field that ends in -data',
    ],
    [
      "groups of nobody",
      {},
      { "as-groups": ["system:masters"] },
      'the user of the context "x" impersonates a uid, groups or extra values of nobody: "as" is missing',
    ],
    [
      "a proxy that is no address",
      { "proxy-url": "127.0.0.1" },
      {},
      'the proxy "127.0.0.1" cannot be used: it is no address',
    ],
  ])("%s is one clear failure", async (_what, cluster, user, message) => {
    const path = await file("refused", { ...config("x", cluster, user), "current-context": "x" });
    expect((await failure(connect({ kubeconfig: path, env: {} }))).message).toBe(message.replace("$FILE", path));
  });

  test("what is missing is named, with the nearest name", async () => {
    const path = await file("names", { ...config("kind-dev"), "current-context": "" });
    const loaded = await loadKubeconfig(path, {});
    const near = await failure(accessOf(loaded, "kind-dve"));
    expect(near.message).toBe(`the context "kind-dve" is not in ${path}`);
    expect(near.diagnostics[0]?.suggestion).toBe("did you mean kind-dev?");
    expect((await failure(accessOf(loaded, undefined))).message).toBe(`no current context is set in ${path}`);
    const clusters = [{ name: "file", cluster: { server: "https://x" } }];
    const other = { contexts: [{ name: "file", context: { cluster: "fill" } }], clusters, users: [] };
    const misspelt = await failure(accessOf(await loadKubeconfig(await file("misspelt", other), {}), "file"));
    expect(misspelt.message).toContain('the cluster "fill" of the context "file" is not in');
    expect(misspelt.diagnostics[0]?.suggestion).toBe("did you mean the cluster file?");
    const dangling = { contexts: [{ name: "c", context: { cluster: "gone", user: "u" } }], clusters: [], users: [] };
    const lost = await loadKubeconfig(await file("dangling", dangling), {});
    expect((await failure(accessOf(lost, "c"))).message).toContain('the cluster "gone" of the context "c" is not in');
    const bare = await file("bare", { contexts: [{ name: "c" }], clusters: [{ name: "x", cluster: {} }] });
    expect((await failure(accessOf(await loadKubeconfig(bare, {}), "c"))).message).toBe(
      `the context "c" in ${bare} names no cluster`,
    );
  });

  test("a name that only happens to be as short as another one is no near miss: every context is listed", async () => {
    const loaded = await loadKubeconfig(await file("short", config("file")), {});
    for (const wanted of ["live", "kind", "prod", "missing"])
      expect((await failure(accessOf(loaded, wanted))).diagnostics[0]?.suggestion).toBe("there are: file");
  });
});

describe("no cluster at all", () => {
  test("is one line that says where was looked", async () => {
    const none = await failure(connect({ env: { KUBECONFIG: join(folder, "none") } }));
    expect(none.message).toBe(`there is no cluster to use: no kubeconfig at ${folder}/none`);
    const empty = await file("empty", "");
    expect((await failure(connect({ env: { KUBECONFIG: empty } }))).message).toBe(
      `there is no cluster to use: ${empty} names no context`,
    );
  });

  test("a removed auth provider is said to be one", async () => {
    const path = await file("provider", config("x", {}, { "auth-provider": { name: "gcp" } }));
    const refused = await failure(connect({ kubeconfig: path, context: "x", env: {} }));
    expect(refused.message).toContain('uses the auth provider "gcp", which Kubernetes removed');
  });
});
