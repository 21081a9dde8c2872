/** Work that several wait for: whoever leaves takes nothing from the others, and a failure is not remembered. */
import { expect, test } from "bun:test";
import { abortable } from "../../../src/std/async/abortable.ts";
import { shared, sharedBy } from "../../../src/std/async/shared.ts";

test("the work is done once, also for those who come later", async () => {
  let made = 0;
  const one = shared(async () => ++made);
  expect(await Promise.all([one.get(), one.get(), one.get(new AbortController().signal)])).toEqual([1, 1, 1]);
  expect(await one.get()).toBe(1);
  one.forget();
  expect(await one.get()).toBe(2);
});

test("a caller that is aborted stops waiting; the others get the result", async () => {
  const gate = Promise.withResolvers<string>();
  const one = shared(() => gate.promise);
  const first = new AbortController();
  const left = one.get(first.signal);
  const stays = one.get(new AbortController().signal);
  first.abort(new Error("superseded"));
  expect(await left.catch((thrown: Error) => thrown.message)).toBe("superseded");
  gate.resolve("done");
  expect(await stays).toBe("done");
});

test("a failure is thrown to all who wait, and the next one tries again", async () => {
  const ends: (() => Promise<string>)[] = [() => Promise.reject(new Error("away")), async () => "back"];
  const one = shared(() => ends.shift()?.() ?? Promise.reject(new Error("asked too often")));
  const both = await Promise.allSettled([one.get(), one.get(new AbortController().signal)]);
  expect(both.map((end) => (end.status === "rejected" ? (end.reason as Error).message : "none"))).toEqual([
    "away",
    "away",
  ]);
  expect(await one.get()).toBe("back");
  expect(await one.get()).toBe("back");
});

test("what failed late does not forget what was made since", async () => {
  const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let made = 0;
  const one = shared(() => gates[made++]?.promise ?? Promise.reject(new Error("asked too often")));
  const old = one.get().catch((thrown: Error) => thrown.message);
  one.forget();
  const now = one.get();
  gates[0]?.reject(new Error("late"));
  expect(await old).toBe("late");
  gates[1]?.resolve("new");
  expect(await now).toBe("new");
  expect(await one.get()).toBe("new");
});

test("each key has its own", async () => {
  const made: string[] = [];
  const of = sharedBy(async (key) => {
    made.push(key);
    return key.toUpperCase();
  });
  expect(await Promise.all([of("a").get(), of("b").get(), of("a").get()])).toEqual(["A", "B", "A"]);
  expect(made).toEqual(["a", "b"]);
});

test("a wait that is aborted before it begins gives the signal's reason, even where the result is there", async () => {
  const reason = new Error("too late");
  expect(await abortable(Promise.resolve(1), AbortSignal.abort(reason)).catch((thrown) => thrown)).toBe(reason);
});
