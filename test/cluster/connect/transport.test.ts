import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { Unreachable } from "../../../src/cluster/connect/api-error.ts";
import { connect } from "../../../src/cluster/connect/connect.ts";
import type { PluginCommand } from "../../../src/cluster/connect/exec-plugin.ts";
import { requestJson } from "../../../src/cluster/connect/request.ts";
import { usualLimits } from "../../../src/cluster/connect/transport.ts";
import { listObjects } from "../../../src/cluster/objects/objects.ts";
import { type FakeRequest, fakeApi, refusal } from "../../rig/fake-api.ts";

const signal = new AbortController().signal;
const header = (name: string) => (request: FakeRequest) => request.headers.get(name);

describe("who we are", () => {
  test.each([
    ["nobody", {}, null],
    ["a token", { token: "t" }, "Bearer t"],
    ["basic authentication", { username: "u", password: "p" }, `Basic ${btoa("u:p")}`],
  ])("%s", async (_, user, expected) => {
    await using api = await fakeApi(() => Response.json({}));
    await (await api.connect(user)).fetch("/version");
    expect(api.requests.map(header("authorization"))).toEqual([expected]);
  });

  test("impersonation goes with every request, each of several values in a header of its own", async () => {
    // A server that shows the lines as they came: a reader of headers would join them.
    const heads: string[][] = [];
    const server = createServer((client) => {
      client.on("data", (bytes) => {
        heads.push(
          bytes
            .toString()
            .split("\r\n")
            .filter((line) => /^impersonate/i.test(line)),
        );
        client.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    await using api = await fakeApi(() => Response.json({}));
    const as = async (user: object) => {
      const cluster = await api.connect(user, { server: `http://127.0.0.1:${port}` });
      expect(await (await cluster.fetch("/version")).json()).toEqual({});
    };
    await as({ as: "jane", "as-groups": ["dev"], "as-user-extra": { "x/y": ["1"] } });
    await as({ as: "jane", "as-groups": ["dev", "ops, night"], "as-user-extra": { a: ["1", "2"] } });
    server.close();
    expect(heads.map((head) => head.sort())).toEqual([
      ["Impersonate-Extra-x%2Fy: 1", "Impersonate-Group: dev", "Impersonate-User: jane"],
      [
        "Impersonate-Extra-a: 1",
        "Impersonate-Extra-a: 2",
        "Impersonate-Group: dev",
        "Impersonate-Group: ops, night",
        "Impersonate-User: jane",
      ],
    ]);
  });

  test("a token file is read again when the server refuses the old token", async () => {
    await using api = await fakeApi((request) =>
      request.headers.get("authorization") === "Bearer new"
        ? Response.json({})
        : refusal(401, "Unauthorized", "Unauthorized"),
    );
    const tokenFile = join(api.folder, "token");
    await writeFile(tokenFile, "old\n");
    const cluster = await api.connect({ tokenFile: "token" });
    expect((await cluster.fetch("/")).status).toBe(401);
    await writeFile(tokenFile, "new\n");
    expect((await cluster.fetch("/")).status).toBe(200);
  });

  test("a token beside a token file is for when the file cannot be read", async () => {
    await using api = await fakeApi(() => Response.json({}));
    await writeFile(join(api.folder, "token"), "of the file\n");
    await (await api.connect({ token: "own", tokenFile: "token" })).fetch("/");
    await (await api.connect({ token: "own", tokenFile: "gone" })).fetch("/");
    expect(api.requests.map(header("authorization"))).toEqual(["Bearer of the file", "Bearer own"]);
    await expect((await api.connect({ tokenFile: "gone" })).fetch("/")).rejects.toThrow(
      "gone, named in the kubeconfig",
    );
  });
});

describe("credential plugins", () => {
  const exec = (version: string, more: object = {}) => ({
    exec: {
      apiVersion: `client.authentication.k8s.io/${version}`,
      command: "./login",
      args: ["a"],
      env: [{ name: "E", value: "1" }],
      ...more,
    },
  });
  const answer = (status: object, version = "v1") =>
    JSON.stringify({ apiVersion: `client.authentication.k8s.io/${version}`, kind: "ExecCredential", status });

  test.each(["v1", "v1beta1"])("%s: one start serves all until the token ends", async (version) => {
    await using api = await fakeApi(() => Response.json({}));
    const started: PluginCommand[] = [];
    let now = 1_000_000;
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    const cluster = await api.connect(exec(version), {
      clock,
      runPlugin: (command) => {
        started.push(command);
        const expirationTimestamp = new Date(now + 60_000).toISOString();
        return Promise.resolve({
          kind: "exited",
          code: 0,
          stderr: "",
          stdout: answer({ token: `t${started.length}`, expirationTimestamp }, version),
        });
      },
    });
    expect(started).toEqual([]);
    await Promise.all([cluster.fetch("/"), cluster.fetch("/"), cluster.fetch("/")]);
    now += 40_000;
    await cluster.fetch("/");
    expect(started).toHaveLength(1);
    now += 20_000;
    await cluster.fetch("/");
    expect(api.requests.map(header("authorization"))).toEqual([
      "Bearer t1",
      "Bearer t1",
      "Bearer t1",
      "Bearer t1",
      "Bearer t2",
    ]);
    expect(started[0]?.argv).toEqual([join(api.folder, "login"), "a"]);
    expect(started[0]?.env.E).toBe("1");
    expect(JSON.parse(started[0]?.env.KUBERNETES_EXEC_INFO ?? "")).toMatchObject({
      kind: "ExecCredential",
      spec: { interactive: false },
    });
  });

  test("a client certificate reaches raw sockets through the endpoint", async () => {
    await using api = await fakeApi(() => Response.json({}));
    const status = { clientCertificateData: "CERT", clientKeyData: "KEY" };
    const cluster = await api.connect(exec("v1"), {
      runPlugin: () => Promise.resolve({ kind: "exited", code: 0, stderr: "", stdout: answer(status) }),
    });
    await cluster.endpoint.headers();
    expect(cluster.endpoint.tls).toMatchObject({ cert: "CERT", key: "KEY" });
  });

  test.each([
    ["missing", { kind: "missing" }, 'the credential plugin ./login of the context "fake" was not found'],
    ["failing", { kind: "exited", code: 3, stdout: "", stderr: "log in first" }, "failed with exit code 3"],
    ["garbage", { kind: "exited", code: 0, stdout: "hello", stderr: "" }, "did not print a JSON ExecCredential"],
    ["empty", { kind: "exited", code: 0, stdout: answer({}), stderr: "" }, "neither a token nor a client certificate"],
    [
      "another version",
      { kind: "exited", code: 0, stdout: answer({ token: "t" }, "v1beta1"), stderr: "" },
      "not client.authentication.k8s.io/v1 ExecCredential",
    ],
  ] as const)("%s is one clear failure", async (_, result, message) => {
    await using api = await fakeApi(() => Response.json({}));
    const cluster = await api.connect(exec("v1", { installHint: "get it from the wiki\nsecond line" }), {
      runPlugin: () => Promise.resolve(result),
    });
    const thrown = await cluster.fetch("/").catch((error) => error);
    expect(thrown.message).toContain(message);
    expect(JSON.stringify(thrown.diagnostics)).not.toContain("hello");
  });

  test("a real plugin process", async () => {
    await using api = await fakeApi(() => Response.json({}));
    await writeFile(join(api.folder, "login"), `#!/bin/sh\necho '${answer({ token: "real" })}'\n`, { mode: 0o755 });
    await (await api.connect(exec("v1"))).fetch("/");
    expect(api.requests.map(header("authorization"))).toEqual(["Bearer real"]);
  });
});

describe("faults", () => {
  test("a busy server is obeyed, and its answer is had in the end", async () => {
    await using api = await fakeApi((_, nth) =>
      nth <= 2 ? refusal(429, "TooManyRequests", "later", { "Retry-After": "0" }) : Response.json({ ok: 1 }),
    );
    const cluster = await api.connect();
    expect(await requestJson<object>(cluster, "/", { method: "POST", body: "{}", signal }, "x")).toEqual({ ok: 1 });
    expect(api.requests).toHaveLength(3);
  });

  test("a broken connection repeats reads and never a plain write", async () => {
    let dropped = 0;
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        if (dropped++ < 2) return socket.destroy();
        return socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    await using api = await fakeApi(() => Response.json({}));
    const { port } = server.address() as { port: number };
    const kubeconfig = join(api.folder, "dropping");
    await writeFile(
      kubeconfig,
      JSON.stringify({
        "current-context": "a",
        contexts: [{ name: "a", context: { cluster: "a" } }],
        clusters: [{ name: "a", cluster: { server: `http://127.0.0.1:${port}` } }],
      }),
    );
    const cluster = await connect({ kubeconfig, env: {} });
    const thrown = await cluster.fetch("/", { method: "POST", body: "{}" }).catch((error) => error);
    expect(thrown).toBeInstanceOf(Unreachable);
    expect(thrown.silence).toBe("reset");
    expect((await cluster.fetch("/")).status).toBe(200);
    expect(dropped).toBe(3);
    server.close();
    const refused = await cluster.fetch("/").catch((error) => error);
    expect(refused.message).toBe(`the API server of the context "a" at http://127.0.0.1:${port} refuses connections`);
  });

  test("a server that accepts and says nothing is an error within the limit; a watch's body has none", async () => {
    const later = Promise.withResolvers<void>();
    await using api = await fakeApi(async (request) => {
      if (request.url.endsWith("/silent")) return new Promise<Response>(() => undefined);
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode("first "));
          await later.promise;
          controller.enqueue(new TextEncoder().encode("second"));
          controller.close();
        },
      });
      return new Response(body);
    });
    const cluster = await api.connect({}, { limits: { answerMs: 1_000 } });
    const stream = await cluster.fetch("/stream");
    const thrown = await cluster.fetch("/silent").catch((error) => error);
    expect(thrown.message).toContain("did not answer within 1 s");
    // The stream is older than the limit by now.
    later.resolve();
    expect(await stream.text()).toBe("first second");
  });

  test("a write waits longer than a read, also as the first request: webhooks may be asked", async () => {
    await using api = await fakeApi(() => new Promise<Response>(() => undefined));
    const limits = { connectMs: 20, answerMs: 20, writeMs: 300 };
    const cluster = await api.connect({}, { limits });
    const words = async (method: "GET" | "PATCH" | "POST" | "PUT" | "DELETE") => {
      const thrown = await cluster.fetch("/", { method }).catch((error: Error) => error);
      return /within .*/.exec((thrown as Error).message)?.[0];
    };
    const waited = await Promise.all((["GET", "PATCH", "POST", "PUT", "DELETE"] as const).map(words));
    expect(waited).toEqual(["within 0.02 s", ...Array(4).fill("within 0.3 s")]);
    expect(usualLimits).toEqual({ connectMs: 10_000, answerMs: 30_000, writeMs: 70_000 });
  });

  test("cancelling rejects with the signal's reason, at once", async () => {
    await using api = await fakeApi(() => new Promise<Response>(() => undefined));
    const cancel = new AbortController();
    const cluster = await api.connect();
    const asked = cluster.fetch("/", { signal: cancel.signal });
    cancel.abort(new Error("superseded"));
    await expect(asked).rejects.toThrow("superseded");
  });

  test("a refusal is one line with the server's words; anything else than Kubernetes is said to be", async () => {
    await using api = await fakeApi((request) => {
      if (request.url.endsWith("/html")) return new Response("<html>login</html>");
      return refusal(403, "Forbidden", 'pods is forbidden: User "jane"\n cannot list');
    });
    const cluster = await api.connect();
    const forbidden = await listObjects(cluster, { apiVersion: "v1", kind: "Pod", namespace: "a" }, signal).catch(
      (e) => e,
    );
    expect(forbidden.message).toBe('cannot list Pod objects in a: pods is forbidden: User "jane" cannot list');
    expect(forbidden).toMatchObject({ code: 403, reason: "Forbidden" });
    await expect(requestJson(cluster, "/html", { signal }, "x")).rejects.toThrow("something that is no JSON object");
  });

  test("a list in pages starts over when its snapshot has expired, and is whole", async () => {
    let expired = false;
    await using api = await fakeApi((request) => {
      const from = new URL(request.url).searchParams.get("continue");
      const item = (name: string) => ({ metadata: { name } });
      if (from === null)
        return Response.json({ metadata: { resourceVersion: "7", continue: "two" }, items: [item("a")] });
      if (!expired) {
        expired = true;
        return refusal(410, "Expired", "too old");
      }
      return Response.json({ metadata: { resourceVersion: "8" }, items: [item("b")] });
    });
    const list = await listObjects(await api.connect(), { apiVersion: "v1", kind: "Pod" }, signal);
    expect(list.items.map((i) => [i.kind, i.metadata.name])).toEqual([
      ["Pod", "a"],
      ["Pod", "b"],
    ]);
    expect(list.resourceVersion).toBe("8");
  });
});
