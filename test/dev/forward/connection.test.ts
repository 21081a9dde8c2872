/** One local connection over targets whose other side is the test: refusals, ways that break, and time that is over. */
import { expect, test } from "bun:test";
import { dataFrames, finish, ping } from "../../../src/cluster/port-forward/spdy.ts";
import { Tunnel } from "../../../src/cluster/port-forward/tunnel.ts";
import type { ByteSocket } from "../../../src/cluster/stream/byte-socket.ts";
import { serve, type Way } from "../../../src/dev/forward/connection.ts";
import { listenLocally } from "../../../src/dev/forward/listener.ts";
import type { Target } from "../../../src/dev/forward/target.ts";
import { eventually } from "../../rig/eventually.ts";
import { fakeCarrier } from "../../rig/fake-carrier.ts";
import { tcpClient } from "../../rig/tcp-client.ts";

const answer = (text: string) => Buffer.concat(dataFrames(3, Buffer.from(text)));
const refusal = [...dataFrames(1, Buffer.from("connect: connection refused")), finish(1)];
const { signal } = new AbortController();

/** A client whose connection is served by the targets, one after the other; each tunnel is in the test's hand. */
async function served(targets: readonly (Target | undefined)[]) {
  const local = Promise.withResolvers<ByteSocket>();
  const listener = listenLocally("127.0.0.1", { wished: 0 }, local.resolve);
  const client = tcpClient(listener.port);
  let asked = 0;
  const way: Way = { target: async () => targets[Math.min(asked++, targets.length - 1)], running: () => undefined };
  const done = serve(await local.promise, way, signal);
  const dispose = () => {
    client[Symbol.dispose]();
    listener[Symbol.dispose]();
  };
  return { client, done, asked: () => asked, [Symbol.dispose]: dispose };
}

function targetOf(take: () => Promise<Tunnel>): Target {
  return { port: 80, accepts: true, pod: {}, tunnels: { take } } as unknown as Target;
}

/** A target whose tunnels are in the test's hand. */
function target() {
  const ways: ReturnType<typeof fakeCarrier>[] = [];
  const own = targetOf(async () => {
    const far = fakeCarrier();
    ways.push(far);
    return new Tunnel(far.carrier);
  });
  const way = (n: number) => eventually(`way ${n}`, () => ways[n]);
  return { own, way };
}

test("a port that refuses is tried again with all that the client has said", async () => {
  const at = target();
  using it = await served([at.own]);
  it.client.write("a question");
  (await at.way(0)).say(...refusal);
  const second = await at.way(1);
  await eventually("the question", () => Buffer.concat(second.sent).includes("a question") || undefined);
  second.say(ping(1), answer("an answer"), finish(3), finish(1));
  expect((await it.client.over).how).toBe("ended");
  expect(it.client.received().toString()).toBe("an answer");
  await it.done;
});

test("a way that cannot be opened is no end: the next one is taken", async () => {
  const at = target();
  let tries = 0;
  const broken = targetOf(() => (tries++ === 0 ? Promise.reject(new Error("away")) : at.own.tunnels.take(signal)));
  using it = await served([broken]);
  const far = await at.way(0);
  far.say(ping(1), answer("an answer"), finish(3), finish(1));
  expect((await it.client.over).how).toBe("ended");
  expect(tries).toBe(2);
});

test("where no pod comes in time the client is reset", async () => {
  using it = await served([undefined]);
  expect((await it.client.over).how).toBe("reset");
  await it.done;
});

test("a client that goes while its way is open ends it, and nothing is tried again", async () => {
  const at = target();
  using it = await served([at.own]);
  it.client.write("a question");
  await at.way(0);
  it.client.socket.resetAndDestroy();
  await it.done;
  expect(it.asked()).toBe(1);
});
