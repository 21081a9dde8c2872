import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../../src/cluster/connect/connect.ts";
import { oidcTokens } from "../../../src/cluster/connect/oidc.ts";
import { type Authority, makeAuthority } from "../../rig/authority.ts";
import { type FakeApi, fakeApi, refusal } from "../../rig/fake-api.ts";

let folder = "";
let authority: Authority;
let tls: Awaited<ReturnType<Authority["issue"]>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devloop-oidc-"));
  authority = await makeAuthority(folder, "Login Authority");
  tls = await authority.issue("issuer", ["localhost"]);
});
afterAll(() => rm(folder, { recursive: true }));

const idToken = (seconds: number, name = "t") => {
  const claims = { exp: Math.floor(Date.now() / 1000) + seconds, name };
  return ["{}", JSON.stringify(claims), "s"].map((part) => Buffer.from(part).toString("base64url")).join(".");
};

/** An issuer with discovery and a token endpoint that rotates refresh tokens: each is good once. */
function startIssuer(first: string, problem?: { error: string; error_description: string }) {
  let valid = first;
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "localhost",
    tls,
    async fetch(request) {
      const url = new URL(request.url);
      const issuer = `https://localhost:${url.port}`;
      if (url.pathname === "/.well-known/openid-configuration")
        return Response.json({ issuer, token_endpoint: `${issuer}/token`, authorization_endpoint: `${issuer}/a` });
      const form = new URLSearchParams(await request.text());
      asked.push(
        `${form.get("grant_type")} ${form.get("refresh_token")} ${request.headers.get("authorization") ?? ""}`,
      );
      if (problem) return Response.json(problem, { status: 400 });
      if (form.get("refresh_token") !== valid) return Response.json({ error: "invalid_grant" }, { status: 400 });
      valid = `${first}-${asked.length}`;
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, aud: "devloop-test", sub: "ann", iat: now, exp: now + 3600, n: asked.length };
      const token = [{ alg: "RS256" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
      const answer = {
        token_type: "Bearer",
        access_token: "a",
        refresh_token: valid,
        id_token: `${token.join(".")}.c2ln`,
      };
      return Response.json(answer);
    },
  });
  const url = `https://localhost:${server.port}`;
  return { url, asked, current: () => valid, [Symbol.asyncDispose]: () => server.stop(true) };
}

