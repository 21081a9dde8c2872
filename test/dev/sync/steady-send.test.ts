/** How long a batch may take: as long as bytes go, however slowly, and no longer. */
import { expect, test } from "bun:test";
import type { ContainerChannel, Sent } from "../../../src/dev/sync/container-channel.ts";
import { sendSteadily } from "../../../src/dev/sync/steady-send.ts";
import type { SyncArchive } from "../../../src/dev/sync/sync-archive.ts";
import { abortable } from "../../../src/std/async/abortable.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const mebi = 1 << 20;

/** @param take called with the sum of bytes before each piece is taken, and at the end */
async function send(bytes: number, take: (taken: number, sleep: (ms: number) => Promise<void>) => Promise<void>) {
  const clock = virtualClock();
  const end = new AbortController();
  let taken = 0;
  const channel: ContainerChannel = {
    warm: () => undefined,
    async send({ payload }, signal) {
      const sleep = (ms: number) => clock.sleep(ms, signal);
      for await (const piece of payload?.chunks ?? []) {
        await abortable(take(taken, sleep), signal);
        taken += piece.length;
      }
      await abortable(take(taken, sleep), signal);
      return { kind: "done" };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  // One chunk, as a file that was read at once.
  const archive: SyncArchive = { deleted: [], payload: { bytes, chunks: [new Uint8Array(bytes)] } };
  const started = clock.now();
  let sent: Sent | "cancelled" | undefined;
  const sending = sendSteadily(channel, archive, clock, end.signal).then(
    (result) => {
      sent = result;
    },
    () => {
      sent = "cancelled";
    },
  );
  return {
    clock,
    end,
    async result() {
      while (sent === undefined) await clock.advance(1000);
      await sending;
      return { sent, seconds: Math.floor((clock.now() - started) / 1000), taken };
    },
  };
}

test("a large batch over a slow connection arrives, whatever it takes", async () => {
  // 100 MB at 1 MB each ten seconds.
  const at = await send(100 * mebi, (taken, sleep) => (taken % mebi === 0 ? sleep(10_000) : Promise.resolve()));
  const { sent, seconds, taken } = await at.result();
  expect(sent).toEqual({ kind: "done" });
  expect(taken).toBe(100 * mebi);
  expect(seconds).toBeGreaterThan(1000);
});

test("a container that takes nothing is given up after 20 s, with a reason", async () => {
  const at = await send(1000, () => new Promise(() => undefined));
  const { sent, seconds } = await at.result();
  expect(sent).toEqual({ kind: "failed", why: "it took nothing of the files for 20 s" });
  expect(seconds).toBe(20);
});

test("one that stops in the middle is given up 20 s after its last piece", async () => {
  const at = await send(3 * mebi, (taken, sleep) => (taken < mebi ? sleep(1000) : new Promise(() => undefined)));
  const { sent, seconds } = await at.result();
  expect(sent).toMatchObject({ kind: "failed" });
  expect(seconds).toBe(36);
});

test("what the connection still holds at the end has time by its size", async () => {
  const late = (bytes: number, ms: number) =>
    send(bytes, (taken, sleep) => (taken === bytes ? sleep(ms) : Promise.resolve())).then((at) => at.result());
  expect((await late(4 * mebi, 80_000)).sent).toEqual({ kind: "done" });
  expect((await late(4 * mebi, 90_000)).sent).toMatchObject({ kind: "failed" });
  expect((await late(1000, 30_000)).sent).toMatchObject({ kind: "failed" });
});

test("a cancelled one ends with the signal's reason, and nothing sleeps on", async () => {
  const at = await send(1000, () => new Promise(() => undefined));
  at.end.abort(new Error("the session ends"));
  expect((await at.result()).sent).toBe("cancelled");
  expect(at.clock.sleepers).toBe(0);
});
