/**
 * The exec endpoint of an API server in its own protocol (`v5.channel.k8s.io`), over programs of this machine: what would
 * run in a container runs in a folder. A test may say what is started instead, and what is sent beside the protocol.
 */
import type { ServerWebSocket } from "bun";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { plainCluster } from "./plain-cluster.ts";

interface Connection {
  readonly argv: readonly string[];
  child?: Bun.Subprocess<"pipe", "pipe", "pipe">;
}

export interface ExecServer extends AsyncDisposable {
  readonly cluster: Cluster;
  /** Command lines that were asked for. */
  readonly asked: readonly (readonly string[])[];
}

export interface ExecServerOptions {
  /** What is started for a command. */
  readonly program?: (argv: readonly string[]) => readonly string[];
  /** Called when a stream is open, before the program is started. */
  readonly opened?: (send: (channel: number, data: Uint8Array | string) => void) => void;
}

export function execServer(cwd: string, { program = (argv) => argv, opened }: ExecServerOptions = {}): ExecServer {
  const asked: (readonly string[])[] = [];
  const children = new Set<Bun.Subprocess>();
  const send = (socket: ServerWebSocket<Connection>, channel: number, data: Uint8Array | string) =>
    void socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(data)]));
  const start = (socket: ServerWebSocket<Connection>) => {
    opened?.((channel, data) => send(socket, channel, data));
    const env = { PATH: process.env.PATH ?? "", HOME: cwd };
    const child = Bun.spawn([...program(socket.data.argv)], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      cwd,
      env,
      detached: true,
    });
    socket.data.child = child;
    children.add(child);
    const pass = async (channel: number, stream: ReadableStream<Uint8Array>) => {
      for await (const data of stream) send(socket, channel, data);
    };
    void (async () => {
      await Promise.all([pass(1, child.stdout), pass(2, child.stderr), child.exited]).catch(() => undefined);
      children.delete(child);
      const code = child.exitCode ?? 137;
      const causes = [{ reason: "ExitCode", message: String(code) }];
      const failed = {
        status: "Failure",
        reason: "NonZeroExitCode",
        message: `ended with ${code}`,
        details: { causes },
      };
      send(socket, 3, JSON.stringify(code === 0 ? { status: "Success" } : failed));
      socket.close();
    })();
  };
  const server = Bun.serve<Connection>({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request, own) {
      const argv = new URL(request.url).searchParams.getAll("command");
      asked.push(argv);
      own.upgrade(request, { data: { argv }, headers: { "Sec-WebSocket-Protocol": "v5.channel.k8s.io" } });
    },
    websocket: {
      maxPayloadLength: 64 << 20,
      open: start,
      message({ data: { child } }, message) {
        const bytes = Buffer.from(message as Buffer);
        if (child === undefined) return;
        // What has ended reads no more.
        void (async () => (bytes[0] === 255 ? child.stdin.end() : child.stdin.write(bytes.subarray(1))))().catch(
          () => 0,
        );
        void (async () => child.stdin.flush())().catch(() => 0);
      },
      close({ data: { child } }) {
        if (child !== undefined && child.exitCode === null && children.has(child)) kill(child);
      },
    },
  });
  return {
    cluster: plainCluster(server.port ?? 0),
    asked,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      for (const child of children) kill(child);
      await Promise.all([...children].map((child) => child.exited));
    },
  };
}

/** The program and what it started. */
function kill(child: Bun.Subprocess): void {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
