/** Credentials of plugins: for many requests at once, over failed renewals, refusals and cancellations. */
import { expect, test } from "bun:test";
import type { Access } from "../../../src/cluster/connect/access.ts";
import { Unreachable } from "../../../src/cluster/connect/api-error.ts";
import { credentialSource } from "../../../src/cluster/connect/credential.ts";
import type { RunPlugin } from "../../../src/cluster/connect/exec-plugin.ts";
import { openExec } from "../../../src/cluster/stream/exec.ts";
import { watch } from "../../../src/cluster/watch/watch.ts";
import { diagnosticsOf } from "../../../src/diag/failure.ts";
import { eventually } from "../../rig/eventually.ts";
import { fakeApi } from "../../rig/fake-api.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "plugin" };
const access = {
  context: "c",
  namespace: "d",
  server: "https://x",
  insecure: false,
  user: { file: "kubeconfig", value: { exec } },
} as unknown as Access;
const printed = JSON.stringify({ apiVersion: exec.apiVersion, kind: "ExecCredential", status: { token: "t" } });

function plugin() {
  const runs: PromiseWithResolvers<Awaited<ReturnType<RunPlugin>>>[] = [];
  const run: RunPlugin = (_command, signal) => {
    const end = Promise.withResolvers<Awaited<ReturnType<RunPlugin>>>();
    runs.push(end);
    signal.addEventListener("abort", () => end.reject(signal.reason), { once: true });
    return end.promise;
  };
  return { run, runs };
}

test("a caller that is cancelled takes it from no other", async () => {
  const { run, runs } = plugin();
  const source = await credentialSource(access, { run, hasTerminal: () => false }, virtualClock());
  const first = new AbortController();
  const begun = source.current(first.signal).catch((thrown: Error) => thrown.message);
  const joined = source.current(new AbortController().signal);
  await new Promise((turn) => setImmediate(turn));
  first.abort(new Error("superseded"));
  expect(await begun).toBe("superseded");
  runs[0]?.resolve({ kind: "exited", code: 0, stdout: printed, stderr: "" });
  expect((await joined).headers).toEqual({ Authorization: "Bearer t" });
  expect(runs).toHaveLength(1);
});

test("a plugin that fails is run again by the next request", async () => {
  const { run, runs } = plugin();
  const source = await credentialSource(access, { run, hasTerminal: () => false }, virtualClock());
  const { signal } = new AbortController();
  const both = [source.current(signal), source.current(signal)].map((each) => each.then(() => "").catch(String));
  await new Promise((turn) => setImmediate(turn));
  runs[0]?.resolve({ kind: "exited", code: 1, stdout: "", stderr: "no such host" });
  for (const each of both) expect(await each).toContain("failed with exit code 1");
  const again = source.current(signal);
  await new Promise((turn) => setImmediate(turn));
  runs[1]?.resolve({ kind: "exited", code: 0, stdout: printed, stderr: "" });
  expect((await again).headers).toEqual({ Authorization: "Bearer t" });
});

const until = (seconds: number, token: string, now: number) =>
  JSON.stringify({
    apiVersion: exec.apiVersion,
    kind: "ExecCredential",
    status: { token, expirationTimestamp: new Date(now + seconds * 1000).toISOString() },
  });
const exited = (code: number, stdout = "", stderr = "") => ({ kind: "exited", code, stdout, stderr }) as const;
const never = new AbortController().signal;

/** A plugin that answers what it is told, and counts how often it was started. */
async function sourceOf(answer: (nth: number, now: number) => ReturnType<typeof exited>) {
  const clock = virtualClock();
  let runs = 0;
  const source = await credentialSource(
    access,
    { run: async () => answer(++runs, clock.now()), hasTerminal: () => false },
    clock,
  );
  const token = async () => {
    const { headers } = await source.current(never);
    return String(headers.Authorization).replace("Bearer ", "");
  };
  return { clock, source, token, runs: () => runs };
}

