/** A client's connection over tunnels whose other side is the test: what a refusal costs, whenever it comes. */
import { expect, test } from "bun:test";
import { gather, type RelayEnd, relay } from "../../../src/cluster/port-forward/relay.ts";
import { dataFrames, finish, ping } from "../../../src/cluster/port-forward/spdy.ts";
import { Tunnel } from "../../../src/cluster/port-forward/tunnel.ts";
import type { ByteSocket } from "../../../src/cluster/stream/byte-socket.ts";
import { listenLocally } from "../../../src/dev/forward/listener.ts";
import { eventually } from "../../rig/eventually.ts";
import { fakeCarrier } from "../../rig/fake-carrier.ts";
import { tcpClient } from "../../rig/tcp-client.ts";

const bytes = (text: string) => Buffer.concat(dataFrames(3, Buffer.from(text)));
const refusal = [...dataFrames(1, Buffer.from("connect: connection refused")), finish(1)];

/** A client, and relays of its connection, each over a tunnel of its own. */
async function connection() {
  const local = Promise.withResolvers<ByteSocket>();
  const listener = listenLocally("127.0.0.1", { wished: 0 }, local.resolve);
  const client = tcpClient(listener.port);
  const socket = await local.promise;
  const early = gather(socket);
  const attempt = () => {
    const far = fakeCarrier();
    const began = performance.now();
    let accepted = false;
    const running = relay(socket, new Tunnel(far.carrier), {
      port: 80,
      early,
      accepted() {
        accepted = true;
      },
    });
    const has = (text: string) =>
      eventually(`${text} at the pod`, () => Buffer.concat(far.sent).toString("latin1").includes(text) || undefined);
    const acceptance = () => eventually("the acceptance", () => accepted || undefined);
    return { ...far, running, began, end: running.end, has, acceptance };
  };
  const dispose = () => {
    client[Symbol.dispose]();
    listener[Symbol.dispose]();
  };
  return { client, early, attempt, [Symbol.dispose]: dispose };
}

test("a refusal that comes after the port seemed to accept costs nothing: the next try has all bytes", async () => {
  using it = await connection();
  it.client.write("a question");
  const first = it.attempt();
  await first.has("a question");
  first.say(ping(1));
  await first.acceptance();
  it.client.write(" and more");
  await first.has(" and more");
  first.say(finish(3), ...refusal);
  expect(await first.end).toEqual({ kind: "refused", why: "connect: connection refused" });

  const second = it.attempt();
  await eventually("all of it", () => {
    const sent = Buffer.concat(second.sent).toString("latin1");
    return (sent.includes("a question") && sent.includes(" and more")) || undefined;
  });
  second.say(bytes("an answer"));
  await eventually("the answer", () => it.client.received().toString() === "an answer" || undefined);
});

test.each<[string, (far: Awaited<ReturnType<typeof connection>>) => Promise<RelayEnd>]>([
  [
    "the pod's first byte",
    async (it) => {
      const far = it.attempt();
      far.say(bytes("half an answer"), ...refusal);
      return far.end;
    },
  ],
  [
    "more bytes than are kept",
    async (it) => {
      const far = it.attempt();
      far.say(ping(1));
      await far.acceptance();
      it.client.write(new Uint8Array(300 * 1024));
      await eventually("the bytes", () => Buffer.concat(far.sent).length > 300 * 1024 || undefined);
      far.say(...refusal);
      return far.end;
    },
  ],
])("a connection that is lost after %s is reset", async (_, lose) => {
  using it = await connection();
  expect((await lose(it)).kind).not.toBe("refused");
  expect((await it.client.over).how).toBe("reset");
});

test("a question that came before there was a pod is open until it is answered: the connection is not idle", async () => {
  using it = await connection();
  it.client.write("a question");
  await eventually("the question", () => it.early.bytes.length > 0 || undefined);
  const far = it.attempt();
  await far.has("a question");
  far.say(ping(1));
  await far.acceptance();
  const quiet = eventually("the time after which a connection counts as idle", () =>
    performance.now() - far.began > 400 ? true : undefined,
  );
  await quiet;
  expect(far.running.isIdle()).toBe(false);
  far.say(bytes("an answer"));
  await eventually("the connection to be idle", () => far.running.isIdle() || undefined);
});

test.each([
  ["open", "", "reset"],
  ["answered", "an answer", "ended"],
] as const)("a pod that is being replaced ends the connection while the question is %s", async (_, answer, how) => {
  using it = await connection();
  it.client.write("a question");
  const far = it.attempt();
  await far.has("a question");
  far.say(ping(1));
  await far.acceptance();
  if (answer) far.say(bytes(answer));
  if (answer) await eventually("the answer", () => it.client.received().toString() === answer || undefined);
  far.running.retire();
  far.say(finish(3), finish(1));
  expect((await it.client.over).how).toBe(how);
});
