/** Answers that nobody reads, over connections that break at about that moment. */
import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { discard } from "../../../src/cluster/connect/discard.ts";

test("a connection that breaks is no news of an answer that nobody reads", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf", () => socket.destroy()),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  for (let i = 0; i < 20; i++) {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(200);
    await discard(response);
  }
  server.close();
});
