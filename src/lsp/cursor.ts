/**
 * The position of a cursor in text that is being typed, judged by lines and columns alone, because the line itself is
 * mostly not YAML yet. Only block style is supported: inside brackets and comments there is no answer.
 */
import type { Path } from "./schema-path.ts";

export interface Cursor {
  /** `key`: a key of the map at `path`, or a text of the list there, is being typed; `value`: the value at `path`. */
  readonly on: "key" | "value";
  readonly path: Path;
  /** Keys that the map has already. */
  readonly taken: readonly string[];
  /** Column where the keys of this map stand. */
  readonly indent: number;
}

/** A dash or a key whose block is open at a line, by its column. */
interface Frame {
  readonly column: number;
  readonly step: string | number;
}

interface Line {
  readonly dashes: readonly number[];
  /** Column of the content behind the dashes. */
  readonly indent: number;
  readonly key: string | undefined;
  /** Whether there is a colon with a blank behind it. */
  readonly hasValue: boolean;
}

export function cursorAt(lines: readonly string[], row: number, column: number): Cursor | undefined {
  const before = (lines[row] ?? "").slice(0, column);
  if (/(?:^|\s)#|[{[]/.test(before)) return undefined;
  const line = read(before);
  if (line.key !== undefined && !line.hasValue) return undefined;
  const frames = framesBefore(lines, row);
  enter(frames, line);
  const path = frames.map(({ step }) => step);
  if (line.key !== undefined) return { on: "value", path: [...path, line.key], taken: [], indent: line.indent };
  return { on: "key", path, taken: keysOf(lines, row, path), indent: line.indent };
}

/** The open blocks at the begin of the row. */
function framesBefore(lines: readonly string[], row: number): Frame[] {
  let frames: Frame[] = [];
  for (const text of lines.slice(0, row)) {
    if (/^(?:---|\.\.\.)/.test(text)) frames = [];
    else if (!/^\s*(?:#|$)/.test(text)) open(frames, read(text));
  }
  return frames;
}

/** Closes the blocks that the line is not in, and opens its dashes: the remaining ones are the path of its content. */
function enter(frames: Frame[], { dashes, indent }: Line): void {
  for (const column of dashes) {
    closeTo(frames, column + 1);
    const top = frames.at(-1);
    if (top?.column === column && typeof top.step === "number") {
      frames.pop();
      frames.push({ column, step: top.step + 1 });
    } else frames.push({ column, step: 0 });
  }
  closeTo(frames, indent);
}

function open(frames: Frame[], line: Line): void {
  enter(frames, line);
  if (line.key !== undefined) frames.push({ column: line.indent, step: line.key });
}

/** Closes every block at the column or right of it. */
function closeTo(frames: Frame[], column: number): void {
  while ((frames.at(-1)?.column ?? -1) >= column) frames.pop();
}

/** Keys of the map at the path, in the document around the row, without the row's own. */
function keysOf(lines: readonly string[], row: number, path: Path): string[] {
  const start = lines.findLastIndex((text, i) => i < row && /^---/.test(text)) + 1;
  const end = lines.findIndex((text, i) => i > row && /^(?:---|\.\.\.)/.test(text));
  const frames: Frame[] = [];
  const wanted = JSON.stringify(path);
  const found: string[] = [];
  for (let at = start; at < (end < 0 ? lines.length : end); at++) {
    const text = lines[at] ?? "";
    if (at !== row && /^\s*(?:#|$)/.test(text)) continue;
    const line = read(text);
    if (at === row) {
      enter(frames, line);
      continue;
    }
    open(frames, line);
    const above = frames.slice(0, -1).map(({ step }) => step);
    if (line.key !== undefined && JSON.stringify(above) === wanted) found.push(line.key);
  }
  return found;
}

const keyed = /^(?:([\w.$/-]+)|"([^"]*)"|'([^']*)')[ \t]*:(?=([ \t])|$)/;

function read(text: string): Line {
  const dashes: number[] = [];
  let at = text.search(/\S|$/);
  while (/^-(?:[ \t]|$)/.test(text.slice(at))) {
    dashes.push(at);
    at += 1;
    at += text.slice(at).search(/[^ \t]|$/);
  }
  const match = keyed.exec(text.slice(at));
  return { dashes, indent: at, key: match?.[1] ?? match?.[2] ?? match?.[3], hasValue: match?.[4] !== undefined };
}
