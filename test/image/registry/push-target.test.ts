/** The push target against an engine that cuts, repeats, lies and does not know the password. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, engineAt } from "../../../src/image/engine/engine.ts";
import { deltaSender } from "../../../src/image/node/send-delta.ts";
import { openPushTarget, type PushTarget, pushPassword } from "../../../src/image/registry/push-target.ts";
import { openScratch } from "../../../src/store/scratch.ts";
import { eventually } from "../../rig/eventually.ts";
import { type TempFolder, tempFolder } from "../../rig/temp-folder.ts";

const secret = "5ea1".repeat(16);
const answers = { config: "sha256:none", hasConfig: true, wants: () => true, teach: false };
const large = new Uint8Array(12 << 20);
const digestOf = (bytes: Uint8Array) => `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;
const upload = (n: number) => `/v2/a/blobs/uploads/00000000-0000-0000-0000-00000000000${n}`;

let folder: TempFolder;
let target: PushTarget;
beforeEach(async () => {
  folder = await tempFolder();
  target = openPushTarget(pushPassword(secret), () => openScratch(folder.path));
});
afterEach(async () => {
  await target[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function request(path: string, init: RequestInit = {}, password = target.auth.password): Promise<Response> {
  const Authorization = `Basic ${Buffer.from(`${target.auth.username}:${password}`).toString("base64")}`;
  return fetch(`http://127.0.0.1:${target.port}${path}`, { ...init, headers: { ...init.headers, Authorization } });
}
const manifest = (...digests: readonly string[]) =>
  request("/v2/a/manifests/x", {
    method: "PUT",
    body: JSON.stringify({ layers: digests.map((digest) => ({ digest })) }),
  });

/** Spooled files that this process holds. */
async function held(): Promise<number> {
  const all = await Promise.all(
    (await readdir("/proc/self/fd")).map((fd) => readlink(join("/proc/self/fd", fd)).catch(() => "")),
  );
  return all.filter((path) => path.startsWith(folder.path)).length;
}
const noneHeld = () => eventually("every spooled file to be closed", async () => (await held()) === 0 || undefined);

test("a push that is cut between two requests leaves nothing behind", async () => {
  const push = target.receive(answers, async () => {
    expect((await request(upload(1), { method: "PATCH", body: large })).status).toBe(202);
    expect(await held()).toBe(1);
    throw new Error("superseded by a newer save");
  });
  await expect(push).rejects.toThrow("superseded");
  await noneHeld();
  expect(await readdir(folder.path)).toEqual([]);
});

test("a push that is cut in the middle of an upload leaves nothing behind", async () => {
  let sending = true;
  const body = new ReadableStream({
    async pull(controller) {
      await new Promise(setImmediate);
      if (sending) controller.enqueue(new Uint8Array(1 << 20));
      else controller.close();
    },
  });
  let patched: Promise<unknown> | undefined;
  const push = target.receive(answers, async () => {
    patched = request(upload(1), { method: "PATCH", body }).catch(() => undefined);
    await eventually("an upload that is too large for the memory", async () => (await held()) === 1 || undefined);
    throw new Error("superseded by a newer save");
  });
  await expect(push).rejects.toThrow("superseded");
  await noneHeld();
  sending = false;
  await patched;
});

test("uploads that no manifest brings to an end, or that come twice, are not kept", async () => {
  const digest = digestOf(large);
  const { layers, uploads } = await target.receive(answers, async () => {
    for (const n of [1, 2, 3]) await request(upload(n), { method: "PATCH", body: large });
    for (const n of [1, 2]) {
      const put = await request(`${upload(n)}?digest=${digest}`, { method: "PUT" });
      expect(put.status).toBe(201);
    }
    expect((await manifest(digest)).status).toBe(201);
  });
  expect(layers).toEqual([digest]);
  await eventually("one file that is handed on", async () => (await held()) === 1 || undefined);
  await uploads.get(digest)?.[Symbol.asyncDispose]();
  await noneHeld();
});

test("another digest than the content's, and what is no digest, is refused", async () => {
  await target.receive(answers, async () => {
    await request(upload(1), { method: "PATCH", body: large });
    const wrong = `sha256:${"0".repeat(64)}`;
    expect((await request(`${upload(1)}?digest=${wrong}`, { method: "PUT" })).status).toBe(400);
    for (const digest of ["", "sha256:", `sha256:${"0".repeat(64)};rm`, "../../x", "%0d%0aa:b"])
      expect((await request(`${upload(2)}?digest=${digest}`, { method: "PUT", body: "x" })).status).toBe(400);
    await manifest();
  });
  await noneHeld();
});

test("a manifest of many megabytes is refused", async () => {
  const push = target.receive(answers, async () => {
    const body = new Uint8Array(5 << 20);
    expect((await request("/v2/a/manifests/x", { method: "PUT", body })).status).toBe(413);
  });
  await expect(push).rejects.toThrow("without a manifest");
});

test("without the password nothing is answered, and the secret is not the password", async () => {
  expect(target.auth.password).not.toContain(secret.slice(0, 16));
  expect(target.auth.password).toBe(pushPassword(secret));
  expect(target.auth.password).not.toBe(pushPassword(`${secret.slice(1)}0`));
  await target.receive(answers, async () => {
    for (const password of ["", secret, `${target.auth.password}x`])
      expect((await request(upload(1), { method: "PATCH", body: "x" }, password)).status).toBe(401);
    await manifest();
  });
});

test.each([
  ["by its address", { kind: "tcp", host: "build.example.com", port: 2376, from: "a test" }, {}],
  ["by its name", { kind: "unix", path: "/run/forwarded.sock", from: "a test" }, { Name: "another-host" }],
  ["by its own network", undefined, { SecurityOptions: ["name=seccomp,profile=builtin", "name=rootless"] }],
] as const)("an engine that is not on this host %s is never told to push", async (_, endpoint, facts) => {
  const { hostname } = await import("node:os");
  const asked: string[] = [];
  const local = engineAt(endpoint ?? { kind: "unix", path: "/run/docker.sock", from: "a test" });
  const engine: Engine = {
    ...local,
    async request(path) {
      asked.push(path);
      return Response.json({ ID: "", Name: hostname(), OperatingSystem: "", ServerVersion: "", Driver: "", ...facts });
    },
  };
  const full = { send: async () => ({ how: "full" as const }), [Symbol.asyncDispose]: async () => {} };
  await using sender = deltaSender({
    engine,
    full,
    secret,
    scratch: () => openScratch(folder.path),
    notice: (text) => asked.push(text),
  });
  const image = { id: `sha256:${"1".repeat(64)}`, name: "web:1" } as const;
  expect(await sender.send(image, [], new AbortController().signal)).toEqual({ how: "full" });
  expect(asked.filter((path) => path !== "/info")).toEqual([]);
});
