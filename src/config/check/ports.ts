/** Checks port-forwards: invalid ports, and two forwards that ask for the same local port. */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { PortForward } from "../project.ts";

export function checkPorts(forwards: readonly PortForward[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  const taken = new Map<string, PortForward>();
  for (const forward of forwards) {
    // Only an explicit local port can collide: a default one is replaced by the next free port.
    const { port, address, localPort: local, at } = forward;
    if (port === 0 || port === "")
      found.push({
        severity: "error",
        message: "port is missing here",
        at,
        suggestion: "write port: with its number or name",
      });
    if (local === undefined) continue;
    const key = `${address}:${local}`;
    const first = taken.get(key);
    if (first)
      found.push({
        severity: "error",
        message: `local port ${local} is already taken by ${nameOf(first)} in ${first.at.file}:${first.at.line}`,
        at,
        suggestion: "give one of them another localPort",
      });
    else taken.set(key, forward);
  }
  return found;
}

function nameOf({ resourceType, resourceName }: PortForward): string {
  return `${resourceType}/${resourceName}`;
}
