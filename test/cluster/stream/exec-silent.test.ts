/** A command whose server falls silent, and one whose server only answers pings. */
import { expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { Unreachable } from "../../../src/cluster/connect/api-error.ts";
import { openExec } from "../../../src/cluster/stream/exec.ts";
import { execServer } from "../../rig/exec-server.ts";
import { plainCluster } from "../../rig/plain-cluster.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

const never = new AbortController().signal;
const target = { namespace: "shop", pod: "web", container: "main" };

test("a server that answers no ping for two intervals is gone", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.once("data", (data) => {
      const key = /sec-websocket-key: (\S+)/i.exec(data.toString())?.[1];
      const accept = new Bun.CryptoHasher("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      socket.write(
        `HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`,
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const stream = await openExec(plainCluster(port), target, ["sleep"], never, { pingMs: 20 });
  const thrown = await stream.exit.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Unreachable);
  expect((thrown as Unreachable).message).toBe(
    `cannot run sleep in container main of pod shop/web: the API server of the context "plain" at http://127.0.0.1:${port} answers nothing any more`,
  );
  // What is read ends with it.
  for await (const bytes of stream.stdout) throw new Error(`nothing was said: ${bytes}`);
  for (const socket of sockets) socket.destroy();
  server.close();
});

test("a command that says nothing for many intervals is let be", async () => {
  await using folder = await tempFolder();
  await using server = execServer(folder.path);
  await using stream = await openExec(server.cluster, target, ["sleep", "1"], never, { pingMs: 20 });
  expect(await stream.exit).toEqual({ code: 0, message: "" });
});
