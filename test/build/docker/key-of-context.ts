/** The key of a Docker artifact as the hash phase makes it: the store's own look at its sources, and the named parts. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SourceSpec } from "../../../src/build/builder.ts";
import { inspectDocker } from "../../../src/build/docker/inspect.ts";
import type { DockerSpec } from "../../../src/build/docker/spec.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { sha256 } from "../../../src/std/data/digest.ts";
import { canonical, type JsonRecord } from "../../../src/std/data/json.ts";
import { openStore } from "../../../src/store/store.ts";

export async function keyOfContext(spec: DockerSpec): Promise<{ key: string; record: JsonRecord }> {
  const inspection = await inspectDocker(spec);
  const record = {
    files: await filesOf(inspection.sources),
    ...inspection.keyParts(spec, (value) => sha256<"sealed">(value)),
  } satisfies JsonRecord;
  return { key: sha256<"key">(canonical(record)), record };
}

const home = join(tmpdir(), `devloop-key-${process.pid}`);

export async function filesOf(sources: SourceSpec): Promise<JsonRecord> {
  await using store = await openStore({
    cacheDir: join(home, "cache"),
    stateDir: join(home, "state"),
    clock: systemClock,
  });
  const { tree } = await store.snapshot(sources, new AbortController().signal);
  return Object.fromEntries(tree.entries());
}
