/**
 * Doubtful port-forwards of a config, compared with the project's own objects: a name that is similar to one of theirs,
 * a port that a Service does not have. Nothing is refused, because the target may belong to others. Pure.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { type ForwardEntry, resourceKind, servicePorts } from "./resource.ts";

/**
 * One line for each doubt.
 * @param home the namespace of objects without one
 */
export function doubtsOf(entries: readonly ForwardEntry[], objects: readonly KubeObject[], home: string): string[] {
  return entries.flatMap((entry) => {
    const kind = resourceKind(entry.resourceType);
    const mine = objects.filter(
      (object) => object.kind === kind?.kind && (object.metadata.namespace ?? home) === entry.namespace,
    );
    const type = entry.resourceType.toLowerCase();
    const own = mine.find(({ metadata }) => metadata.name === entry.resourceName);
    if (own === undefined) {
      const names = mine.map(({ metadata }) => metadata.name);
      const near = closest(entry.resourceName, names);
      return near === undefined
        ? []
        : [`portForward: no manifest has ${type}/${entry.resourceName}; did you mean ${near}?`];
    }
    if (own.kind !== "Service") return [];
    const ports = servicePorts(own);
    if (ports.some(({ port, name }) => String(port) === String(entry.port) || name === entry.port)) return [];
    const has = ports.map(({ port }) => port).join(", ") || "none";
    return [
      `portForward: service/${entry.resourceName} has no port ${entry.port} (it has ${has}): the pods' own is taken`,
    ];
  });
}