test("a renewal that fails leaves the credential in use until it ends, and is then passing", async () => {
  const fails = new Set([2, 3, 4, 5]);
  const at = await sourceOf((nth, now) =>
    fails.has(nth)
      ? exited(1, "", "dial tcp: lookup oidc.example: no such host")
      : exited(0, until(60, `t${nth}`, now)),
  );
  expect(await at.token()).toBe("t1");
  await at.clock.advance(52_000);
  expect([await at.token(), await at.token(), at.runs()]).toEqual(["t1", "t1", 2]);
  await at.clock.advance(10_000);
  const thrown = await at.token().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Unreachable);
  expect(diagnosticsOf(thrown)[0]).toMatchObject({
    passing: true,
    message: expect.stringMatching(
      /^the credential of the context "c" could not be renewed: the credential plugin plugin/,
    ),
    details: ["dial tcp: lookup oidc.example: no such host"],
  });
  // Many ask at once: the plugin is not started for each of them.
  await Promise.allSettled([at.token(), at.token(), at.token()]);
  expect(at.runs()).toBe(3);
  fails.clear();
  await at.clock.advance(6000);
  expect(await at.token()).toBe("t4");
});

test("a refusal forgets the credential that got it, and not a newer one", async () => {
  const at = await sourceOf((nth, now) => exited(0, until(3600, `t${nth}`, now)));
  const first = await at.source.current(never);
  expect(at.source.refused(first)).toBe(true);
  const second = await at.source.current(never);
  expect(second.headers).toEqual({ Authorization: "Bearer t2" });
  // An answer to an older request, that comes late.
  expect(at.source.refused(first)).toBe(true);
  expect(await at.source.current(never)).toBe(second);
  expect(at.runs()).toBe(2);
});

test("what the server refused is not used again where its renewal fails", async () => {
  const at = await sourceOf((nth, now) => (nth === 1 ? exited(0, until(3600, "t1", now)) : exited(1)));
  at.source.refused(await at.source.current(never));
  await expect(at.token()).rejects.toBeInstanceOf(Unreachable);
});

test("a watch goes on over a renewal that failed", async () => {
  const asked: string[] = [];
  await using api = await fakeApi(({ url, headers }) => {
    asked.push(`${headers.get("authorization")} ${new URL(url).searchParams.has("watch") ? "watch" : "list"}`);
    if (new URL(url).searchParams.has("watch")) return new Response("");
    return Response.json({ metadata: { resourceVersion: "1" }, items: [] });
  });
  const clock = virtualClock();
  let runs = 0;
  const troubles: string[] = [];
  const cluster = await api.connect(
    { exec },
    {
      clock,
      // It fails until the credential in use has ended, and the watch with it.
      runPlugin: async () =>
        ++runs > 1 && !troubles.includes("lost")
          ? exited(1, "", "no such host")
          : exited(0, until(12, `t${runs}`, clock.now())),
    },
  );
  const stop = new AbortController();
  const pods = { apiVersion: "v1", kind: "Pod", namespace: "shop" };
  const watching = (async () => {
    for await (const _ of watch(cluster, pods, ({ kind }) => troubles.push(kind), stop.signal, clock));
  })().catch((thrown: unknown) => thrown);
  let over: unknown;
  void watching.then((thrown) => {
    over = thrown;
  });
  while (over === undefined && !troubles.includes("restored")) await clock.advance(1000);
  expect(over).toBeUndefined();
  expect(troubles).toEqual(["lost", "restored"]);
  expect(asked.at(-1)).toMatch(/^Bearer t(?!1 )\d+ watch$/);
  stop.abort(new Error("enough"));
  expect(await watching).toMatchObject({ message: "enough" });
});

test("an open of exec or port-forward is given up while a plugin is still asked", async () => {
  const { run, runs } = plugin();
  await using api = await fakeApi(() => new Response(null, { status: 500 }));
  const cluster = await api.connect({ exec }, { runPlugin: run });
  const stop = new AbortController();
  const target = { namespace: "shop", pod: "web", container: "main" };
  const opening = openExec(cluster, target, ["true"], stop.signal).catch((thrown: Error) => thrown.message);
  await eventually("the plugin to be started", () => (runs.length > 0 ? true : undefined));
  stop.abort(new Error("superseded"));
  expect(await opening).toBe("superseded");
  expect(api.requests).toEqual([]);
});
