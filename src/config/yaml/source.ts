/**
 * The text of one file, and places in it. The YAML reader gives offsets; lines and columns are computed only for
 * diagnostics.
 */
import type { Place } from "../../diag/diagnostic.ts";

export class Source {
  /** Absolute path, address, or `-` for standard input. */
  readonly file: string;
  /** The name in messages: relative to the folder where devloop was started, where the file lies below that. */
  readonly shown: string;
  readonly text: string;
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, shown: string, text: string) {
    this.file = file;
    this.shown = shown;
    this.text = text;
  }

  /** The place of `[start, end)`; a range over several lines ends with its first line. */
  place(start: number, end: number): Place {
    const from = Math.max(0, Math.min(start, this.text.length));
    const index = this.#lineAt(from);
    const lineStart = this.#starts()[index] ?? 0;
    const text = this.line(index);
    const column = from - lineStart + 1;
    const length = Math.max(1, Math.min(end - from, text.length - column + 1));
    return { file: this.shown, line: index + 1, column, length, text };
  }

  /** The line at a zero-based index, without its end. */
  line(index: number): string {
    const starts = this.#starts();
    const start = starts[index] ?? this.text.length;
    const end = starts[index + 1] ?? this.text.length;
    const line = this.text.slice(start, end);
    return line.endsWith("\r\n") ? line.slice(0, -2) : line.endsWith("\n") ? line.slice(0, -1) : line;
  }

  /** All lines that `[start, end)` overlaps. */
  lines(start: number, end: number): readonly string[] {
    const [first, last] = [this.#lineAt(start), this.#lineAt(Math.max(start, end - 1))];
    return Array.from({ length: last - first + 1 }, (_, i) => this.line(first + i));
  }

  #lineAt(offset: number): number {
    const starts = this.#starts();
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #starts(): readonly number[] {
    if (this.#lineStarts) return this.#lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
    return starts;
  }
}
