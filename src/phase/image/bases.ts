/**
 * Base images as inputs of a build: the image that each of their names means now, compared with the image that an
 * earlier build started from. Names are resolved where the builder resolves them: in the engine, or in the registry
 * where it pulls first.
 * A name that the engine lacks is resolved by the builder itself (from a registry, or its cache): such a build stays
 * valid until an image of that name is made on this machine. Where a registry does not answer, the image counts as
 * unchanged.
 */
import type { Change } from "../../event/event.ts";
import type { Task } from "../../graph/task.ts";
import { fullName, readReference } from "../../image/reference.ts";
import type { Registry } from "../../image/registry/registry.ts";
import { taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";
import type { EngineOutput } from "./engine.ts";

/** Name of a base image -> its id in the engine, or its digest in the registry; null: missing or unknown. */
export type BaseIds = Readonly<Record<string, string | null>>;

export type BasesOutput = {
  readonly from: "engine" | "registry";
  readonly ids: BaseIds;
  /** Names of images that were made on this machine. */
  readonly made: readonly string[];
};

export function basesTask(artifact: ArtifactWork, registry: Pick<Registry, "digest">): Task {
  return {
    id: taskId.bases(artifact.image),
    kind: "look",
    mode: "observe",
    deps: [taskId.hash(artifact.image), taskId.engine],
    async run(inputs, { signal, emit }): Promise<BasesOutput> {
      const { names, pulled } = await artifact.bases(signal);
      const references = names.flatMap((name) => {
        const reference = readReference(name);
        // A digest always names the same image.
        return typeof reference === "string" || reference.digest !== undefined ? [] : [{ name, reference }];
      });
      if (!pulled) {
        const engine = inputs.get<EngineOutput>(taskId.engine);
        const full = references.map(({ name, reference }) => [name, fullName(reference)] as const);
        return {
          from: "engine",
          ids: Object.fromEntries(full.map(([name, key]) => [name, engine.names[key] ?? null])),
          made: full.filter(([, key]) => engine.made.includes(key)).map(([name]) => name),
        };
      }
      const ids = references.map(async ({ name, reference }) => {
        const digest = await registry.digest(reference, signal).catch((thrown: unknown) => {
          if (signal.aborted) throw thrown;
          emit({
            type: "notice",
            level: "info",
            text: `whether ${name} changed in its registry is not known: ${thrown}`,
          });
          return undefined;
        });
        return [name, digest ?? null] as const;
      });
      return { from: "registry", ids: Object.fromEntries(await Promise.all(ids)), made: [] };
    },
  };
}

/** The base images of a build whose names mean other images now. */
export function changedBases(used: BaseIds, { from, ids, made }: BasesOutput): Change[] {
  return Object.entries(used).flatMap(([name, was]): Change[] => {
    const now = ids[name];
    const path = `bases.${name}`;
    if (now === undefined || now === was) return [];
    if (was !== null && now !== null) return [{ kind: "changed", path, was, now }];
    if (from === "registry") return [];
    if (was !== null) return [{ kind: "removed", path, was }];
    return now !== null && made.includes(name) ? [{ kind: "added", path, now }] : [];
  });
}
