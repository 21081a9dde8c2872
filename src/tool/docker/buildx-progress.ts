/**
 * The progress of a BuildKit build, read from `--progress=rawjson`: a stream of JSON objects (on one line or many,
 * by the client's version), followed by plain text where the build failed. Keeps per step what a reader wants to know
 * afterwards: cached or run, seconds, the last lines of its output.
 */
import { StringDecoder } from "node:string_decoder";
import { type LineSplitter, lineSplitter } from "../../std/text/line-splitter.ts";
import { parseSolveStatus, type RawStatus, type RawVertex } from "./solve-status.ts";

/** What is reported while the build runs. */
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
  /** When its last reported part began, as the stream says it. */
  lastStart?: string | undefined;
  /** The last lines that it printed. */
  readonly tail: string[];
}

export interface BuildProgress {
  /** Takes one line of the tool's standard error. */
  line(text: string): void;
  readonly steps: ReadonlyMap<string, StepState>;
  /** Lines that were not progress: the tool's own error text. */
  readonly text: readonly string[];
  /** Bytes of build context that were sent. */
  readonly contextBytes: number;
}

const tailLines = 20;
/** Characters of one message; what is longer is none. */
const longestMessage = 16 << 20;
/** Lines that were no progress: the last ones say what is wrong. */
const mostText = 5000;
/** A step's longer lines are reported in parts. */
const longestLine = 64 << 10;

/**
 * A reader of one build's progress; `report` is called as things happen, in the stream's order.
 * @param mask hides secret values in names, output and errors. It is not applied to the stream itself: a secret that
 * happens to be a word of the protocol would destroy it.
 */
export function buildProgress(
  report: (event: StepEvent) => void,
  mask: (text: string) => string = (text) => text,
): BuildProgress {
  const steps = new Map<string, StepState>();
  /** Unfinished lines of each step, by stream: the two are mixed anywhere, but never within a line. */
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
    // BuildKit may finish a step more than once (first a look into the cache, then the work): only time adds up.
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
      // One object is either a line of its own or stands between a lone `{` and a lone `}`.
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
