/** The inputs of a task: the outputs of its dependencies, and no others. */
import type { Digest } from "../std/data/digest.ts";
import type { Json } from "../std/data/json.ts";
import { jsonDigest } from "../std/data/json-digest.ts";
import type { Inputs, Task, TaskId } from "./task.ts";

/** The outputs of one pass. Their digests are computed when they are needed. */
export class Outputs {
  readonly #outputs = new Map<TaskId, Json>();
  readonly #digests = new Map<TaskId, Digest<"output">>();
  readonly #foreseen = new Set<TaskId>();

  get all(): ReadonlyMap<TaskId, Json> {
    return this.#outputs;
  }

  /** @param foreseen whether the output is the expected one of a run that did not take place */
  set(id: TaskId, output: Json, foreseen: boolean): void {
    this.#outputs.set(id, output);
    if (foreseen) this.#foreseen.add(id);
  }

  isForeseen(id: TaskId): boolean {
    return this.#foreseen.has(id);
  }

  has(id: TaskId): boolean {
    return this.#outputs.has(id);
  }

  digest(id: TaskId): Digest<"output"> {
    let digest = this.#digests.get(id);
    if (digest === undefined) {
      digest = outputDigest(this.#outputs.get(id) ?? null);
      this.#digests.set(id, digest);
    }
    return digest;
  }

  /** The inputs that `task` may read. Reading another output is a programmer's error: an edge is missing. */
  seenBy(task: Task): Inputs {
    const checked = (id: TaskId) => {
      if (!task.deps.includes(id))
        throw new Error(`${task.id} asks for the output of ${id}, which it does not depend on`);
      return id;
    };
    return {
      get: <T extends Json>(id: TaskId) => this.#outputs.get(checked(id)) as T,
      digest: (id) => this.digest(checked(id)),
    };
  }
}

export function outputDigest(output: Json): Digest<"output"> {
  return jsonDigest<"output">(output);
}
