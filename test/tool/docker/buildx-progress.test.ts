/** BuildKit's progress stream as steps and events, played from recordings of real builds. */
import { describe, expect, test } from "bun:test";
import { buildProgress, type StepEvent } from "../../../src/tool/docker/buildx-progress.ts";
import { masker } from "../../../src/tool/process/mask.ts";
import { play, recordedLines } from "../buildx-recording.ts";

function words(event: StepEvent): string {
  if (event.kind === "warning") return `warning ${event.text}`;
  if (event.kind === "output") return `${event.name} | ${event.line}`;
  return `${event.kind} ${event.name}`;
}

const shown = (events: readonly StepEvent[]) => events.map(words).filter((text) => !text.includes("[internal]"));

describe("a build that succeeds", () => {
  const first = '[stage-1 1/2] RUN ["/bin/busybox", "echo", "first line"]';
  const second = '[stage-1 2/2] RUN ["/bin/busybox", "sh", "-c", "echo one; echo two >&2; printf three; exit 0"]';
  test("its steps start, speak and end in order", () =>
    expect(shown(play("done").events)).toEqual([
      "started [tools 1/1] COPY busybox /bin/busybox",
      "done [tools 1/1] COPY busybox /bin/busybox",
      `started ${first}`,
      `${first} | first line`,
      `done ${first}`,
      `started ${second}`,
      // Two streams: a line of one that is not ended yet is not mixed with the other's.
      `${second} | one`,
      `${second} | two`,
      `${second} | three`,
      `done ${second}`,
    ]));
  test("a stream over several lines reads the same", () =>
    expect(play("done", { pretty: true }).events).toEqual(play("done").events));
  test("the context's bytes are counted", () => expect(play("done").progress.contextBytes).toBeGreaterThan(0));
  test("every step has ended, with its time", () => {
    for (const step of play("done").progress.steps.values()) {
      expect(["done", "cached"]).toContain(step.status);
      expect(step.seconds).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("a build from the cache", () => {
  test("runs nothing, and says which cache source was not there", () => {
    const { events } = play("cached");
    expect(shown(events).map((text) => text.split(" [")[0])).toEqual([
      "started importing cache manifest from localhost:1/none",
      "failed importing cache manifest from localhost:1/none",
      "cached",
      "cached",
      "cached",
    ]);
  });
});

describe("a build that fails", () => {
  test("the failing step keeps its error and its last lines", () => {
    const failed = [...play("failed-run").progress.steps.values()].filter((step) => step.status === "failed");
    expect(failed).toHaveLength(1);
    expect(failed[0]?.name).toStartWith('[stage-1 2/2] RUN ["/bin/busybox", "sh"');
    expect(failed[0]?.error).toContain("exit code: 3");
    expect(failed[0]?.tail.toSorted()).toEqual(["one", "three", "two"]);
  });
  test("what is no progress is the client's own text", () => {
    const { text } = play("failed-run").progress;
    expect(text[0]).toBe("Dockerfile:7");
    expect(text.at(-1)).toStartWith("ERROR: failed to solve: process");
  });
});

describe("any stream", () => {
  const vertex = (fields: object) => JSON.stringify({ vertexes: [{ digest: "d", name: "step", ...fields }] });
  const log = (data: string) => JSON.stringify({ logs: [{ vertex: "d", data: Buffer.from(data).toString("base64") }] });
  const at = (second: number) => new Date(1_700_000_000_000 + second * 1000).toISOString();
  function feed(...lines: string[]) {
    const events: StepEvent[] = [];
    const progress = buildProgress((event) => events.push(event), masker(["secret-value"]));
    for (const line of lines) progress.line(line);
    return { progress, events };
  }

  test("lines of output are put together from pieces", () => {
    const { events } = feed(
      vertex({ started: at(0) }),
      log("on"),
      log("e\ntw"),
      log("o\r\nrest"),
      vertex({ started: at(0), completed: at(2) }),
    );
    expect(events.map(words)).toEqual(["started step", "step | one", "step | two", "step | rest", "done step"]);
    expect(events.at(-1)).toMatchObject({ seconds: 2 });
  });
  test("characters are put together from pieces", () => {
    const bytes = Buffer.from("größe\n");
    const piece = (part: Uint8Array) =>
      JSON.stringify({ logs: [{ vertex: "d", data: Buffer.from(part).toString("base64") }] });
    const { events } = feed(vertex({ started: at(0) }), piece(bytes.subarray(0, 3)), piece(bytes.subarray(3)));
    expect(events.map(words)).toEqual(["started step", "step | größe"]);
  });
  test("a look into the cache before the work adds its time, once", () => {
    const look = { started: at(0), completed: at(1) };
    const work = { started: at(1), completed: at(4) };
    const { progress, events } = feed(vertex(look), vertex(work), vertex(work));
    expect(events.filter((event) => event.kind === "done")).toHaveLength(1);
    expect(progress.steps.get("d")?.seconds).toBe(4);
  });
  test("secrets are masked in names, output, errors and text", () => {
    const { progress, events } = feed(
      JSON.stringify({ vertexes: [{ digest: "d", name: "RUN secret-value", started: at(0) }] }),
      log("says secret-value\n"),
      vertex({ started: at(0), completed: at(1), error: "secret-value failed" }),
      "ERROR: secret-value",
    );
    expect(JSON.stringify([events, [...progress.steps.values()], progress.text])).not.toContain("secret-value");
  });
  test("only the last lines of a step are kept", () => {
    const { progress } = feed(vertex({ started: at(0) }), log(Array.from({ length: 50 }, (_, i) => `${i}\n`).join("")));
    expect(progress.steps.get("d")?.tail).toEqual(Array.from({ length: 20 }, (_, i) => String(30 + i)));
  });
  test("warnings are passed on", () => {
    const { events } = feed(JSON.stringify({ warnings: [{ short: Buffer.from("old form").toString("base64") }] }));
    expect(events).toEqual([{ kind: "warning", text: "old form" }]);
  });
  test("text that only looks like progress is text", () => {
    expect(feed("{not json}", "", "plain").progress.text).toEqual(["{not json}", "plain"]);
  });
  test("a recording cut anywhere throws nothing", () => {
    const lines = recordedLines("failed-run");
    for (let end = 0; end < lines.length; end++) expect(() => feed(...lines.slice(0, end))).not.toThrow();
  });
});
