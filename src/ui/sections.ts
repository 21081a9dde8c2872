/**
 * Keeps the reading order of a run whose phases overlap: lines of a later section wait until the earlier sections are
 * complete (all tags, then all cache verdicts, then the work). Only lines wait, never work.
 */

/** In reading order. */
export const sectionNames = ["tags", "cache", "work"] as const;
export type SectionName = (typeof sectionNames)[number];

export class Sections {
  readonly #write: (line: string) => void;
  readonly #waiting = new Map<SectionName, string[]>();
  readonly #complete = new Set<SectionName>();
  readonly #begun = new Set<string>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Begins a new pass: writes all waiting lines and begins every section again. */
  reset(): void {
    for (const name of sectionNames) this.complete(name);
    this.#complete.clear();
    this.#begun.clear();
  }

  /** Adds a line. `title` is printed once a pass, before the first line under it. */
  add(section: SectionName, title: string | undefined, ...lines: readonly string[]): void {
    const all = title === undefined || this.#begun.has(title) ? lines : [title, ...lines];
    if (title !== undefined) this.#begun.add(title);
    if (this.#open(section)) for (const line of all) this.#write(line);
    else this.#waiting.set(section, [...(this.#waiting.get(section) ?? []), ...all]);
  }

  /** Completes a section and writes the lines that waited for it. */
  complete(section: SectionName): void {
    this.#complete.add(section);
    for (const name of sectionNames) {
      if (!this.#open(name)) return;
      for (const line of this.#waiting.get(name) ?? []) this.#write(line);
      this.#waiting.delete(name);
    }
  }

  #open(section: SectionName): boolean {
    return sectionNames.slice(0, sectionNames.indexOf(section)).every((earlier) => this.#complete.has(earlier));
  }
}
