/** What a registry's challenge asks for, and how it is answered. */
import { describe, expect, test } from "bun:test";
import { diagnosticsOf } from "../../../src/diag/failure.ts";
import { answer, type Challenge, readChallenge } from "../../../src/image/registry/registry-auth.ts";
import type { RegistryConnection } from "../../../src/image/registry/registry-connection.ts";

test.each<[string | null, Challenge | undefined]>([
  [null, undefined],
  ["Basic realm=x", { scheme: "basic" }],
  ["basic", { scheme: "basic" }],
  ["Negotiate", undefined],
  ["Bearer", undefined],
  ['Bearer realm="https://a/t"', { scheme: "bearer", realm: "https://a/t" }],
  [
    'bearer Realm="https://a/t",service="r",scope="repository:x:pull,push"',
    { scheme: "bearer", realm: "https://a/t", service: "r", scope: "repository:x:pull,push" },
  ],
  ['Bearer service="r"', undefined],
  ['Bearer service="r", Basic realm="x"', { scheme: "basic" }],
  ['Bearer realm="https://a/t", Basic realm="x"', { scheme: "bearer", realm: "https://a/t" }],
  ['Basic realm="x", Bearer realm="https://a/t", service=r', { scheme: "bearer", realm: "https://a/t", service: "r" }],
  ['Negotiate YII==, Basic realm="a, Bearer realm=b"', { scheme: "basic" }],
  ["Bearer realm=https://a/t,service=r", { scheme: "bearer", realm: "https://a/t", service: "r" }],
  ['Bearer realm = "https://a/\\"t"', { scheme: "bearer", realm: 'https://a/"t' }],
  ['Bearer realm="https://a/t', undefined],
])("%s", (header, expected) => {
  expect(readChallenge(header)).toEqual(expected);
});

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

function connection(response: () => Response | Promise<Response>, lax = false) {
  const asked: Asked[] = [];
  const made: RegistryConnection = {
    isLax: () => lax,
    send: () => Promise.reject(new Error("not asked for")),
    sendTo: async (url, _registry, { method = "GET", headers, body }) => {
      const { Authorization: authorization } = (headers ?? {}) as Record<string, string>;
      asked.push({ url, method, authorization, body: String(body ?? "") });
      return response();
    },
  };
  return { asked, made };
}
const signal = () => new AbortController().signal;
const bearer: Challenge = { scheme: "bearer", realm: "https://auth.io/token", service: "r", scope: "s" };
const token = () => Response.json({ token: "T" });
const basic = `Basic ${Buffer.from("u:p").toString("base64")}`;

describe("the answer", () => {
  test("to Basic is the user's name and password; without one there is none", async () => {
    const { made } = connection(token);
    expect(await answer({ scheme: "basic" }, "r.io", { username: "u", password: "p" }, made, signal())).toBe(basic);
    await expect(answer({ scheme: "basic" }, "r.io", undefined, made, signal())).rejects.toThrow(
      "the registry r.io refused access: it wants a user name and a password",
    );
  });

  test("of a registry token is that token, whatever was asked for", async () => {
    const { made, asked } = connection(token);
    expect(await answer(bearer, "r.io", { registrytoken: "R" }, made, signal())).toBe("Bearer R");
    expect(asked).toEqual([]);
  });

  test("to Bearer is a token of the realm, asked for as the user or as nobody", async () => {
    const { made, asked } = connection(token);
    expect(await answer(bearer, "r.io", { username: "u", password: "p" }, made, signal())).toBe("Bearer T");
    const bare = { scheme: "bearer", realm: "https://auth.io/token?a=b" } as const;
    expect(await answer(bare, "r.io", undefined, made, signal())).toBe("Bearer T");
    expect(asked).toEqual([
      { url: "https://auth.io/token?service=r&scope=s", method: "GET", authorization: basic, body: "" },
      { url: "https://auth.io/token?a=b&", method: "GET", authorization: undefined, body: "" },
    ]);
  });

  test("with an identity token is asked for by that token, and never by a password", async () => {
    const { made, asked } = connection(() => Response.json({ access_token: "A" }));
    const auth = { username: "u", password: "p", identitytoken: "I" };
    expect(await answer(bearer, "r.io", auth, made, signal())).toBe("Bearer A");
    expect(asked).toEqual([
      {
        ...{ url: "https://auth.io/token", method: "POST", authorization: undefined },
        body: "service=r&scope=s&grant_type=refresh_token&refresh_token=I&client_id=devloop",
      },
    ]);
  });
});

