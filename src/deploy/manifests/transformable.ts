/**
 * The kinds, and the paths in them, where images are replaced and `--label` labels are set. The reference tool's list,
 * as data: other kinds are applied unchanged. Entries of `resourceSelector` come before the list's own.
 */
import { groupOf } from "./object-id.ts";

/** Paths are dotted, without list indexes; `everywhere` means any field of that name, at any depth. */
export interface Transformable {
  readonly images: Paths;
  readonly labels: Paths;
}

export type Paths = typeof everywhere | readonly string[];
export const everywhere = "everywhere";

/** An entry of `resourceSelector`; `.*` in a path stands for everywhere. */
export interface Selector {
  /** `Kind.group`, or `Kind` for the core group. */
  readonly groupKind: string;
  readonly image: readonly string[];
  readonly labels: readonly string[];
}

export interface Selectors {
  readonly allow: readonly Selector[];
  readonly deny: readonly Selector[];
}

const whole: Transformable = { images: everywhere, labels: everywhere };
const metadataLabels = ["metadata.labels"];

const wholeKinds: Readonly<Record<string, string>> = {
  "": "Pod Service",
  apps: "Deployment StatefulSet DaemonSet ReplicaSet",
  extensions: "Deployment DaemonSet ReplicaSet",
  batch: "Job CronJob",
  "serving.knative.dev": "Service",
  "agones.dev": "Fleet GameServer",
  "argoproj.io": "Rollout Workflow CronWorkflow WorkflowTemplate ClusterWorkflowTemplate",
  "run.googleapis.com": "Job WorkerPool",
};

const confluent = ["spec.image.application", "spec.image.init"];
const partKinds: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "platform.confluent.io": {
    Connect: confluent,
    ControlCenter: confluent,
    Kafka: confluent,
    KsqlDB: confluent,
    SchemaRegistry: confluent,
    Zookeeper: confluent,
  },
  "kafka.strimzi.io": {
    KafkaConnect: ["spec.image"],
    KafkaBridge: ["spec.image"],
    KafkaMirrorMaker: ["spec.image"],
    KafkaMirrorMaker2: ["spec.image"],
    Kafka: [
      "spec.kafka.image",
      "spec.zookeeper.image",
      "spec.entityOperator.topicOperator.image",
      "spec.entityOperator.userOperator.image",
      "spec.entityOperator.tlsSidecar.image",
      "spec.cruiseControl.image",
      "spec.kafkaExporter.image",
    ],
  },
};

/** Labels fields that are immutable or have another purpose. */
const deniedLabels: Readonly<Record<string, readonly string[]>> = {
  "apps/StatefulSet": ["spec.volumeClaimTemplates.metadata.labels"],
  "batch/Job": ["spec.template.metadata.labels"],
};

/** What may be changed in objects of the kind; undefined: nothing. */
export function transformable(
  of: { readonly apiVersion: string; readonly kind: string },
  selectors: Selectors = { allow: [], deny: [] },
): Transformable | undefined {
  const group = groupOf(of.apiVersion);
  const mine = ({ groupKind }: Selector) => groupKind === (group === "" ? of.kind : `${of.kind}.${group}`);
  const allowed = selectors.allow.find(mine);
  const base = allowed ? { images: paths(allowed.image), labels: paths(allowed.labels) } : builtin(group, of.kind);
  const denied = selectors.deny.find(mine);
  if (!denied || !base) return base;
  return { images: without(base.images, denied.image), labels: without(base.labels, denied.labels) };
}

/** Whether a labels field at the path must stay unchanged. */
export function keepsLabels(of: { readonly apiVersion: string; readonly kind: string }, path: string): boolean {
  return deniedLabels[`${groupOf(of.apiVersion)}/${of.kind}`]?.includes(path) ?? false;
}

/** Whether the paths include a field; `path` ends with the field's own name. */
export function isAmong(paths: Paths, path: string, field: string): boolean {
  if (paths === everywhere) return path === field || path.endsWith(`.${field}`);
  return paths.includes(path);
}

function builtin(group: string, kind: string): Transformable | undefined {
  if (group === "cnrm.cloud.google.com" || group.endsWith(".cnrm.cloud.google.com")) return whole;
  if (wholeKinds[group]?.split(" ").includes(kind)) return whole;
  const images = partKinds[group]?.[kind];
  return images && { images, labels: metadataLabels };
}

/** `.spec.image` and `spec.image` are equal; a step `.*` inside a path is dropped, as in the reference tool. */
function paths(written: readonly string[]): Paths {
  if (written.includes(".*")) return everywhere;
  return written.map((path) => path.replaceAll(/\.\*(?=\.|$)|\[\*\]/g, "").replace(/^\./, ""));
}

function without(base: Paths, denied: readonly string[]): Paths {
  const refused = paths(denied);
  if (refused === everywhere) return [];
  return base === everywhere ? base : base.filter((path) => !refused.includes(path));
}
