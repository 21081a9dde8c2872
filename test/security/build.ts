/** A build: its Dockerfile, what its steps print, and what the client tells of it. */
import { expect } from "bun:test";
import { buildProgress, type StepEvent } from "../../src/tool/docker/buildx-progress.ts";
import { isClientVariable } from "../../src/tool/docker/client-variables.ts";
import { buildxCall } from "../../src/tool/docker/docker.ts";
import type { Peer } from "./row.ts";
import { evil, shown } from "./shown.ts";

/** What the client's lines become. */
function told(...lines: readonly string[]) {
  const events: StepEvent[] = [];
  const progress = buildProgress((event) => events.push(event));
  for (const line of lines) progress.line(line);
  return { events, progress };
}

const log = (data: string) =>
  JSON.stringify({ logs: [{ vertex: "v", stream: 1, data: Buffer.from(data).toString("base64") }] });

export const build: Peer = {
  name: "a build",
  rows: [
    {
      what: "a step prints what a terminal would obey, or writes over its own lines",
      outcome: "each line is shown as text, behind the artifact's name",
      async run() {
        const { events } = told(log(`10%\r20%\r\n${evil}\n`));
        const lines = events.flatMap((event) => (event.kind === "output" ? [event.line] : []));
        expect(lines).toEqual(["10%", "20%", evil]);
        const tags = (status: "started" | "done") => ({ type: "phase", phase: "tags", status }) as const;
        const output = lines.map((line) => ({ type: "build-output", artifact: "web", line }) as const);
        const text = shown(tags("started"), tags("done"), ...output);
        expect(text.split("\n").every((line) => line.startsWith(" [web] "))).toBe(true);
      },
    },
    {
      what: "a step prints a line that never ends",
      outcome: "it is shown in parts of 64 KiB",
      async run() {
        const { events } = told(...Array.from({ length: 40 }, () => log("x".repeat(10_000))));
        const lengths = events.map((event) => (event.kind === "output" ? event.line.length : 0));
        expect(lengths).toEqual(Array(6).fill(64 << 10));
      },
    },
    {
      what: "the client tells of its progress in another shape than it does",
      outcome: "what has no meaning is left out or shown as text; the build goes on",
      async run() {
        const odd = [
          "null",
          "[]",
          "{}",
          '{"logs":7}',
          '{"vertexes":[null,{}]}',
          '{"logs":[{"data":5}]}',
          '{"warnings":[0]}',
        ];
        const { progress } = told(
          ...odd,
          "{",
          "}",
          '{"statuses":[{"id":null}]}',
          '{"vertexes":{"a":1}}',
          "plain words",
        );
        expect(progress.text.at(-1)).toBe("plain words");
      },
    },
    {
      what: "a build arg is called PATH, LD_PRELOAD, DOCKER_HOST or HTTPS_PROXY",
      outcome: "the Dockerfile gets it, and the client's own environment does not",
      async run() {
        const names = ["PATH", "LD_PRELOAD", "DOCKER_HOST", "https_proxy", "BUILDX_BUILDER"];
        const buildArgs = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
        const call = buildxCall({ context: "/a", dockerfile: "/a/D", tags: [], buildArgs, idFile: "/i" });
        expect(Object.keys(call.env).filter((name) => names.includes(name))).toEqual([]);
        expect(names.every(isClientVariable)).toBe(true);
        expect(JSON.parse(call.stdin ?? "").target.default.args).toEqual(buildArgs);
      },
    },
  ],
};
