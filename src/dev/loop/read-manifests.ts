/**
 * Which manifests are still as the renders of this session found them, judged for every module that reads them. A render
 * reads its own files again until they are stable, so an event for one of these during the run needs no second render:
 * a hook that makes manifests is not followed for ever. A file of another module is as that module's last render left it,
 * or it has to be rendered.
 */
import type { ObserveTask, TaskId } from "../../graph/task.ts";
import type { RenderOutput } from "../../phase/deploy/render.ts";
import { fileStamp } from "../../phase/file-stamp.ts";

interface Reader {
  /** Whether a render that starts now would read the path. */
  reads(path: string): boolean;
  /** Of the last render that ended: path -> its stamp then; what it would have read and is not named was not there. */
  stamps: RenderOutput["files"] | undefined;
  underWay: number;
}

export class ReadManifests {
  readonly #readers = new Map<TaskId, Reader>();

  /** The render task of one module, watched. */
  watched(render: ObserveTask, reads: (path: string) => boolean): ObserveTask {
    const reader: Reader = { reads, stamps: undefined, underWay: 0 };
    this.#readers.set(render.id, reader);
    return {
      ...render,
      async run(inputs, ctx) {
        reader.underWay++;
        try {
          const output = await render.run(inputs, ctx);
          reader.stamps = (output as unknown as RenderOutput).files;
          return output;
        } finally {
          reader.underWay--;
        }
      },
    };
  }

  /** The files that the last renders read. */
  files(): readonly string[] {
    return [...this.#readers.values()].flatMap(({ stamps = {} }) => Object.keys(stamps));
  }

  /** What has the manifest as it is now, for `why`; undefined where a module that reads it has not. */
  leftBy(path: string): string | undefined {
    const readers = [...this.#readers.values()].filter(({ reads, stamps = {} }) => path in stamps || reads(path));
    if (readers.length === 0) return undefined;
    const stamp = fileStamp(path);
    const isReading = ({ underWay }: Reader) => underWay > 0;
    const hasRead = ({ stamps }: Reader) => stamps !== undefined && (stamps[path] ?? "") === stamp;
    if (!readers.every((reader) => isReading(reader) || hasRead(reader))) return undefined;
    return readers.some(isReading) ? "the render under way" : "the last render";
  }
}
