/** A port-forward's way to the pod whose other side is the test: what was sent is kept, what the pod says is said by it. */
import type { Carrier } from "../../src/cluster/port-forward/carrier.ts";
import type { SocketListener } from "../../src/cluster/stream/byte-socket.ts";

export function fakeCarrier() {
  const sent: Buffer[] = [];
  const calls: string[] = [];
  let listener: SocketListener | undefined;
  const carrier: Carrier = {
    backlog: 0,
    send: (...parts) => void sent.push(Buffer.concat(parts)),
    listen: (own) => {
      listener = own;
    },
    pause: () => void calls.push("pause"),
    resume: () => void calls.push("resume"),
    end: () => void calls.push("end"),
    terminate: () => {
      calls.push("terminate");
      listener?.closed();
    },
  };
  const say = (...frames: readonly Uint8Array[]) => listener?.data(Buffer.concat(frames));
  return { carrier, sent, calls, say, close: () => listener?.closed() };
}
