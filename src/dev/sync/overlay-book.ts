/**
 * The overlay of every container, kept across sessions: which files were synced over its image, and with which content.
 * An entry is written before the file is sent, as unsettled, so that a crash in between leaves it unsure and not wrong;
 * its settled state is written a little later, because no work waits for it.
 */
import { isJsonRecord, type Json } from "../../std/data/json.ts";
import type { Documents } from "../../store/documents.ts";
import type { Fingerprint } from "../loop/project-files.ts";

/** `print: null`: deleted. */
export type OverlayEntry = {
  readonly print: Json;
  readonly destinations: readonly string[];
  /** False: the container may have this content or the earlier one. */
  readonly settled: boolean;
};

/** By path relative to the build context. */
export type ContainerOverlay = Readonly<Record<string, OverlayEntry>>;

export class OverlayBook {
  readonly #documents: Documents;
  #name: string;
  readonly #containers: Map<string, ContainerOverlay>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(documents: Documents, name: string, containers: Map<string, ContainerOverlay>) {
    this.#documents = documents;
    this.#name = name;
    this.#containers = containers;
  }

  /** @param name of the document: `overlay/<project>/<cluster>/<namespace>/<artifact>` */
  static async open(documents: Documents, name: string): Promise<OverlayBook> {
    return new OverlayBook(documents, name, readContainers(await documents.read(name)));
  }

  of(container: string): ContainerOverlay {
    return this.#containers.get(container) ?? {};
  }

  /** Adds entries that are about to be sent. Resolves when they are on the disk. */
  begin(container: string, entries: ContainerOverlay): Promise<void> {
    const unsettled = Object.entries(entries).map(([path, entry]) => [path, { ...entry, settled: false }] as const);
    this.#containers.set(container, { ...this.of(container), ...Object.fromEntries(unsettled) });
    return this.#write();
  }

  /** A container may hold what was written over another one's files. */
  doubt(container: string, former: string): void {
    const entries = Object.entries(this.of(former)).map(
      ([path, entry]) => [path, { ...entry, settled: false }] as const,
    );
    this.#containers.set(container, { ...Object.fromEntries(entries), ...this.of(container) });
  }

  /** Marks entries as sent. `dropped` are those that are as in the image now. */
  settle(container: string, entries: ContainerOverlay, dropped: readonly string[]): void {
    const next = { ...this.of(container), ...entries };
    for (const path of dropped) delete next[path];
    this.#containers.set(container, next);
    // A failed write leaves them unsettled on the disk: the next session sends them again.
    this.#write().catch(() => undefined);
  }

  /** Removes containers that do not run any more. */
  keep(living: ReadonlySet<string>): void {
    const before = this.#containers.size;
    for (const id of this.#containers.keys()) if (!living.has(id)) this.#containers.delete(id);
    if (this.#containers.size < before) this.#write().catch(() => undefined);
  }

  /** Renames the document with all entries. Resolves when it is on the disk, or could not be written. */
  async rename(name: string): Promise<void> {
    const before = this.#name;
    if (before === name) return;
    this.#name = name;
    const isWritten = await this.#write().then(
      () => true,
      () => false,
    );
    if (isWritten) await this.#documents.remove(before).catch(() => undefined);
  }

  /** Resolves when everything is on the disk. */
  async flush(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  #write(): Promise<void> {
    const write = async () => {
      const containers = [...this.#containers].filter(([, overlay]) => Object.keys(overlay).length > 0);
      if (containers.length === 0) return this.#documents.remove(this.#name);
      await this.#documents.write(this.#name, { format: 1, containers: Object.fromEntries(containers) });
    };
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }
}

/** The JSON form of a description; null for a path that does not exist. */
export function fingerprintJson(print: Fingerprint): Json {
  return print ?? null;
}

function readContainers(value: Json | undefined): Map<string, ContainerOverlay> {
  if (!isJsonRecord(value) || value.format !== 1 || !isJsonRecord(value.containers)) return new Map();
  return new Map(Object.entries(value.containers) as [string, ContainerOverlay][]);
}
