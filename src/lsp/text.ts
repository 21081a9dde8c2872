/** One open document: its path, its text, and the conversion between offsets and positions. */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Position, Range } from "./protocol.ts";

export class OpenText {
  readonly uri: string;
  /** Absolute; undefined for a document that is no file. */
  readonly path: string | undefined;
  readonly version: number;
  readonly text: string;
  readonly lines: readonly string[];

  constructor(uri: string, version: number, text: string) {
    this.uri = uri;
    this.path = pathOf(uri);
    this.version = version;
    this.text = text;
    this.lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  }

  offset({ line, character }: Position): number {
    let at = 0;
    for (let i = 0; i < line && at < this.text.length; i++) {
      const end = this.text.indexOf("\n", at);
      at = end < 0 ? this.text.length : end + 1;
    }
    return Math.min(this.text.length, at + character);
  }

  range(start: number, end: number): Range {
    return { start: this.#position(start), end: this.#position(end) };
  }

  #position(offset: number): Position {
    const before = this.text.slice(0, offset);
    const start = before.lastIndexOf("\n") + 1;
    return { line: before.split("\n").length - 1, character: offset - start };
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}
