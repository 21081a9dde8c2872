import { expect, test } from "bun:test";
import { dataFrames, finish, ping, resetStream } from "../../../src/cluster/port-forward/spdy.ts";
import { Tunnel } from "../../../src/cluster/port-forward/tunnel.ts";
import { eventually } from "../../rig/eventually.ts";
import { fakeCarrier } from "../../rig/fake-carrier.ts";

function connected(first: readonly Uint8Array[] = []) {
  const far = fakeCarrier();
  const tunnel = new Tunnel(far.carrier);
  const heard: string[] = [];
  tunnel.connect(80, first, {
    accepted: () => void heard.push("accepted"),
    data: (bytes) => void heard.push(`data ${Buffer.from(bytes)}`),
    drained: () => undefined,
    ended: () => void heard.push("ended"),
    refused: (why) => void heard.push(`refused ${why}`),
    lost: () => void heard.push("lost"),
  });
  return { ...far, tunnel, heard };
}

const words = (text: string) => Buffer.concat(dataFrames(1, Buffer.from(text)));
const bytes = (text: string) => Buffer.concat(dataFrames(3, Buffer.from(text)));

test("both streams and the client's first bytes go out together, the stream of words first and half closed", () => {
  const { sent, tunnel } = connected([Buffer.from("GET /")]);
  const all = sent[0] ?? Buffer.alloc(0);
  expect(all.subarray(0, 5).toString("hex")).toBe("8003000101");
  expect(all.readUInt32BE(8)).toBe(1);
  expect(all.toString("latin1")).toContain("streamtype");
  expect(all.subarray(-5).toString()).toBe("GET /");
  tunnel.close();
});

test("it has accepted with the first byte, and ends in order when both streams did", () => {
  const { say, heard, calls } = connected();
  say(bytes("hello"), bytes(" you"), finish(3));
  expect(heard).toEqual(["accepted", "data hello", "data  you"]);
  say(finish(1));
  expect(heard.at(-1)).toBe("ended");
  expect(calls).toEqual(["end"]);
});

test("it has accepted after an answered ping and a silence, and not before", async () => {
  const { say, heard, tunnel } = connected();
  say(ping(1));
  expect(heard).toEqual([]);
  await eventually("the acceptance", () => heard[0]);
  expect(heard).toEqual(["accepted"]);
  tunnel.close();
});

test("a refusal: its words count, though the end of the bytes comes before them", async () => {
  const { say, heard } = connected([Buffer.from("early")]);
  say(ping(1), finish(3));
  say(words("connect: connection "), words("refused\n"));
  expect(heard).toEqual([]);
  say(finish(1));
  expect(heard).toEqual(["refused connect: connection refused"]);
});

test("a reset of the pod's server is no end", () => {
  const { say, heard } = connected();
  say(bytes("half"), finish(3), resetStream(1));
  expect(heard).toEqual(["accepted", "data half", "lost"]);
});

test("a connection that breaks, and one that speaks no SPDY", () => {
  const broken = connected();
  broken.close();
  expect(broken.heard).toEqual(["lost"]);
  const strange = connected();
  strange.say(Buffer.from("80010001000000ff", "hex"));
  expect(strange.heard).toEqual(["lost"]);
});

test("a server's ping is answered with its own id; an unused tunnel is given up with a go-away", () => {
  const far = fakeCarrier();
  const tunnel = new Tunnel(far.carrier);
  let unusable = 0;
  tunnel.onUnusable(() => {
    unusable++;
  });
  far.say(ping(2));
  expect(far.sent).toEqual([Buffer.from(ping(2))]);
  expect(tunnel.isUnused).toBe(true);
  far.say(Buffer.from("80030007000000080000000000000000", "hex"));
  expect(tunnel.isUnused).toBe(false);
  expect(unusable).toBe(1);
  expect(far.calls).toEqual(["end"]);
});

test("pings of a server that reads nothing are not answered, because the answers would fill the memory", () => {
  const far = fakeCarrier();
  const tunnel = new Tunnel(Object.assign(far.carrier, { backlog: 1 << 20 }));
  far.say(ping(2), ping(4));
  expect(far.sent).toEqual([]);
  tunnel.close();
});

test("closing lets go of the pod at once and says nothing more", () => {
  const { tunnel, sent, say, heard, calls } = connected();
  tunnel.close();
  expect(sent.at(-1)?.toString("hex")).toBe(Buffer.concat([finish(3), resetStream(3)]).toString("hex"));
  expect(calls).toEqual(["end"]);
  say(bytes("late"));
  expect(heard).toEqual([]);
});
