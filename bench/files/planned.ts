/**
 * From the report of one changed file among 50,000 to the plan of its build: inspection, hash, key and the look-up of
 * its record, in a session that has looked at everything once. What runs is an empty task.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { ArtifactInputs } from "../../src/build/artifact-inputs.ts";
import { dockerBuilder } from "../../src/build/docker/builder.ts";
import { inspectDocker } from "../../src/build/docker/inspect.ts";
import type { DockerSpec } from "../../src/build/docker/spec.ts";
import { createExecutor } from "../../src/graph/run/run.ts";
import type { Task } from "../../src/graph/task.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openStore } from "../../src/store/store.ts";

const { signal } = new AbortController();

/** @param context with a Dockerfile and `tree`. @returns milliseconds of each round */
export async function planned(context: string, home: string, rounds: number): Promise<number[]> {
  await using store = await openStore({
    cacheDir: join(home, "cache"),
    stateDir: join(home, "state"),
    clock: systemClock,
  });
  let plannedAt = 0;
  await using executor = createExecutor({
    records: store.records("bench"),
    durations: store.durations("bench"),
    compareTrees: store.compareTrees,
    clock: systemClock,
    emit(event) {
      if (event.type === "task-planned" && event.task === "build:web") plannedAt = performance.now();
    },
  });
  const spec: DockerSpec = { context, dockerfile: join(context, "Dockerfile"), buildArgs: {} };
  const inspect = async () => {
    const { keyParts, ...inspection } = await inspectDocker(spec);
    return { ...inspection, keyParts: (_tag: string, seal: (value: string) => string) => keyParts(spec, seal) };
  };
  const inputs = new ArtifactInputs({ image: "web", inspect, files: store });
  const tasks: Task[] = [
    {
      id: "hash:web",
      kind: "hash",
      mode: "observe",
      deps: [],
      over: { roots: [context], files: [] },
      run: (_inputs, { signal: during, before }) => inputs.hash(during, before ? { changed: before.changed } : {}),
    },
    {
      id: "build:web",
      kind: "build",
      mode: "act",
      deps: ["hash:web"],
      keyParts: (seen) => ({ builder: dockerBuilder().name, files: seen.get("hash:web") }),
      run: async () => ({ imageId: "sha256:1" }),
    },
  ];
  const changed = join(context, "tree/package-7/folder-7/source-3.ts");
  const taken: number[] = [];
  for (let round = -5; round < rounds; round++) {
    appendFileSync(changed, `// ${round}\n`);
    const start = performance.now();
    const paths = [{ path: changed }];
    await executor.pass({ tasks, signal, onFailure: "stop", changes: { paths } });
    if (round >= 0) taken.push(plannedAt - start);
  }
  return taken;
}
