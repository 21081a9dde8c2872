/** Where the engine listens, by the docker client's own rules: variables, contexts, the default. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { dockerDirectory, endpointUrl, engineEndpoint } from "../../../src/image/engine/endpoint.ts";
import { sha256 } from "../../../src/std/data/digest.ts";
import { configFolder } from "../../rig/config-files.ts";

const context = (name: string, docker: object) => ({
  [`contexts/meta/${sha256(name)}/meta.json`]: JSON.stringify({ Name: name, Endpoints: { docker } }),
});
const config = (name: unknown) => ({ "config.json": JSON.stringify({ currentContext: name }) });

async function endpoint(env: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}) {
  using made = configFolder(files);
  const found = await engineEndpoint({ DOCKER_CONFIG: made.folder, ...env }).then(
    (value) => ({ ...value, url: value.kind === "ssh" ? value.url : endpointUrl(value) }),
    (thrown: Error) => ({ failed: thrown.message.replace(made.folder, "$DIR") }),
  );
  return found as Record<string, unknown>;
}

describe("DOCKER_HOST", () => {
  test.each<[string, object]>([
    ["unix:///run/x.sock", { kind: "unix", path: "/run/x.sock", from: "DOCKER_HOST", url: "unix:///run/x.sock" }],
    ["tcp://h:1234", { kind: "tcp", host: "h", port: 1234, url: "tcp://h:1234" }],
    ["tcp://h", { kind: "tcp", host: "h", port: 2375 }],
    ["http://h", { kind: "tcp", host: "h", port: 2375 }],
    ["https://h", { kind: "tcp", host: "h", port: 2376, tls: { verify: true } }],
    ["tcp://[::1]:99", { kind: "tcp", host: "::1", port: 99, url: "tcp://[::1]:99" }],
    ["tcp://[fe80::1]", { kind: "tcp", host: "fe80::1", port: 2375, url: "tcp://[fe80::1]:2375" }],
    ["tcp://user:word@h:1234", { kind: "tcp", host: "h", port: 1234, url: "tcp://h:1234" }],
    ["127.0.0.1:1234", { kind: "tcp", host: "127.0.0.1", port: 1234 }],
    ["unix://", { kind: "unix", path: "/var/run/docker.sock" }],
    ["/run/x.sock", { failed: expect.stringContaining("cannot use the Docker engine at /run/x.sock") }],
    [
      "quic://user:word@h:1",
      { failed: expect.stringContaining("cannot use the Docker engine at quic://h:1 (from DOCKER_HOST)") },
    ],
    ["fd://", { failed: expect.stringContaining("cannot use the Docker engine at fd://") }],
    ["ssh://me@h", { kind: "ssh", host: "h", from: "DOCKER_HOST", url: "ssh://me@h" }],
    ["ssh://h:2222", { kind: "ssh", host: "h", url: "ssh://h:2222" }],
    ["ssh://me@[fe80::1]:22/run/x.sock", { kind: "ssh", host: "fe80::1" }],
    [
      "npipe:////./pipe/docker",
      { failed: expect.stringContaining("cannot use the Docker engine at npipe:////./pipe/docker (from DOCKER_HOST)") },
    ],
  ])("%s", async (host, expected) => {
    const { tls } = await endpoint({ DOCKER_HOST: host });
    expect(await endpoint({ DOCKER_HOST: host })).toMatchObject(expected);
    if (!host.startsWith("https")) expect(tls).toBeUndefined();
  });

  test("wins over every context", async () => {
    const env = { DOCKER_HOST: "unix:///a", DOCKER_CONTEXT: "b" };
    expect(await endpoint(env, { ...config("c"), ...context("b", { Host: "unix:///b" }) })).toMatchObject({
      path: "/a",
    });
  });
});

describe("TLS by the environment", () => {
  const pem = { "ca.pem": "CA", "cert.pem": "CERT", "key.pem": "KEY" };
  test.each<[Readonly<Record<string, string>>, object | undefined]>([
    [{}, undefined],
    [{ DOCKER_TLS_VERIFY: "1" }, { verify: true, ca: "CA", cert: "CERT", key: "KEY" }],
    [{ DOCKER_TLS: "1" }, { verify: false, ca: "CA", cert: "CERT", key: "KEY" }],
  ])("%j", async (env, tls) => {
    const found = await endpoint({ DOCKER_HOST: "tcp://h", ...env }, pem);
    expect(found.tls).toEqual(tls as never);
    expect(found.port).toBe(tls === undefined ? 2375 : 2376);
  });
});

describe("a context", () => {
  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, object]>([
    ["none at all", {}, {}, { path: "/var/run/docker.sock", from: "the default socket" }],
    ["a config without one", {}, config(""), { path: "/var/run/docker.sock" }],
    ["a config of another shape", {}, { "config.json": "[]" }, { path: "/var/run/docker.sock" }],
    ["a config that is no JSON", {}, { "config.json": "{" }, { path: "/var/run/docker.sock" }],
    ["a name that is no text", {}, config(5), { path: "/var/run/docker.sock" }],
    ["the default one, by name", { DOCKER_CONTEXT: "default" }, config("a"), { path: "/var/run/docker.sock" }],
    [
      "of the config",
      {},
      { ...config("a"), ...context("a", { Host: "unix:///a" }) },
      { path: "/a", from: 'the Docker context "a"' },
    ],
    [
      "of the variable",
      { DOCKER_CONTEXT: "b" },
      { ...config("a"), ...context("b", { Host: "unix:///b" }) },
      { path: "/b" },
    ],
    [
      "that is not there",
      { DOCKER_CONTEXT: "none" },
      {},
      { failed: `the Docker context "none" has no engine endpoint in $DIR/contexts/meta/${sha256("none")}/meta.json` },
    ],
    [
      "without a host",
      { DOCKER_CONTEXT: "a" },
      context("a", {}),
      { failed: expect.stringContaining("has no engine endpoint") },
    ],
  ])("%s", async (_what, env, files, expected) => {
    expect(await endpoint(env, files)).toMatchObject(expected);
  });

  test.each([
    [false, true],
    [true, false],
  ])("has certificates of its own (SkipTLSVerify: %p)", async (SkipTLSVerify, verify) => {
    const files = {
      ...context("a", { Host: "tcp://h", SkipTLSVerify }),
      [`contexts/tls/${sha256("a")}/docker/ca.pem`]: "CA",
    };
    expect(await endpoint({ DOCKER_CONTEXT: "a" }, files)).toMatchObject({ port: 2376, tls: { ca: "CA", verify } });
  });
});

test("docker's folder is the variable's, else the one in the home", () => {
  expect(dockerDirectory({ DOCKER_CONFIG: "/c", HOME: "/h" })).toBe("/c");
  expect(dockerDirectory({ HOME: "/h" })).toBe(join("/h", ".docker"));
});

test.each([[null], [7], [[]], [{}], [{ docker: null }], [{ docker: { Host: 7 } }], [{ docker: { Host: [null] } }]])(
  "a context whose endpoints are %j has no engine, and is no crash",
  async (Endpoints) => {
    const files = { [`contexts/meta/${sha256("odd")}/meta.json`]: JSON.stringify({ Endpoints }) };
    const found = await endpoint({ DOCKER_CONTEXT: "odd" }, files);
    expect(found.failed).toContain('the Docker context "odd" has no engine endpoint in $DIR');
  },
);
