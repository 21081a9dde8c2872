/**
 * The last lines that were shown, as far back as an eye goes: evidence that stands there is not repeated below a
 * complaint. Lines that other work has pushed out of sight are.
 */
import type { Diagnostic } from "../diag/diagnostic.ts";

const inSight = 40;

export class RecentLines {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > inSight) this.#lines.shift();
  }

  /** The complaint, without its details where every one of them has just been shown, under whatever prefix. */
  unseen(d: Diagnostic): Diagnostic {
    const { details, ...rest } = d;
    if (!details?.every((detail) => this.#lines.some((line) => shows(line, detail)))) return d;
    return rest;
  }
}

/** A container's log has its name as `[web] line` in the stream, and as `web: line` in a complaint. */
function shows(line: string, detail: string): boolean {
  const [, container, logged] = /^([^\s:]+): (.*)$/s.exec(detail) ?? [];
  return (
    line === detail ||
    line.endsWith(` ${detail}`) ||
    (container !== undefined && line.endsWith(`${container}] ${logged}`))
  );
}
