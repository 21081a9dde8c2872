/** When a peer that answers nothing counts as gone, and when it cannot answer. */
import { expect, test } from "bun:test";
import { heartbeat } from "../../../src/cluster/stream/heartbeat.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

function beating() {
  const clock = virtualClock();
  const peer = { received: 0, backlog: 0, pings: 0, ping: () => void peer.pings++ };
  let gone = 0;
  const beat = heartbeat(peer, () => void gone++, clock, 1000);
  return { clock, peer, beat, gone: () => gone };
}

test("a peer that answers each ping stays, however long it says nothing else", async () => {
  const { clock, peer, gone } = beating();
  for (let i = 0; i < 50; i++) {
    await clock.advance(1000);
    expect(peer.pings).toBe(i + 1);
    peer.received += 2;
  }
  expect(gone()).toBe(0);
});

test("one that answers none for two intervals is gone, once, and is pinged no more", async () => {
  const { clock, peer, gone } = beating();
  await clock.advance(1000);
  peer.received += 2;
  await clock.advance(1000);
  await clock.advance(1000);
  await clock.advance(999);
  expect([peer.pings, gone()]).toEqual([3, 0]);
  await clock.advance(1);
  expect(gone()).toBe(1);
  await clock.advance(10_000);
  expect([peer.pings, gone(), clock.sleepers]).toEqual([3, 1, 0]);
});

test("while nothing is read, or bytes wait to be sent, no answer can come; after it, time counts anew", async () => {
  const { clock, peer, beat, gone } = beating();
  beat.reads(false);
  await clock.advance(20_000);
  beat.reads(true);
  await clock.advance(2000);
  expect(gone()).toBe(0);
  peer.backlog = 1;
  await clock.advance(20_000);
  peer.backlog = 0;
  await clock.advance(2000);
  expect(gone()).toBe(0);
  await clock.advance(1000);
  expect(gone()).toBe(1);
});

test("disposed, it asks and says nothing more", async () => {
  const { clock, peer, beat, gone } = beating();
  beat[Symbol.dispose]();
  await clock.advance(10_000);
  expect([peer.pings, gone(), clock.sleepers]).toEqual([0, 0, 0]);
});
