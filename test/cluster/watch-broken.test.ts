/** What a watch does with a line that is no event, and with a server that is behind the version that it was asked for. */
import { expect, test } from "bun:test";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { type WatchChange, type WatchTrouble, watch } from "../../src/cluster/watch/watch.ts";
import { type FakeRequest, fakeApi, refusal } from "../rig/fake-api.ts";
import { virtualClock } from "../rig/virtual-clock.ts";

const maps = { apiVersion: "v1", kind: "ConfigMap", namespace: "default" };
const object = (version: string) => ({ metadata: { name: "m", namespace: "default", resourceVersion: version } });
const event = (version: string) => `${JSON.stringify({ type: "MODIFIED", object: object(version) })}\n`;
const list = () => Response.json({ metadata: { resourceVersion: "7" }, items: [object("7")] });

/** Follows until `enough` holds; what was seen. */
async function followed(cluster: Cluster, enough: (changes: readonly WatchChange[]) => boolean) {
  const stop = new AbortController();
  const clock = virtualClock();
  const changes: WatchChange[] = [];
  const troubles: WatchTrouble[] = [];
  const following = (async () => {
    for await (const change of watch(cluster, maps, (trouble) => troubles.push(trouble), stop.signal, clock)) {
      changes.push(change);
      if (enough(changes)) stop.abort(new Error("enough"));
    }
  })();
  following.catch(() => undefined);
  while (
    !stop.signal.aborted &&
    (await Promise.race([
      following.then(
        () => true,
        () => true,
      ),
      clock.advance(10_000),
    ])) !== true
  );
  await expect(following).rejects.toThrow("enough");
  return { changes, troubles };
}

const versions = (requests: readonly FakeRequest[]) =>
  requests
    .map(({ url }) => new URL(url).searchParams)
    .map((query) => (query.has("watch") ? `watch ${query.get("resourceVersion")}` : "list"));

test("a line that is no JSON is a lost connection: the watch goes on from the last event", async () => {
  await using api = await fakeApi((request, nth) => {
    if (!new URL(request.url).searchParams.has("watch")) return list();
    return new Response(nth === 2 ? `${event("8")}<html>502 Bad Gateway</html>\n` : event("9"));
  });
  const { changes, troubles } = await followed(await api.connect(), (all) => all.length === 3);
  expect(changes.map(({ kind }) => kind)).toEqual(["reset", "set", "set"]);
  expect(versions(api.requests)).toEqual(["list", "watch 7", "watch 8"]);
  expect(troubles.map(({ kind }) => kind)).toEqual(["lost", "restored"]);
  expect(troubles[0]).toMatchObject({ why: expect.stringContaining("sent something that is no event") });
});

const tooLarge = "Timeout: Too large resource version: 7, current: 3";
test.each([
  ["as the answer", () => refusal(504, "Timeout", tooLarge)],
  [
    "as an event",
    () => {
      const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
      const status = {
        kind: "Status",
        code: 504,
        reason: "Timeout",
        message: "Timeout",
        details: { causes },
        metadata: {},
      };
      return new Response(`${JSON.stringify({ type: "ERROR", object: status })}\n`);
    },
  ],
])("a version that the server has not reached yet is listed anew, told %s", async (_how, answer) => {
  await using api = await fakeApi((request, nth) => {
    if (!new URL(request.url).searchParams.has("watch")) return list();
    return nth === 2 ? answer() : new Response(event("8"));
  });
  const { changes } = await followed(await api.connect(), (all) => all.length === 3);
  expect(changes.map(({ kind }) => kind)).toEqual(["reset", "reset", "set"]);
  expect(versions(api.requests)).toEqual(["list", "watch 7", "list", "watch 7"]);
});

test("a server that takes every watch and ends it at once is asked ever more rarely", async () => {
  await using api = await fakeApi((request) =>
    new URL(request.url).searchParams.has("watch") ? new Response("") : list(),
  );
  const stop = new AbortController();
  const clock = virtualClock();
  const cluster = await api.connect();
  const following = (async () => {
    for await (const _ of watch(cluster, maps, () => undefined, stop.signal, clock));
  })();
  following.catch(() => undefined);
  const began = clock.now();
  while (api.requests.length < 12) {
    if (clock.sleepers > 0) await clock.advance(100);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  // Ten pauses that double from 0.1 s to 5 s, each at least three quarters of that.
  expect(clock.now() - began).toBeGreaterThan(15_000);
  stop.abort(new Error("enough"));
  await expect(following).rejects.toThrow("enough");
});
