/**
 * Which manifests are still as the renders of this session found them. A change that is told of while a render is under
 * way is in its result already, because a render ends only when its files are what it read: so a hook that makes
 * manifests leads to no further render, and a save is never lost.
 */
import type { Task } from "../../graph/task.ts";
import { fileStamp, type RenderOutput } from "../../phase/render.ts";

export class ReadManifests {
  readonly #stamps = new Map<string, string>();
  #underWay = 0;

  /** The render task, watched. */
  watched(render: Task): Task {
    return {
      ...render,
      run: async (inputs, ctx) => {
        this.#underWay++;
        try {
          const output = await render.run(inputs, ctx);
          const { files } = output as unknown as RenderOutput;
          for (const [path, stamp] of Object.entries(files)) this.#stamps.set(path, stamp);
          return output;
        } finally {
          this.#underWay--;
        }
      },
    };
  }

  /** What has the manifest as it is now, for `why`; undefined where nothing has. */
  leftBy(path: string): string | undefined {
    if (this.#underWay > 0) return "the render under way";
    return this.#stamps.get(path) === fileStamp(path) ? "the last render" : undefined;
  }
}
