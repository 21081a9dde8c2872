/**
 * A port of loopback that answers no attempt to connect, neither with a connection nor with a refusal: a server that
 * accepts nobody, and as many connections as wait for that at most. What a firewall makes of an address that it drops.
 */
import { connect, type Socket } from "node:net";

export interface FullPort extends AsyncDisposable {
  readonly port: number;
}

const script = `
const server = require("node:net").createServer();
server.listen(0, "127.0.0.1", () => {
  console.log(server.address().port);
  for (;;) Bun.sleepSync(60_000);
});
`;
/** A queue is longer than this nowhere. */
const mostWaiting = 20_000;
const quietMs = 200;

export async function fullPort(): Promise<FullPort> {
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
  const reader = child.stdout.getReader();
  const port = Number(new TextDecoder().decode((await reader.read()).value));
  const waiting: Socket[] = [];
  // The first attempt that hangs says that the queue is full.
  while (waiting.length < mostWaiting && (await connects(port, waiting)));
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      for (const socket of waiting) socket.destroy();
    },
  };
}

function connects(port: number, into: Socket[]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    into.push(socket);
    const timer = setTimeout(() => resolve(false), quietMs);
    socket.on("error", () => undefined);
    socket.on("connect", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
