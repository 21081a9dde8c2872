/**
 * The progress of a BuildKit build, read from `--progress=rawjson`: a stream of JSON objects (on one line or many,
 * depending on the client's version), followed by plain text where the build failed. Keeps for each step whether it was
 * cached, its seconds, and the last lines of its output.
 */
import { StringDecoder } from "node:string_decoder";
import { type LineSplitter, lineSplitter } from "../../std/text/line-splitter.ts";
import { parseSolveStatus, type RawStatus, type RawVertex } from "./solve-status.ts";

/** Events during the build. */
export type StepEvent =
  | { readonly kind: "started"; readonly id: string; readonly name: string }
  | { readonly kind: "done" | "cached"; readonly id: string; readonly name: string; readonly seconds: number }
  | {
      readonly kind: "failed";
      readonly id: string;
      readonly name: string;
      readonly seconds: number;
      readonly error: string;
    }
  | { readonly kind: "output"; readonly id: string; readonly name: string; readonly line: string }
  | { readonly kind: "warning"; readonly text: string };

export interface StepState {
  readonly id: string;
  readonly name: string;
  status: "waiting" | "running" | "done" | "cached" | "failed";
  seconds: number;
  error?: string;
  /** When the last reported part of the step began, as the stream says it. */
  lastStart?: string | undefined;
  /** The last lines of its output. */
  readonly tail: string[];
}

export interface BuildProgress {
  /** Takes one line of the tool's standard error. */
  line(text: string): void;
  readonly steps: ReadonlyMap<string, StepState>;
  /** Lines that are no progress: the client's own error text. */
  readonly text: readonly string[];
  /** Bytes of build context that were sent. */
  readonly contextBytes: number;
}

const tailLines = 20;
/** Longest message in characters; longer ones are ignored. */
const longestMessage = 16 << 20;
/** How many lines that are no progress are kept; the last ones name the error. */
const mostText = 5000;
/** A longer line of a step is reported in parts. */
const longestLine = 64 << 10;

/**
 * A reader of one build's progress; `report` is called in the stream's order.
 * @param mask hides secret values in names, output and errors. It is not applied to the stream itself: a secret that
 * equals a word of the protocol would destroy it.
 */
export function buildProgress(
  report: (event: StepEvent) => void,
  mask: (text: string) => string = (text) => text,
): BuildProgress {
  const steps = new Map<string, StepState>();
  /** Unfinished lines of each step, by stream: the two streams alternate anywhere, but never within a line. */
  const open = new Map<string, Map<number, { readonly decoder: StringDecoder; readonly lines: LineSplitter }>>();
  const sent = new Map<string, number>();
  const text: string[] = [];
  let buffer: string[] = [];
  let buffered = 0;

  const keep = (line: string) => {
    text.push(line);
    if (text.length > mostText) text.shift();
  };
  const stepOf = (id: string, name: string): StepState => {
    const known = steps.get(id);
    if (known) return known;
    const fresh: StepState = { id, name: mask(name), status: "waiting", seconds: 0, tail: [] };
    steps.set(id, fresh);
    return fresh;
  };
  const say = (step: StepState, raw: string): void => {
    const line = mask(raw);
    step.tail.push(line);
    if (step.tail.length > tailLines) step.tail.shift();
    report({ kind: "output", id: step.id, name: step.name, line });
  };
  const takeVertex = (vertex: RawVertex): void => {
    const step = stepOf(vertex.digest, vertex.name);
    if (vertex.started !== undefined && step.status === "waiting") {
      step.status = "running";
      if (!vertex.cached) report({ kind: "started", id: step.id, name: step.name });
    }
    if (vertex.completed === undefined) return;
    const seconds = elapsed(vertex);
    const error = mask(vertex.error ?? "");
    if (error !== "") {
      if (step.status === "failed") return;
      Object.assign(step, { status: "failed", seconds: step.seconds + seconds, error });
      report({ kind: "failed", id: step.id, name: step.name, seconds, error });
      return;
    }
    // BuildKit may finish a step more than once (first a cache look-up, then the work): the seconds are added once for
    // each start.
    if (step.lastStart !== vertex.started) step.seconds += seconds;
    step.lastStart = vertex.started;
    if (step.status !== "running" && step.status !== "waiting") return;
    step.status = vertex.cached ? "cached" : "done";
    report({ kind: step.status, id: step.id, name: step.name, seconds });
  };
  const takeLog = (vertex: string, stream: number, data: string): void => {
    const streams = open.get(vertex) ?? new Map();
    open.set(vertex, streams);
    const lines = () => lineSplitter((line) => say(stepOf(vertex, vertex), line), longestLine);
    const unfinished = streams.get(stream) ?? { decoder: new StringDecoder("utf8"), lines: lines() };
    streams.set(stream, unfinished);
    unfinished.lines.take(unfinished.decoder.write(Buffer.from(data, "base64")));
  };
  const take = (status: RawStatus): void => {
    for (const { vertex, stream, data } of status.logs) takeLog(vertex, stream, data);
    for (const vertex of status.vertexes) {
      if (vertex.completed !== undefined) {
        for (const { lines } of open.get(vertex.digest)?.values() ?? []) lines.end();
        open.delete(vertex.digest);
      }
      takeVertex(vertex);
    }
    for (const { id, current } of status.statuses)
      if (id.startsWith("transferring context")) sent.set(id, Math.max(sent.get(id) ?? 0, current));
    for (const warning of status.warnings)
      report({ kind: "warning", text: Buffer.from(warning, "base64").toString("utf8") });
  };
  return {
    steps,
    text,
    get contextBytes() {
      return [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
    },
    line(line) {
      // An object is either one line, or stands between a line `{` and a line `}`.
      if (buffer.length === 0 && !line.startsWith("{")) {
        if (line.trim() !== "") keep(mask(line));
        return;
      }
      buffer.push(line);
      buffered += line.length;
      const isOpen = buffer.length > 1 ? line !== "}" : line === "{";
      if (isOpen && buffered < longestMessage) return;
      buffered = 0;
      const parsed = parseSolveStatus(buffer.join("\n"));
      if (parsed === undefined) for (const one of buffer) keep(mask(one));
      else take(parsed);
      buffer = [];
    },
  };
}

function elapsed({ started, completed }: RawVertex): number {
  const ms = Date.parse(completed ?? "") - Date.parse(started ?? "");
  return Number.isFinite(ms) ? Math.max(0, ms) / 1000 : 0;
}
