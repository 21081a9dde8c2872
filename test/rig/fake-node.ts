/**
 * A node's shell behind an engine's socket, in the engine's own protocol: an exec is made, upgraded to a raw stream, and
 * spoken to in lines; what comes back is framed. Commands are answered by the test instead of being run, and noted.
 */
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type Engine, engineAt } from "../../src/image/engine/engine.ts";
import { tempFolder } from "./temp-folder.ts";

export interface FakeNode extends AsyncDisposable {
  readonly engine: Engine;
  /** Every command line that reached the shell, without the shell's own text around it. */
  readonly commands: readonly string[];
  /** Shells that are open now. */
  readonly open: number;
  /** Cuts every shell that is open. */
  cut(): void;
}

/** What a command prints; undefined: it fails. Bytes are sent as they are, and the command does not end. */
export type Answer = (command: string) => string | Uint8Array | undefined | Promise<string | Uint8Array | undefined>;

/** @param opening every shell opens only when it resolves */
export async function fakeNode(answer: Answer, opening: () => Promise<void> = async () => {}): Promise<FakeNode> {
  const folder = await tempFolder();
  const path = join(folder.path, "docker.sock");
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const shells = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket) && shells.delete(socket)).on("error", () => socket.destroy());
    let head = "";
    const onHead = async (data: Buffer) => {
      head += data.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      const bytes = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (head.length < end + 4 + bytes) return;
      const isStart = /^POST \/exec\//.test(head);
      head = head.slice(end + 4 + bytes);
      if (!isStart) {
        const body = '{"Id":"1"}';
        socket.write(
          `HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
        return;
      }
      socket.off("data", onHead);
      await opening();
      socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
      shells.add(socket);
      shell(socket, answer, commands);
    };
    socket.on("data", onHead);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    engine: engineAt({ kind: "unix", path, from: "a test" }),
    commands,
    get open() {
      return shells.size;
    },
    cut() {
      for (const socket of shells) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await folder[Symbol.asyncDispose]();
    },
  };
}

function shell(socket: Socket, answer: Answer, commands: string[]): void {
  let open = "";
  let word: string | undefined;
  socket.on("data", async (data) => {
    open += data.toString();
    const lines = open.split("\n");
    open = lines.pop() ?? "";
    for (const line of lines) {
      if (word === undefined) {
        word = line;
        continue;
      }
      const [, command = line] = /^\S+ \{ (.*); \} <\/dev\/null; r=/.exec(line) ?? [];
      const [, mark = ""] = /printf '\\n%s %d\\n' (\S+) \$r/.exec(line) ?? [];
      commands.push(command);
      const said = await answer(command);
      if (said instanceof Uint8Array) socket.write(frame(1, said));
      else {
        socket.write(frame(1, `${said ?? ""}\n${mark} ${said === undefined ? 1 : 0}\n`));
        socket.write(frame(2, `\n${mark}\n`));
      }
    }
  });
}

function frame(stream: number, data: string | Uint8Array): Buffer {
  const body = Buffer.from(data);
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}
