/**
 * The helm on PATH. The program is identified by its file in every pass, and started for its version only where the
 * file has changed, so that a start with nothing to do starts no helm.
 */
import type { Task } from "../../graph/task.ts";
import { helmProgram, helmVersion } from "../../tool/helm.ts";
import { type HelmOutput, releaseIds } from "./release-work.ts";

/** @param cwd the folder that helm is started in, absolute */
export function helmTasks(scope: string | undefined, cwd: string): Task[] {
  const ids = releaseIds(scope);
  return [
    {
      id: ids.program,
      kind: "look",
      mode: "observe",
      deps: [],
      run: async () => {
        const found = helmProgram(cwd);
        return found === undefined ? null : { path: found.path, stamp: found.stamp };
      },
    },
    {
      id: ids.helm,
      kind: "look",
      mode: "derive",
      deps: [ids.program],
      keyParts: (inputs) => ({ program: inputs.get(ids.program) }),
      run: async (_inputs, { signal }): Promise<HelmOutput> => ({ version: await helmVersion(signal) }),
    },
  ];
}
