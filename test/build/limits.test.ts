/** How many builds run at a time, by what the modules say and by the flag. */
import { expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { buildLimit } from "../../src/build/limits.ts";
import type { Project } from "../../src/config/project.ts";

const cores = availableParallelism();
type Settings = { readonly local?: number; readonly cluster?: number };

function project(...modules: readonly Settings[]): Project {
  const built = modules.map(({ local, cluster }) => ({
    artifacts: [{}],
    build: {
      local: local === undefined ? {} : { concurrency: local },
      ...(cluster === undefined ? {} : { cluster: { concurrency: cluster } }),
    },
  }));
  return { modules: built } as unknown as Project;
}

test.each<[Settings[], number | undefined, number]>([
  [[{}], undefined, cores],
  [[{ local: 0 }], undefined, cores],
  [[{ local: 3 }, { local: 2 }], undefined, 2],
  [[{ local: 3 }], 7, 7],
  [[{ local: 3 }], 0, cores],
  [[{ local: 3 }], -1, 3],
  [[{ cluster: 0 }], undefined, Number.POSITIVE_INFINITY],
  [[{ cluster: 0 }], 0, Number.POSITIVE_INFINITY],
  [[{ cluster: 2 }, { cluster: 0 }], undefined, 2],
  [[{ cluster: 0 }, {}], undefined, cores],
  [[{ cluster: 5 }, { local: 1 }], undefined, 1],
])("%j with --build-concurrency %p: %p", (modules, flag, wanted) => {
  expect(buildLimit(project(...modules), flag)).toBe(wanted);
});
