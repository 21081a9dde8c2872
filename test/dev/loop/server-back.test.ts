/** When a server that was away is back: asked of one that answers by a list. */
import { expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { Unreachable } from "../../../src/cluster/connect/api-error.ts";
import { engineBack, serverBack } from "../../../src/dev/loop/server-back.ts";
import { type Engine, unreachableEngine } from "../../../src/image/engine/engine.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

type Answer = number | "silence" | Error;

function answering(...answers: readonly Answer[]) {
  let asked = 0;
  const cluster: Cluster = {
    context: "test",
    namespace: "default",
    endpoint: { url: "https://test", tls: {}, headers: async () => ({}) },
    fetch: async () => {
      const answer = answers[asked++] ?? 200;
      if (answer === "silence") throw new Unreachable("timeout", "no answer", "wait");
      if (answer instanceof Error) throw answer;
      return new Response("", { status: answer });
    },
  };
  return { cluster, asked: () => asked };
}

/** When it was back, in milliseconds, and how often it was asked. */
async function outcome(answers: readonly Answer[]) {
  const clock = virtualClock(0);
  const { cluster, asked } = answering(...answers);
  let at: number | undefined;
  const waiting = serverBack(cluster, clock, new AbortController().signal).then(() => {
    at = clock.now();
  });
  waiting.catch(() => undefined);
  await clock.settle();
  for (let i = 0; i < 200 && at === undefined; i++) await clock.advance(500);
  await waiting;
  return { at, asked: asked() };
}

test("one that answers, whatever it says of the question, is there", async () => {
  expect(await outcome([200])).toEqual({ at: 0, asked: 1 });
  expect(await outcome([403])).toEqual({ at: 0, asked: 1 });
});

test("one that is silent, and then starts, is back when it serves", async () => {
  expect(await outcome(["silence", "silence", 500, 503, 200])).toEqual({ at: 4000, asked: 5 });
});

test("ends with the signal, and lets through what is no silence", async () => {
  const end = new AbortController();
  const waiting = serverBack(answering("silence").cluster, virtualClock(), end.signal);
  end.abort(new DOMException("over", "AbortError"));
  expect(await waiting.catch((thrown: unknown) => thrown)).toBe(end.signal.reason);
  expect(await outcome([new Error("a bug")]).catch((thrown: unknown) => thrown)).toEqual(new Error("a bug"));
});

test("an engine that closes connections, or takes none, is asked until it answers; a refusal ends the wait", async () => {
  const silent = () =>
    unreachableEngine({ kind: "unix", path: "/x", from: "t" }, Object.assign(new Error(), { code: "ENOENT" }));
  const answers: (() => Response)[] = [
    () => {
      throw silent();
    },
    () => {
      throw silent();
    },
    () => new Response("OK"),
    () => new Response("no", { status: 500 }),
  ];
  let asked = 0;
  const engine: Engine = {
    endpoint: { kind: "unix", path: "/x", from: "t" },
    request: async () => answers[asked++]?.() ?? new Response("OK"),
  };
  const clock = virtualClock(0);
  let at: number | undefined;
  const waiting = engineBack(engine, clock, new AbortController().signal).then(() => {
    at = clock.now();
  });
  for (let i = 0; i < 10 && at === undefined; i++) await clock.advance(500);
  await waiting;
  expect([asked, at]).toEqual([3, 2000]);
  const refused = engineBack(engine, clock, new AbortController().signal).catch((thrown: Error) => thrown.message);
  expect(await refused).toContain("refused to answer a ping");
});
