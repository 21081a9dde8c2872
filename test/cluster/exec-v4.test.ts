import { expect, test } from "bun:test";
import { Unreachable } from "../../src/cluster/connect/api-error.ts";
import { openExec } from "../../src/cluster/stream/exec.ts";
import { plainCluster } from "../rig/plain-cluster.ts";

const never = new AbortController().signal;
const target = { namespace: "shop", pod: "web", container: "main" };

/** An API server from before the half close: echoes the input as output until a line `exit N`. */
function oldServer(seen: { url: string; offered: string }) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request, server) {
      seen.url = request.url;
      seen.offered = request.headers.get("sec-websocket-protocol") ?? "";
      server.upgrade(request, { headers: { "Sec-WebSocket-Protocol": "v4.channel.k8s.io" } });
    },
    websocket: {
      // Every channel begins with an empty message, as of a real server.
      open: (socket) => void [0, 1, 2, 3].map((channel) => socket.send(Buffer.from([channel]))),
      message(socket, message) {
        const text = Buffer.from(message as Buffer).toString("latin1", 1);
        const code = /^exit (\d+)/.exec(text)?.[1];
        if (code === undefined) return void socket.send(Buffer.concat([Buffer.from([1]), Buffer.from(text)]));
        if (code === "99") return socket.close(1011, "the node went away");
        const causes = [{ reason: "ExitCode", message: code }];
        const status = {
          status: "Failure",
          reason: "NonZeroExitCode",
          message: `ended with ${code}`,
          details: { causes },
        };
        socket.send(Buffer.concat([Buffer.from([3]), Buffer.from(JSON.stringify(status))]));
        socket.close();
      },
    },
  });
}

test("a server without a half close: streams and exit codes as ever, the end of input is refused in words", async () => {
  const seen = { url: "", offered: "" };
  const server = oldServer(seen);
  const argv = ["sh", "-c", "a & b"];
  await using stream = await openExec(plainCluster(server.port ?? 0), target, argv, never, { stdin: true });
  expect(seen.offered).toBe("v5.channel.k8s.io, v4.channel.k8s.io");
  const asked = new URL(seen.url);
  expect(asked.pathname).toBe("/api/v1/namespaces/shop/pods/web/exec");
  expect(asked.searchParams.getAll("command")).toEqual(argv);
  expect(asked.searchParams.get("container")).toBe("main");
  await expect(stream.end()).rejects.toThrow("cannot close the input");
  await stream.write(Buffer.from("hello"));
  const first = await stream.stdout[Symbol.asyncIterator]().next();
  expect(Buffer.from(first.value as Uint8Array).toString()).toBe("hello");
  await stream.write(Buffer.from("exit 7"));
  expect(await stream.exit).toEqual({ code: 7, message: "ended with 7" });
  await server.stop(true);
});

test("a server that closes without a word on how the command ended", async () => {
  const server = oldServer({ url: "", offered: "" });
  await using stream = await openExec(plainCluster(server.port ?? 0), target, ["x"], never, { stdin: true });
  await stream.write(Buffer.from("exit 99"));
  const thrown = await stream.exit.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Unreachable);
  expect((thrown as Unreachable).message).toEndWith("closed the connection: the node went away");
  await server.stop(true);
});
