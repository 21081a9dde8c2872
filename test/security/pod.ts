/** What runs in a pod: its logs, and what it makes of a shell and of files that are synced into it. */
import { expect } from "bun:test";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { logTail } from "../../src/cluster/logs/log-tail.ts";
import { followLog } from "../../src/cluster/logs/pod-logs.ts";
import { readLogLines } from "../../src/cluster/logs/read-log-lines.ts";
import { openExec } from "../../src/cluster/stream/exec.ts";
import { containerChannel } from "../../src/dev/sync/container-channel.ts";
import { syncArchive } from "../../src/dev/sync/sync-archive.ts";
import { type ExecServerOptions, execServer } from "../rig/exec-server.ts";
import { fakeApi } from "../rig/fake-api.ts";
import { tempFolder } from "../rig/temp-folder.ts";
import { virtualClock } from "../rig/virtual-clock.ts";
import type { Peer } from "./row.ts";
import { evil, shown } from "./shown.ts";

const target = { namespace: "shop", pod: "web", container: "main" };
const signal = () => AbortSignal.timeout(60_000);

/** Syncs one file into a container that does as `options` say. */
async function synced(options: (cwd: string) => ExecServerOptions, text: string) {
  await using folder = await tempFolder();
  const [source, container] = [join(folder.path, "source"), join(folder.path, "container")];
  await mkdir(container);
  await writeFile(source, text);
  await using server = execServer(container, options(container));
  await using channel = containerChannel(server.cluster, target);
  const archive = await syncArchive([{ path: "source", source, destinations: [join(container, "place")] }], 0);
  const sent = await channel.send(archive, signal());
  return { sent, files: await readdir(container) };
}

export const pod: Peer = {
  name: "a pod",
  rows: [
    {
      what: "its log clears the screen, writes to the clipboard, or writes over a line to forge one of devloop's",
      outcome: "it is shown as text, with the pod's prefix before each line",
      async run() {
        const status = { containerStatuses: [{ name: "main", restartCount: 0, state: { terminated: {} } }] };
        const metadata = { name: "web", namespace: "shop", uid: "1" };
        let asked = 0;
        await using api = await fakeApi(({ url }) => {
          if (new URL(url).pathname.endsWith("/log")) return new Response(`2030-01-01T00:00:00Z ${evil}\rforged\r\n`);
          if (asked++ > 2) return Response.json({ kind: "Status", code: 404 }, { status: 404 });
          return Response.json({ apiVersion: "v1", kind: "Pod", metadata, status });
        });
        const lines: string[] = [];
        const clock = virtualClock();
        const view = { pod: () => undefined, changed: () => Promise.resolve() };
        const following = followLog(
          await api.connect(),
          { ...target, uid: "1" },
          { view, clock, onLine: (line) => lines.push(line) },
          signal(),
        );
        let over = false;
        const done = following.finally(() => {
          over = true;
        });
        while (!over) await Promise.race([done, clock.advance(1000)]);
        const text = lines.map((line) => shown({ type: "log", artifact: "web", line, ...target })).join("\n");
        expect(text.split("\n").map((line) => line.slice(0, 7))).toEqual(["[main] ", "[main] "]);
        expect(text).toEndWith("[main] forged");
      },
    },
    {
      what: "a line of its log never ends",
      outcome: "it is shown in parts of 1 MiB",
      async run() {
        let sent = 0;
        const body = new ReadableStream({
          pull(controller) {
            if (sent++ === 2000) controller.close();
            else controller.enqueue(Buffer.from(sent === 1 ? "2030-01-01T00:00:00Z " : "x".repeat(16 << 10)));
          },
        });
        const parts: number[] = [];
        await readLogLines(new Response(body), 60_000, true, signal(), (_, part) => parts.push(part.length) > 0);
        expect(parts.length).toBeGreaterThan(29);
        expect(Math.max(...parts)).toBeLessThan(1.1 * (1 << 20));
      },
    },
    {
      what: "its last words never end",
      outcome: "256 KiB of them are asked for and read",
      async run() {
        let sent = 0;
        const piece = Buffer.alloc(64 << 10, "x");
        await using api = await fakeApi(
          () =>
            new Response(
              new ReadableStream({
                pull(controller) {
                  sent += piece.length;
                  controller.enqueue(piece);
                },
              }),
            ),
        );
        const pod = { name: "web", namespace: "shop" };
        const lines = await logTail(await api.connect(), pod, "main", "current", 20, signal());
        expect(lines.join("").length).toBe(256 << 10);
        expect(api.requests[0]?.url).toContain(`limitBytes=${256 << 10}`);
        expect(sent).toBeLessThan(64 << 20);
      },
    },
    {
      what: "its shell prints without end when a file is synced",
      outcome: "the stream is cut after 32 MiB, and the file counts as not sent",
      async run() {
        const { sent } = await synced(
          () => ({ program: (argv) => (argv[0] === "sh" ? ["sh", "-c", "yes"] : argv) }),
          "text",
        );
        expect(sent).toMatchObject({ kind: "cut", why: expect.stringContaining("longer than 32 MiB") });
      },
    },
    {
      what: "its shell loses the program that reads a file, in the middle of it",
      outcome: "the shell ends, and nothing of the file is run",
      async run() {
        const lines = "echo > made-by-the-file\n".repeat(10_000);
        const dying = 'head() { dd bs=512 count=3 2>/dev/null; }; eval "$0"';
        const { sent, files } = await synced(
          () => ({ program: (argv) => (argv[0] === "sh" ? ["sh", "-c", dying, argv[2] ?? ""] : argv) }),
          lines,
        );
        expect(sent.kind).not.toBe("done");
        expect(files.filter((name) => name !== "place")).toEqual([]);
      },
    },
    {
      what: "its tar fails with words that a terminal would obey",
      outcome: "they are shown as text where the reason is told",
      async run() {
        const tar = `tar() { printf '%b' '${evil.replaceAll("\u001b", "\\033").replaceAll("\u0007", "\\007")}' >&2; return 2; }; eval "$0"`;
        const { sent } = await synced(
          () => ({ program: (argv) => (argv[0] === "sh" ? ["sh", "-c", tar, argv[2] ?? ""] : argv) }),
          "text",
        );
        expect(sent.kind).toBe("failed");
        const why = "why" in sent ? sent.why : "";
        expect(why).toContain("\u001b]52");
        expect(shown({ type: "notice", level: "warning", text: `web is built: ${why}` })).toContain("\\e]52");
      },
    },
    {
      what: "bytes come on channels that no command has, and a status without end",
      outcome: "they are left out, and the command's end is one clear failure",
      async run() {
        await using folder = await tempFolder();
        await using server = execServer(folder.path, {
          program: () => ["true"],
          opened(send) {
            for (const channel of [0, 4, 255]) send(channel, "noise");
            for (let i = 0; i < 40; i++) send(3, Buffer.alloc(64 << 10, "x"));
          },
        });
        await using stream = await openExec(server.cluster, target, ["true"], signal());
        const output: Uint8Array[] = [];
        for await (const bytes of stream.stdout) output.push(bytes);
        expect(Buffer.concat(output).toString()).toBe("");
        const thrown = await stream.exit.catch((error: unknown) => error);
        expect(thrown).toMatchObject({ name: "Failure" });
        expect(String(thrown).length).toBeLessThan(1000);
      },
    },
  ],
};
