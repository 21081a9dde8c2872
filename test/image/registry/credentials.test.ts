import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type CredentialHelper, dockerCredentials } from "../../../src/image/registry/credentials.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const signal = new AbortController().signal;
const base64 = (text: string) => Buffer.from(text).toString("base64");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devloop-credentials-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is known of a registry under a config, what the helper was asked, and what was told. */
async function look(config: unknown, registry: string, keychain: Readonly<Record<string, [string, string]>> = {}) {
  await writeFile(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  const asked: string[] = [];
  const notices: string[] = [];
  const askHelper: CredentialHelper = async (helper, key) => {
    asked.push(`${helper} ${key}`);
    if (helper === "broken") return { kind: "failed", why: "token expired, run login again" };
    const [username, secret] = keychain[key] ?? [];
    return username === undefined || secret === undefined ? { kind: "nothing" } : { kind: "found", username, secret };
  };
  const clock = virtualClock();
  const credentials = dockerCredentials({
    env: { DOCKER_CONFIG: folder },
    askHelper,
    clock,
    notice: (text) => notices.push(text),
  });
  return { auth: await credentials(registry, signal), asked, notices, credentials, clock };
}

const hub = "https://index.docker.io/v1/";
const cases: readonly [string, unknown, string, object | undefined][] = [
  ["no entry", { auths: {} }, "r.io", undefined],
  ["auth", { auths: { "r.io": { auth: base64("u:p:q") } } }, "r.io", { username: "u", password: "p:q" }],
  [
    "auth padded with zeros",
    { auths: { "r.io": { auth: base64("u:p\0\0") } } },
    "r.io",
    { username: "u", password: "p" },
  ],
  [
    "user and password",
    { auths: { "r.io": { username: "u", password: "p" } } },
    "r.io",
    { username: "u", password: "p" },
  ],
  [
    "auth wins over user and password",
    { auths: { "r.io": { auth: base64("a:b"), username: "u", password: "p" } } },
    "r.io",
    { username: "a", password: "b" },
  ],
  ["identity token", { auths: { "r.io": { identitytoken: "t" } } }, "r.io", { identitytoken: "t" }],
  [
    "identity token beside a placeholder user",
    { auths: { "r.io": { auth: base64("00000000-0000-0000-0000-000000000000:"), identitytoken: "t" } } },
    "r.io",
    { identitytoken: "t" },
  ],
  ["registry token", { auths: { "r.io": { registrytoken: "t" } } }, "r.io", { registrytoken: "t" }],
  ["a name with a scheme", { auths: { "https://r.io": { auth: base64("u:p") } } }, "r.io", { username: "u" }],
  ["a name with a path", { auths: { "https://r.io/v2/": { auth: base64("u:p") } } }, "r.io", { username: "u" }],
  ["a name with a port", { auths: { "r.io:5000": { auth: base64("u:p") } } }, "r.io:5000", { username: "u" }],
  ["another port is another registry", { auths: { "r.io:5000": { auth: base64("u:p") } } }, "r.io", undefined],
  ["another registry", { auths: { "x.r.io": { auth: base64("u:p") } } }, "r.io", undefined],
  ["Docker Hub by its old address", { auths: { [hub]: { auth: base64("u:p") } } }, "docker.io", { username: "u" }],
  [
    "Docker Hub by its index",
    { auths: { "index.docker.io": { auth: base64("u:p") } } },
    "docker.io",
    { username: "u" },
  ],
  ["Docker Hub by its name", { auths: { "docker.io": { auth: base64("u:p") } } }, "docker.io", { username: "u" }],
  ["an entry that says nothing", { auths: { "r.io": {} } }, "r.io", undefined],
];

for (const [name, config, registry, expected] of cases)
  test(`docker's config: ${name}`, async () => {
    const { auth, notices } = await look(config, registry);
    if (expected === undefined) expect(auth).toBeUndefined();
    else expect(auth).toMatchObject(expected);
    expect(notices).toEqual([]);
  });

const keychain: Readonly<Record<string, [string, string]>> = {
  "r.io": ["u", "s"],
  "https://old.io": ["o", "s"],
  "token.io": ["<token>", "refresh"],
  [hub]: ["h", "s"],
};
const helped: readonly [string, unknown, string, object | undefined, readonly string[]][] = [
  ["one for all", { credsStore: "x" }, "r.io", { username: "u", password: "s" }, ["x r.io"]],
  ["one for a registry", { credsStore: "x", credHelpers: { "r.io": "y" } }, "r.io", { username: "u" }, ["y r.io"]],
  [
    "none for a registry, by an empty entry",
    { credsStore: "x", credHelpers: { "r.io": "" }, auths: { "r.io": { auth: base64("a:b") } } },
    "r.io",
    { username: "a", password: "b" },
    [],
  ],
  ["an entry with a scheme", { credsStore: "x" }, "old.io", { username: "o" }, ["x old.io", "x https://old.io"]],
  ["a refresh token", { credsStore: "x" }, "token.io", { identitytoken: "refresh" }, ["x token.io"]],
  ["Docker Hub", { credsStore: "x" }, "docker.io", { username: "h" }, [`x ${hub}`]],
  ["nothing kept", { credsStore: "x" }, "z.io", undefined, ["x z.io", "x https://z.io"]],
  [
    "nothing kept, but an entry in the file",
    { credsStore: "x", auths: { "z.io": { auth: base64("u:p") } } },
    "z.io",
    { username: "u" },
    ["x z.io", "x https://z.io"],
  ],
];
for (const [name, config, registry, expected, questions] of helped)
  test(`a helper: ${name}`, async () => {
    const { auth, asked, notices } = await look(config, registry, keychain);
    if (expected === undefined) expect(auth).toBeUndefined();
    else expect(auth).toMatchObject(expected);
    expect([asked, notices]).toEqual([[...questions], []]);
  });

test("a helper that fails is told with its last words, once, and asked again", async () => {
  const { auth, notices, asked, credentials } = await look({ credHelpers: { "r.io": "broken" } }, "r.io");
  expect(auth).toBeUndefined();
  await credentials("r.io", signal);
  expect(notices).toEqual(["docker-credential-broken gave no credentials for r.io: token expired, run login again"]);
  expect(asked).toHaveLength(2);
});

test("a helper is started once for a registry in ten minutes", async () => {
  const { asked, credentials, clock } = await look({ credsStore: "x" }, "r.io", keychain);
  await credentials("r.io", signal);
  expect(asked).toEqual(["x r.io"]);
  await clock.advance(11 * 60_000);
  await credentials("r.io", signal);
  expect(asked).toEqual(["x r.io", "x r.io"]);
});

test("a config that cannot be read is told, and one that is not there is not", async () => {
  const broken = await look("{ not json", "r.io");
  expect(broken.auth).toBeUndefined();
  expect(broken.notices).toEqual([
    `${join(folder, "config.json")} cannot be read (it is not valid JSON): no registry credentials are taken from it`,
  ]);
  expect((await look("[]", "r.io")).notices).toEqual([]);
  expect((await look('"text"', "r.io")).notices).toHaveLength(1);
  await rm(join(folder, "config.json"));
  const notices: string[] = [];
  const absent = dockerCredentials({
    env: { DOCKER_CONFIG: folder },
    askHelper: async () => ({ kind: "nothing" }),
    clock: virtualClock(),
    notice: (text) => notices.push(text),
  });
  expect([await absent("r.io", signal), notices]).toEqual([undefined, []]);
  await chmod(folder, 0o700);
});

/** Any JSON where a text or a mapping belongs. */
const odd = fc.constantFrom<unknown>(null, 7, "text", true, [], {}, ["x"], [null]);
const part = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.oneof(odd, fc.record(fields, { requiredKeys: [] }));
const entry = part({ auth: odd, username: odd, password: odd, identitytoken: odd, registrytoken: odd });

test("whatever shape a config has, there is an answer, and a good entry beside odd ones is found", async () => {
  const config = fc.record({ auths: part({ "r.io": entry, "https://r.io/v1": entry }), credHelpers: odd });
  await fc.assert(
    fc.asyncProperty(config, async (shape) => {
      await look(shape, "r.io");
      const auths = { ...(shape.auths as object | null), "s.io": { auth: base64("u:p") } };
      expect((await look({ ...shape, auths }, "s.io")).auth).toMatchObject({ username: "u", password: "p" });
    }),
    { numRuns: 300 },
  );
});

test("an empty config is one of nothing, as Docker's client has it", async () => {
  expect(await look("", "r.io")).toMatchObject({ auth: undefined, notices: [] });
});
