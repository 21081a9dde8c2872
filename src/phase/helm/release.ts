/**
 * One Helm release as a task: helm is started only where the release changed, or where the cluster has another revision
 * than the one that devloop made. The objects are read afterwards from helm's own record of the revision.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import type { Release } from "../../config/release.ts";
import type { ReleaseSpec } from "../../deploy/helm/arguments.ts";
import { imageVariables, type NamedReference } from "../../deploy/helm/image-values.ts";
import { deployRelease } from "../../deploy/helm/run-release.ts";
import { manifestObjects, storedObjects } from "../../deploy/helm/stored-release.ts";
import { Failure } from "../../diag/failure.ts";
import type { Inputs, Task } from "../../graph/task.ts";
import type { Json, JsonRecord } from "../../std/data/json.ts";
import { helm } from "../../tool/helm.ts";
import { clusterTaskId } from "../ids.ts";
import type { DeliverOutput } from "../image/deliver.ts";
import { historiesOf } from "./release-history.ts";
import {
  type ChartOutput,
  connectionTo,
  expandRelease,
  type HelmOutput,
  type HistoryOutput,
  type ModuleRelease,
  namespaceOf,
  type ReleaseOutput,
  type ReleaseWork,
  releaseIds,
} from "./release-work.ts";

/**
 * @param images of the project that the release runs
 * @param after ids of tasks that come before it
 */
