/**
 * The modes of `--port-forward`, and their entries: those that modules configure, and every port that the containers of
 * a workload declare. Pure.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import type { Module } from "../../config/project.ts";
import type { ForwardEntry } from "./resource.ts";

export type ForwardMode = "user" | "services" | "pods" | "debug";

/** @param text value of the flag, whose invalid words were refused before; undefined: the flag was not given */
export function forwardModes(text: string | undefined, usual: readonly ForwardMode[]): readonly ForwardMode[] {
  if (text === undefined) return usual;
  return text.split(",").flatMap((word): readonly ForwardMode[] => {
    if (word === "true") return ["user", "services"];
    return word === "user" || word === "services" || word === "pods" || word === "debug" ? [word] : [];
  });
}

/** @param home the namespace of entries without one */
export function writtenEntries(modules: readonly Pick<Module, "portForward">[], home: string): ForwardEntry[] {
  return modules.flatMap(({ portForward }) =>
    portForward.map(({ at: _, namespace = home, ...entry }) => ({ ...entry, namespace })),
  );
}

/**
 * Every TCP port that the containers of a workload declare.
 * @param home the namespace of an object without one
 */
export function podEntries({ kind, metadata, spec }: KubeObject, home: string): ForwardEntry[] {
  interface Container {
    readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
  }
  const pod =
    kind === "Pod" ? spec : kind === "CronJob" ? spec?.jobTemplate?.spec?.template?.spec : spec?.template?.spec;
  const containers: readonly Container[] = pod?.containers ?? [];
  return containers
    .flatMap(({ ports = [] }) => ports)
    .filter(({ protocol = "TCP" }) => protocol === "TCP")
    .map(({ containerPort }) => ({
      resourceType: kind.toLowerCase(),
      resourceName: metadata.name,
      namespace: metadata.namespace ?? home,
      port: containerPort,
      address: "127.0.0.1",
    }));
}
