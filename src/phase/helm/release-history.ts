/** What the cluster has of the project's releases: asked in every pass. */
import type { Release } from "../../config/release.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import { globalArguments } from "../../deploy/helm/arguments.ts";
import { type History, histories } from "../../deploy/helm/history.ts";
import { Failure } from "../../diag/failure.ts";
import type { Task } from "../../graph/task.ts";
import type { Json } from "../../std/data/json.ts";
import { helm } from "../../tool/helm.ts";
import { connectionTo, namespaceOf, type ReleaseWork, releaseIds } from "./release-work.ts";

/** The project's releases in the cluster: one LIST for each namespace. */
export function historyTask(work: ReleaseWork, releases: readonly Release[]): Task {
  return {
    id: releaseIds(work.scope).history,
    kind: "look",
    mode: "observe",
    deps: [],
    async run(_inputs, { signal }): Promise<Json> {
      const target = await work.target();
      const namespaces = [...new Set(releases.map((release) => namespaceOf(work, release, target)))];
      const found: Record<string, History | null> = {};
      for (const namespace of namespaces) {
        const all = await historiesOf(work, target, namespace, releases, signal);
        for (const { name } of releases.filter((each) => namespaceOf(work, each, target) === namespace))
          found[name] = all[name] ?? null;
      }
      return found as unknown as Json;
    },
  };
}

/** From the records in the cluster; where these are in a database, from helm. */
export async function historiesOf(
  work: ReleaseWork,
  { cluster }: DeployTarget,
  namespace: string,
  releases: readonly Release[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, History>>> {
  if (work.driver !== "other") return histories(cluster, namespace, work.driver, signal);
  const at = globalArguments(connectionTo(work, cluster));
  const found: Record<string, History> = {};
  for (const { name, directory } of releases) {
    const args = ["history", name, "--namespace", namespace, "--max", "1", "-o", "json", ...at];
    const printed = await helm({ args, cwd: directory }, signal).catch((thrown: unknown) => {
      if (thrown instanceof Failure && /not found/.test(thrown.message)) return undefined;
      throw thrown;
    });
    const [last] = printed ? (JSON.parse(printed.stdout) as { revision: number; status: string }[]) : [];
    if (last === undefined) continue;
    const newest = { revision: last.revision, status: last.status, uid: `${name}.v${last.revision}` };
    found[name] = { newest, ...(last.status === "deployed" ? { deployed: newest } : {}) };
  }
  return found;
}