export function releaseTask(
  work: ReleaseWork,
  one: ModuleRelease,
  images: readonly string[],
  after: readonly string[],
): Task {
  const { release, flags, module } = one;
  const { name } = release;
  const ids = releaseIds(work.scope);
  const { deliver } = clusterTaskId(work.scope);
  // An image that the release does not run keeps its place among the variables.
  const references = (inputs: Inputs): NamedReference[] =>
    work.images.map((image) =>
      images.includes(image) ? { image, reference: inputs.get<DeliverOutput>(deliver(image)).reference } : { image },
    );
  const used = (inputs: Inputs): Record<string, string> =>
    Object.fromEntries(references(inputs).flatMap(({ image, reference }) => (reference ? [[image, reference]] : [])));
  const history = (inputs: Inputs) => inputs.get(ids.history) as unknown as HistoryOutput;
  const thing = (namespace: string) =>
    ({ apiVersion: "v1", kind: "Release", namespace, name, thing: "release" }) as const;
  const expanded = (inputs: Inputs) => expandRelease(work, release, references(inputs));
  return {
    id: ids.release(name),
    kind: "release",
    mode: "act",
    uninterruptible: true,
    deps: [
      ids.helm,
      ids.chart(name),
      ids.history,
      ...images.map(deliver),
      ...release.dependsOn.map((other) => ids.release(other)),
      ...after,
    ],
    keyParts(inputs): JsonRecord {
      const { set, setTemplates, ...spec } = expanded(inputs);
      const sealed = (pairs: ReleaseSpec["set"]) =>
        Object.fromEntries(pairs.map(([key, value]) => [key, work.seal(value)] as const));
      return {
        ...inputs.get<ChartOutput>(ids.chart(name)),
        helm: inputs.get<HelmOutput>(ids.helm).version.split(".")[0] ?? "",
        release: spec as unknown as JsonRecord,
        set: { ...sealed(set), ...sealed(setTemplates) },
        overrides: work.seal(JSON.stringify(release.overrides ?? null)),
        flags: { install: flags.install, upgrade: flags.upgrade, global: flags.global },
        images: used(inputs),
        labels: work.labels,
        // A release that was left as it is holds something else than these parts say.
        ...(release.upgradeOnChange ? {} : { upgradeOnChange: false }),
      };
    },
    valid(output, inputs) {
      const { revision, uid } = output as ReleaseOutput;
      const now = history(inputs)[name] ?? undefined;
      if (now === undefined) return { valid: false, reason: "it is not installed any more" };
      const { newest } = now;
      if (newest.revision !== revision || newest.uid !== uid)
        return { valid: false, reason: `it is at revision ${newest.revision}, which devloop did not make` };
      if (newest.status !== "deployed") return { valid: false, reason: `it is ${newest.status}` };
      return { valid: true, proof: `it is deployed at revision ${revision}` };
    },
    async run(inputs, { emit, signal }): Promise<ReleaseOutput> {
      const target = await work.target();
      const namespace = namespaceOf(work, release, target);
      const before = history(inputs)[name] ?? undefined;
      const { newest } = before ?? {};
      if (before !== undefined && newest?.status === "deployed" && !release.upgradeOnChange) {
        emit({ type: "release", release: name, namespace, result: "kept", revision: newest.revision });
        return { revision: newest.revision, uid: newest.uid, namespace };
      }
      const subject = thing(namespace);
      const known = target.ledger.get(subject);
      const ours = known !== undefined && known.state !== "changed";
      const isNew = before === undefined;
      const detail = known?.detail ?? { revision: before?.deployed?.revision ?? 0, directory: release.directory };
      if (isNew) await target.ledger.creating({ ...subject, module, detail });
      else if (known === undefined)
        await target.ledger.changed({ ...subject, module, detail }, { uid: name, manager: "helm", prior: [] });
      const spec = { ...expanded(inputs), namespace };
      const connection = connectionTo(work, target.cluster, flags.global);
      const variables = imageVariables(references(inputs));
      const { version, appVersion } = release.packaged ?? {};
      await deployRelease(
        {
          spec,
          ...(release.overrides === undefined ? {} : { overrides: release.overrides }),
          ...(release.packaged === undefined
            ? {}
            : {
                packaged: {
                  ...(version ? { version: work.expand(version, variables) } : {}),
                  ...(appVersion ? { appVersion: work.expand(appVersion, variables) } : {}),
                },
              }),
          connection,
          flags,
          plan: {
            references: used(inputs),
            labels: work.labels,
            ...(work.selectors === undefined ? {} : { selectors: work.selectors }),
          },
          program: work.program,
          major: Number(inputs.get<HelmOutput>(ids.helm).version.split(".")[0]),
          cwd: release.directory,
          history: before,
          mayContinue: ours || work.force,
          onLine: (line) => emit({ type: "release-output", release: name, line }),
        },
        signal,
      );
      if (isNew) await target.ledger.created({ ...subject, module, detail }, name);
      const now = (await historiesOf(work, target, namespace, [release], signal))[name]?.newest;
      if (now === undefined)
        throw new Failure(`helm says that ${name} is deployed, but the cluster has no record of it`);
      const result = isNew ? "installed" : "upgraded";
      emit({ type: "release", release: name, namespace, result, revision: now.revision });
      return { revision: now.revision, uid: now.uid, namespace };
    },
  };
}

/** The objects of the revision. A revision never changes, so it is read once. */
export function releaseObjectsTask(work: ReleaseWork, { release }: ModuleRelease): Task {
  const ids = releaseIds(work.scope);
  const of = (inputs: Inputs) => inputs.get<ReleaseOutput>(ids.release(release.name));
  return {
    id: ids.objects(release.name),
    kind: "derive",
    mode: "derive",
    deps: [ids.release(release.name)],
    keyParts: (inputs) => ({ ...of(inputs), release: release.name }),
    async run(inputs, { signal }): Promise<Json> {
      const { revision, namespace } = of(inputs);
      const { cluster } = await work.target();
      const objects: readonly KubeObject[] =
        work.driver === "other"
          ? manifestObjects(await printedManifest(release, namespace, revision, signal), namespace)
          : await storedObjects(cluster, { release: release.name, namespace, revision }, work.driver, signal);
      return { objects } as unknown as Json;
    },
  };
}

async function printedManifest(
  { name, directory }: Release,
  namespace: string,
  revision: number,
  signal: AbortSignal,
): Promise<string> {
  const args = ["get", "manifest", name, "--namespace", namespace, "--revision", String(revision)];
  return (await helm({ args, cwd: directory }, signal)).stdout;
}
