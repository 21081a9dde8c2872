/** A command in a container over one connection, against a server of the engine's protocol: ends, refusals, cancels. */
import { afterEach, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { engineAt } from "../../../src/image/engine/engine.ts";
import { openExec } from "../../../src/image/engine/engine-exec.ts";
import { eventually } from "../../rig/eventually.ts";
import { type TempFolder, tempFolder } from "../../rig/temp-folder.ts";

const open: (Server | TempFolder)[] = [];
/** Connections of commands whose other end is open. */
const sockets = new Set<Socket>();
const accepted: Socket[] = [];
afterEach(async () => {
  for (const socket of accepted.splice(0)) socket.destroy();
  sockets.clear();
  for (const one of open.splice(0)) {
    if ("listen" in one) await new Promise((done) => one.close(done));
    else await one[Symbol.asyncDispose]();
  }
});

const json = (status: number, body: object) => {
  const text = JSON.stringify(body);
  return `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
};
const frame = (stream: number, data: string) =>
  Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, data.length]), Buffer.from(data)]);
const upgraded = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

interface Script {
  /** What the start of the exec is answered; its socket stays open. */
  start?(socket: Socket): void;
  /** The state of the ended command. */
  readonly state?: object;
}

async function engineOf({ start = (socket) => socket.write(upgraded), state = {} }: Script) {
  const folder = await tempFolder();
  const path = join(folder.path, "docker.sock");
  const requests: string[] = [];
  const received: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    let started = false;
    socket.on("data", (data) => {
      const text = data.toString("latin1");
      if (started) return void received.push(text);
      const line = text.split("\r\n")[0] ?? "";
      requests.push(line.replace(" HTTP/1.1", ""));
      if (/\/exec\/e1\/start/.test(line)) {
        started = true;
        sockets.add(socket);
        start(socket);
      } else if (line.startsWith("GET /exec")) socket.write(json(200, state));
      else socket.write(json(201, { Id: "e1" }));
    });
    socket.on("end", () => {
      if (started) received.push("(end)");
      sockets.delete(socket);
    });
  });
  await new Promise<void>((done) => server.listen(path, done));
  open.push(server, folder);
  return { engine: engineAt({ kind: "unix", path, from: "a test" }), requests, received };
}

const signal = () => new AbortController().signal;

test("output comes by stream, also what came with the answer's head; input and its end go there", async () => {
  const { engine, received, requests } = await engineOf({
    start: (socket) => socket.write(Buffer.concat([Buffer.from(upgraded), frame(1, "early")])),
  });
  const got: string[] = [];
  await using stream = await openExec(
    engine,
    "c",
    ["cat"],
    (name, data) => got.push(`${name} ${Buffer.from(data)}`),
    signal(),
  );
  expect(got).toEqual(["stdout early"]);
  await stream.write("in");
  await eventually("the input", () => (received.includes("in") ? true : undefined));
  for (const socket of sockets) socket.write(frame(2, "later"));
  await eventually("the output", () => (got.includes("stderr later") ? true : undefined));
  stream.endInput();
  await eventually("the input's end", () => (received.includes("(end)") ? true : undefined));
  expect(requests).toEqual(["POST /containers/c/exec", "POST /exec/e1/start"]);
});

test("the command's end closes the stream; nothing can be written any more", async () => {
  const { engine } = await engineOf({ start: (socket) => void socket.end(upgraded) });
  const stream = await openExec(engine, "c", ["true"], () => undefined, signal());
  await stream.closed;
  await expect(stream.write("x")).rejects.toThrow("the connection to a command in a container was closed");
});

test("disposal closes the connection", async () => {
  const { engine } = await engineOf({});
  const stream = await openExec(engine, "c", ["sleep"], () => undefined, signal());
  await stream[Symbol.asyncDispose]();
  await stream.closed;
  await eventually("the engine sees it", () => (sockets.size === 0 ? true : undefined));
});

test("a write that waits for a connection that is cut fails", async () => {
  const { engine } = await engineOf({ start: (socket) => void (socket.write(upgraded) && socket.pause()) });
  const stream = await openExec(engine, "c", ["cat"], () => undefined, signal());
  const written = stream.write(new Uint8Array(64 * 1024 * 1024)).then(() => "written", String);
  for (const socket of sockets) socket.destroy();
  expect(await written).toContain("the connection to a command in a container was closed");
});

test.each([
  [{ Running: true, ExitCode: null }, undefined],
  [{ Running: true, ExitCode: 3 }, undefined],
  [{ Running: false, ExitCode: 0 }, 0],
  [{ Running: false, ExitCode: 3 }, 3],
  [{ Running: false, ExitCode: null }, undefined],
])("of the state %j the exit code is %p", async (state, expected) => {
  const { engine } = await engineOf({ state });
  await using stream = await openExec(engine, "c", ["true"], () => undefined, signal());
  expect(await stream.exitCode(signal())).toBe(expected as number);
});

test("a refused start is told in the engine's words, and its connection closed", async () => {
  const { engine } = await engineOf({ start: (socket) => socket.write(json(409, { message: "it is paused" })) });
  await expect(openExec(engine, "c", ["sh", "-c", "x"], () => undefined, signal())).rejects.toThrow(
    "the Docker engine refused to run sh in c: it is paused",
  );
  await eventually("no connection is left", () => (sockets.size === 0 ? true : undefined));
});

test("an engine that closes the connection instead of answering cannot be reached", async () => {
  const { engine } = await engineOf({ start: (socket) => socket.destroy() });
  await expect(openExec(engine, "c", ["sh"], () => undefined, signal())).rejects.toThrow("it closed the connection");
});

test("a start that is cancelled before it begins opens no stream", async () => {
  const { engine, requests } = await engineOf({});
  const controller = new AbortController();
  const { request } = engine;
  const late: typeof engine = {
    ...engine,
    request: async (...of) => {
      const response = await request(...of);
      controller.abort(new Error("enough"));
      return response;
    },
  };
  await expect(openExec(late, "c", ["sh"], () => undefined, controller.signal)).rejects.toThrow("enough");
  expect(requests).toEqual(["POST /containers/c/exec"]);
});

test("a start that is cancelled while it waits for the answer closes its connection", async () => {
  const begun = Promise.withResolvers<void>();
  const { engine } = await engineOf({ start: () => begun.resolve() });
  const controller = new AbortController();
  const opening = openExec(engine, "c", ["sh"], () => undefined, controller.signal);
  await begun.promise;
  controller.abort(new Error("enough"));
  await expect(opening).rejects.toThrow("enough");
  await eventually("no connection is left", () => (sockets.size === 0 ? true : undefined));
});

test("an engine that is not there is told as such", async () => {
  const engine = engineAt({ kind: "unix", path: "/nowhere.sock", from: "a test" });
  const asking: typeof engine = { ...engine, request: async () => Response.json({ Id: "e1" }) };
  await expect(openExec(asking, "c", ["sh"], () => undefined, signal())).rejects.toThrow("no such socket");
});

test("an answer whose head never ends is one clear failure", async () => {
  const { engine } = await engineOf({ start: (socket) => socket.write(Buffer.alloc(1 << 20, "x")) });
  await expect(openExec(engine, "node", ["sh"], () => undefined, new AbortController().signal)).rejects.toThrow(
    "it answered without the end of a head",
  );
});
