/** A company's registry, real: TLS by an authority of its own, a password, and a token service. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../src/image/engine/engine.ts";
import type { EngineAuth } from "../../src/image/engine/engine-image.ts";
import { type ImageId, parseReference } from "../../src/image/reference.ts";
import { registryClient } from "../../src/image/registry/registry.ts";
import { registryDestination } from "../../src/image/registry/registry-push.ts";
import { sourcesOver } from "../../src/image/source/open-source.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openScratch } from "../../src/store/scratch.ts";
import { type Authority, makeAuthority } from "../rig/authority.ts";
import { testEngine } from "../rig/kind-node.ts";
import { startRegistry, type TestRegistry } from "../rig/registry.ts";
import { type ScratchImages, scratchImages } from "../rig/scratch-image.ts";
import { startTokenService } from "../rig/token-service.ts";

const signal = new AbortController().signal;
const user = { username: "ann", password: "se:cret" };
/** Neither the engine nor devloop takes it for a loopback, where any certificate would do. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === "IPv4" && !each.internal)?.address as string;

let folder = "";
let authority: Authority;
let issued: Awaited<ReturnType<Authority["issue"]>>;
let engine: Engine;
let images: ScratchImages;
let id: ImageId;
let name = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devloop-private-"));
  authority = await makeAuthority(folder, "Company Authority");
  issued = await authority.issue("registry", [address]);
  engine = await testEngine();
  images = await scratchImages("private");
  id = await images.build("app", [4]);
  name = images.repository("app");
});
afterAll(async () => {
  await images[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A folder as the engine keeps authorities in, with this one for the registry. */
async function certsFor(
  { host }: TestRegistry,
  below = join(folder, "certs.d"),
): Promise<AsyncDisposable & { path: string }> {
  const own = join(below, host);
  await mkdir(own, { recursive: true });
  await writeFile(join(own, "ca.crt"), authority.cert);
  return { path: below, [Symbol.asyncDispose]: () => rm(own, { recursive: true }) };
}

function destination(auth: EngineAuth, folders: readonly string[]) {
  const notices: string[] = [];
  const credentials = async () => auth;
  const registry = registryClient(credentials, [], systemClock, folders);
  const held = { sources: sourcesOver(registry), scratch: () => openScratch(join(folder, "scratch")) };
  const to = registryDestination(engine, registry, credentials, (text) => notices.push(text), held);
  return { notices, registry, to };
}

test("it is trusted by its own authority, opened by its password, and pushed to once", async () => {
  await using registry = await startRegistry({ address, tls: issued, auth: { user: "ann", password: user.password } });
  await using certs = await certsFor(registry);
  await using _engines = await certsFor(registry, "/etc/docker/certs.d");
  const { to, notices } = destination(user, [certs.path]);
  const image = { id, name: `${registry.host}/${name}:one` };
  expect(await to.has([image], signal)).toMatchObject([{ present: false }]);
  const first = await to.deliver(image, signal);
  expect(first.how).toBe("pushed");
  expect(first.reference).toMatch(/:one@sha256:[0-9a-f]{64}$/);
  expect(await to.has([image], signal)).toMatchObject([{ present: true, reference: first.reference }]);
  expect((await to.deliver(image, signal)).how).toBe("present");
  expect(notices).toEqual([]);
});

test("an authority that nobody here knows is named, and so is a wrong password", async () => {
  await using registry = await startRegistry({ address, tls: issued, auth: { user: "ann", password: user.password } });
  await using certs = await certsFor(registry);
  const reference = parseReference(`${registry.host}/${name}:one`);
  const look = (auth: EngineAuth, folders: readonly string[]) =>
    destination(auth, folders)
      .registry.digest(reference, signal)
      .then(
        () => "no complaint",
        (thrown) => (thrown as Error).message,
      );
  const stranger = await look(user, []);
  expect(stranger).toContain(`the registry ${registry.host} is not trusted`);
  expect(stranger).toContain("issued by Company Authority (Test Ltd)");
  expect(await look({ ...user, password: "wrong" }, [certs.path])).toContain("refused access");
  expect(await look(user, [certs.path])).toBe("no complaint");
});

test("a registry that only the engine can open is no reason not to push: one notice, and the engine's digest", async () => {
  await using registry = await startRegistry({ address, tls: issued, auth: { user: "ann", password: user.password } });
  await using _engines = await certsFor(registry, "/etc/docker/certs.d");
  const { to, notices } = destination(user, []);
  const [one, two] = ["one", "two"].map((tag) => ({ id, name: `${registry.host}/${name}:${tag}` }));
  if (!one || !two) throw new Error("two images");
  expect(await to.has([one, two], signal)).toMatchObject([{ present: false }, { present: false }]);
  const delivered = await to.deliver(one, signal);
  expect(delivered).toMatchObject({ how: "pushed", reference: expect.stringMatching(/:one@sha256:[0-9a-f]{64}$/) });
  await to.deliver(two, signal);
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain(`what ${registry.host} has is not known, so images are pushed`);
});

test("tokens of its service: by password, by refresh token, and never asked for in clear", async () => {
  const tokens = startTokenService({
    hostname: address,
    tls: issued,
    user: "ann",
    password: user.password,
    refresh: "r-1",
  });
  await using _tokens = tokens;
  const bundle = issued.certFile;
  await using registry = await startRegistry({ address, tls: issued, auth: { ...tokens, bundle } });
  await using certs = await certsFor(registry);
  await using _realm = await certsFor({ host: new URL(tokens.realm).host } as TestRegistry);
  await using _engines = await certsFor(registry, "/etc/docker/certs.d");
  await using _enginesRealm = await certsFor(
    { host: new URL(tokens.realm).host } as TestRegistry,
    "/etc/docker/certs.d",
  );
  const image = { id, name: `${registry.host}/${name}:tokens` };
  const by = destination(user, [certs.path]);
  const first = await by.to.deliver(image, signal);
  expect([first.how, by.notices]).toEqual(["pushed", []]);
  expect(new Set(tokens.asked)).toEqual(new Set(["basic ann"]));
  const refreshed = destination({ identitytoken: "r-1" }, [certs.path]);
  expect((await refreshed.to.deliver(image, signal)).how).toBe("present");
  expect(tokens.asked.at(-1)).toBe("refresh");

  await using clear = await startRegistry({
    address,
    tls: issued,
    auth: { ...tokens, realm: tokens.realm.replace("https:", "http:"), bundle },
  });
  await using _clear = await certsFor(clear);
  const asked = tokens.asked.length;
  const complaint = await by.registry
    .digest(parseReference(`${clear.host}/${name}:tokens`), signal)
    .catch((thrown: Error) => thrown.message);
  expect(complaint).toContain("is not asked by https");
  expect(tokens.asked).toHaveLength(asked);
});
