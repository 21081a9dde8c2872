/**
 * The last lines that were shown. Evidence among them is not repeated below a diagnostic; evidence that later lines
 * have pushed out of sight is.
 */
import type { Diagnostic } from "../diag/diagnostic.ts";

const inSight = 40;

export class RecentLines {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > inSight) this.#lines.shift();
  }

  /** The diagnostic, without its details where every one of them was shown recently, under any prefix. */
  unseen(d: Diagnostic): Diagnostic {
    const { details, ...rest } = d;
    if (!details?.every((detail) => this.#lines.some((line) => shows(line, detail)))) return d;
    return rest;
  }
}

/** A container's log line is `[web] line` in the stream, and `web: line` in a diagnostic. */
function shows(line: string, detail: string): boolean {
  const [, container, logged] = /^([^\s:]+): (.*)$/s.exec(detail) ?? [];
  return (
    line === detail ||
    line.endsWith(` ${detail}`) ||
    (container !== undefined && line.endsWith(`${container}] ${logged}`))
  );
}