async function kubeconfig(api: FakeApi, config: Record<string, string>): Promise<string> {
  const file = join(folder, `config-${Math.random()}`);
  const entries = Object.entries(config).map(([name, value]) => `          ${name}: ${value}`);
  const text = `# my clusters
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: ann}}]
clusters:
  - name: here # the only one
    cluster: {server: "${api.url}"}
users:
  - name: other
    user: {token: other}
  - name: ann
    user:
      auth-provider:
        name: oidc
        config:
          client-id: devloop-test # as registered
          idp-certificate-authority-data: ${Buffer.from(authority.cert).toString("base64")}
${entries.join("\n")}
`;
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

const shown = (api: FakeApi) => api.requests.map(({ headers }) => headers.get("authorization")?.slice(7));

describe("the auth provider oidc", () => {
  test("a token that is good is shown, and nobody is asked", async () => {
    await using api = await fakeApi(() => Response.json({}));
    const token = idToken(3600);
    const file = await kubeconfig(api, { "idp-issuer-url": "https://localhost:1", "id-token": token });
    const before = await Bun.file(file).text();
    await (await connect({ kubeconfig: file, env: {} })).fetch("/");
    expect(shown(api)).toEqual([token]);
    expect(await Bun.file(file).text()).toBe(before);
  });

  test("one that has ended is renewed once for all who ask, and what was rotated is kept with its surroundings", async () => {
    await using issuer = startIssuer("r");
    await using api = await fakeApi(() => Response.json({}));
    const target = await kubeconfig(api, {
      "idp-issuer-url": issuer.url,
      "id-token": idToken(-5),
      "refresh-token": "r",
      "client-secret": "s",
    });
    const file = `${target}-link`;
    await symlink(target, file);
    const before = await Bun.file(target).text();
    const cluster = await connect({ kubeconfig: file, env: {} });
    await Promise.all([cluster.fetch("/a"), cluster.fetch("/b"), cluster.fetch("/c")]);
    const [asked = "", ...more] = issuer.asked;
    expect([asked.replace(/ \S+$/, ""), more]).toEqual(["refresh_token r Basic", []]);
    expect(decodeURIComponent(atob(asked.split(" ")[3] ?? ""))).toBe("devloop-test:s");
    const after = await Bun.file(target).text();
    const [token] = new Set(shown(api));
    expect(after).toContain(`id-token: ${token}`);
    expect(after).toContain(`refresh-token: ${issuer.current()}`);
    const others = (text: string) => text.split("\n").filter((line) => !/(id|refresh)-token:/.test(line));
    expect(others(after)).toEqual(others(before));
    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => /lock|devloop-\d/.test(name))).toEqual([]);
    // The next process goes on with what was kept.
    await (await connect({ kubeconfig: file, env: {} })).fetch("/d");
    expect(issuer.asked).toHaveLength(1);
  });

  test("one that another program has renewed meanwhile is taken from the file: the refresh token is good once", async () => {
    await using issuer = startIssuer("r");
    await using api = await fakeApi(() => Response.json({}));
    const config = { "idp-issuer-url": issuer.url, "id-token": idToken(-5), "refresh-token": "r" };
    const file = await kubeconfig(api, config);
    const [first, second] = await Promise.all([1, 2].map(() => connect({ kubeconfig: file, env: {} })));
    await first?.fetch("/a");
    await second?.fetch("/b");
    expect(issuer.asked).toHaveLength(1);
    expect(new Set(shown(api)).size).toBe(1);
  });

  test("a login during a session counts, also after a refresh token that was refused", async () => {
    await using issuer = startIssuer("r");
    await using api = await fakeApi(() => Response.json({}));
    const file = await kubeconfig(api, {
      "idp-issuer-url": issuer.url,
      "id-token": idToken(-5),
      "refresh-token": "ended",
    });
    const cluster = await connect({ kubeconfig: file, env: {} });
    await expect(cluster.fetch("/a")).rejects.toThrow("invalid_grant");
    await writeFile(file, (await Bun.file(file).text()).replace("refresh-token: ended", "refresh-token: r"));
    expect((await cluster.fetch("/b")).status).toBe(200);
  });

  test("tokens that could not be stored are used and renewed, not those that the file still holds", async () => {
    await using issuer = startIssuer("r");
    const held: string[] = [];
    await using api = await fakeApi((request) => {
      const token = request.headers.get("authorization") ?? "";
      if (!held.includes(token)) held.push(token);
      return held.length < 2 ? refusal(401, "Unauthorized", "no") : Response.json({});
    });
    const file = await kubeconfig(api, {
      "idp-issuer-url": issuer.url,
      "id-token": idToken(-5),
      "refresh-token": "r",
    });
    const cluster = await connect({ kubeconfig: file, env: {} });
    await writeFile(`${file}.lock`, "");
    await expect(cluster.fetch("/a")).rejects.toThrow("cannot be locked");
    await rm(`${file}.lock`);
    expect((await cluster.fetch("/b")).status).toBe(200);
    expect(issuer.asked.map((line) => line.split(" ")[1])).toEqual(["r", "r-1"]);
  });

  test("one that the server refuses is renewed although it has not ended", async () => {
    await using issuer = startIssuer("r");
    const old = idToken(3600);
    await using api = await fakeApi((request) =>
      request.headers.get("authorization") === `Bearer ${old}` ? refusal(401, "Unauthorized", "no") : Response.json({}),
    );
    const config = { "idp-issuer-url": issuer.url, "id-token": old, "refresh-token": "r" };
    const cluster = await connect({ kubeconfig: await kubeconfig(api, config), env: {} });
    expect((await cluster.fetch("/")).status).toBe(200);
    expect(issuer.asked).toHaveLength(1);
  });

  test("what the issuer says is told, and so is a missing refresh token", async () => {
    await using issuer = startIssuer("r", { error: "invalid_grant", error_description: "session expired" });
    await using api = await fakeApi(() => Response.json({}));
    const complaint = async (config: Record<string, string>) => {
      const cluster = await connect({ kubeconfig: await kubeconfig(api, config), env: {} });
      return cluster.fetch("/").catch((thrown: Error) => thrown.message);
    };
    const old = { "idp-issuer-url": issuer.url, "id-token": idToken(-5) };
    expect(await complaint({ ...old, "refresh-token": "r" })).toContain("invalid_grant: session expired");
    expect(await complaint(old)).toContain("the id token has ended, and there is no refresh token");
    expect(await complaint({ ...old, "refresh-token": "r", "idp-issuer-url": "here" })).toContain("is no address");
    expect(api.requests).toEqual([]);
  });

  test("a kubeconfig that cannot be written is one clear error: the login would be lost", async () => {
    await using issuer = startIssuer("r");
    await using api = await fakeApi(() => Response.json({}));
    const config = { "idp-issuer-url": issuer.url, "id-token": idToken(-5), "refresh-token": "r" };
    const file = await kubeconfig(api, config);
    await writeFile(`${file}.lock`, "");
    const cluster = await connect({ kubeconfig: file, env: {} });
    await expect(cluster.fetch("/")).rejects.toThrow("cannot be locked");
  });
});

test("an issuer that says nothing is told as such, in time", async () => {
  const server = Bun.serve({
    port: 0,
    hostname: "localhost",
    tls,
    fetch: () => new Promise<Response>(() => undefined),
  });
  const url = `https://localhost:${server.port}`;
  const config = {
    "client-id": "devloop-test",
    "idp-issuer-url": url,
    "idp-certificate-authority-data": Buffer.from(authority.cert).toString("base64"),
    "refresh-token": "r",
  };
  const tokens = oidcTokens({ file: "kubeconfig", value: { name: "oidc", config } }, "ann", Date.now, 100);
  await expect(tokens(false, new AbortController().signal)).rejects.toThrow(
    `the auth provider oidc in kubeconfig: the issuer ${url} did not answer within 0.1 s`,
  );
  await server.stop(true);
});

test("providers that Kubernetes removed are refused with the plugin that took their place", async () => {
  await using api = await fakeApi(() => Response.json({}));
  for (const [name, plugin] of [
    ["gcp", "gke-gcloud-auth-plugin"],
    ["azure", "kubelogin"],
  ] as const) {
    const refused = await api.connect({ "auth-provider": { name } }).catch((thrown) => thrown);
    expect(refused.message).toContain(`the auth provider "${name}", which Kubernetes removed`);
    expect(refused.diagnostics[0].suggestion).toContain(plugin);
  }
});