describe("a token service that leads elsewhere", () => {
  const led = async (to: string, auth: { username?: string; password?: string; identitytoken?: string }) => {
    const answers = [new Response(null, { status: 307, headers: { Location: to } }), token()];
    const { made, asked } = connection(() => answers.shift() ?? token());
    const told = await answer(bearer, "r.io", auth, made, signal()).catch((thrown: Error) => thrown.message);
    return { told, asked };
  };
  const [user, refresh] = [{ username: "u", password: "p" }, { identitytoken: "I" }];

  test("is followed with the password within its own origin, and without it to another", async () => {
    const own = await led("/other", user);
    expect(own.told).toBe("Bearer T");
    expect(own.asked[1]).toMatchObject({ url: "https://auth.io/other", authorization: basic });
    const foreign = await led("https://evil.io/t", user);
    expect(foreign.asked[1]).toMatchObject({ url: "https://evil.io/t", authorization: undefined });
  });

  test("gets the refresh token within its own origin alone", async () => {
    expect((await led("/other", refresh)).asked[1]?.body).toContain("refresh_token=I");
    const { told, asked } = await led("https://evil.io/t?x=y", refresh);
    expect(told).toContain("its token service leads elsewhere, to https://evil.io/t, where no token is sent");
    expect(asked.length).toBe(1);
  });

  test.each([user, refresh, {}])("is not followed to an address without https: %p", async (auth) => {
    const { told, asked } = await led("http://auth.io/token", auth);
    expect(told).toContain("refused access: its token service");
    expect(asked.length).toBe(1);
  });

  test("is not followed for ever", async () => {
    const { made, asked } = connection(() => new Response(null, { status: 302, headers: { Location: "/again" } }));
    await expect(answer(bearer, "r.io", user, made, signal())).rejects.toThrow("its token service answered 302");
    expect(asked.length).toBe(6);
  });
});

describe("no token", () => {
  const refused = async (response: () => Response | Promise<Response>, challenge: Challenge = bearer, lax = false) => {
    const { made, asked } = connection(response, lax);
    const told = await answer(challenge, "r.io", undefined, made, signal()).then(
      String,
      (thrown: Error) => thrown.message,
    );
    return { told: told.replace("the registry r.io refused access: ", ""), asked };
  };

  test.each<[string, () => Response | Promise<Response>, string]>([
    ["a refusal", () => new Response(null, { status: 403 }), "its token service answered 403"],
    ["an answer without one", () => Response.json({}), "its token service gave no token"],
    ["an empty one", () => Response.json({ token: "" }), "its token service gave no token"],
    ["no JSON", () => new Response("<html>"), "its token service gave no token"],
    ["one that is no header", () => Response.json({ token: "a\nb: c" }), "its token service gave no token"],
    ["nobody there", () => Promise.reject(new Error("away")), "cannot be reached (Error: away)"],
  ])("%s", async (_what, response, words) => {
    expect((await refused(response)).told).toContain(words);
  });

  test.each<[string, () => Response | Promise<Response>, boolean]>([
    ["busy", () => new Response(null, { status: 429 }), true],
    ["ill", () => new Response(null, { status: 503 }), true],
    ["cut", () => Promise.reject(Object.assign(new Error("cut"), { code: "ECONNRESET" })), true],
    ["unknown", () => Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" })), false],
    ["a refusal", () => new Response(null, { status: 403 }), false],
  ])("a token service that is %s may be well later: %p", async (_what, response, passes) => {
    const { made } = connection(response);
    const thrown = await answer(bearer, "r.io", undefined, made, signal()).catch((error: unknown) => error);
    expect(diagnosticsOf(thrown)[0]?.passing === true).toBe(passes);
  });

  test.each(["http://auth.io/token", "token", "ftp://auth.io"])("credentials are not sent to %s", async (realm) => {
    const { told, asked } = await refused(token, { scheme: "bearer", realm });
    expect(told).toBe(`its token service ${realm} is not asked by https`);
    expect(asked).toEqual([]);
  });

  test("a registry that may be asked in clear may have such a token service", async () => {
    expect((await refused(token, { scheme: "bearer", realm: "http://auth.io/token" }, true)).told).toBe("Bearer T");
  });

  test("a cancellation is the signal's reason, not a refusal", async () => {
    const controller = new AbortController();
    const { made } = connection(() => {
      controller.abort(new Error("enough"));
      return Promise.reject(new Error("cut"));
    });
    await expect(answer(bearer, "r.io", undefined, made, controller.signal)).rejects.toThrow("enough");
  });
});
