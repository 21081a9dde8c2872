/** Resolves configured port-forwards. */
import { type ForwardType, forwardTypes, type PortForward } from "../project.ts";
import type { portForward } from "../schema/sections/port-forward.ts";
import type { View } from "../schema/view.ts";
import { expandNow, type Scope } from "./scope.ts";

/** The port-forward; undefined where a part of it is invalid, which was reported. */
export function resolvePortForward(view: View<(typeof portForward)["fields"]>, scope: Scope): PortForward | undefined {
  const type = forwardType(view.text("resourceType"));
  const name = view.scalar("resourceName");
  const resourceName = name && expandNow(name, "error", scope);
  const namespaceNode = view.scalar("namespace");
  const namespace = namespaceNode && expandNow(namespaceNode, "error", scope);
  const localPort = view.int("localPort");
  if (type === undefined || resourceName === undefined || view.node.broken) return undefined;
  return {
    resourceType: type,
    resourceName,
    ...(namespace === undefined || namespace === "" ? {} : { namespace }),
    port: view.port("port") ?? 0,
    address: view.text("address") || "127.0.0.1",
    ...(localPort === undefined || localPort === 0 ? {} : { localPort }),
    at: view.place(),
  };
}

function forwardType(text: string | undefined): ForwardType | undefined {
  return forwardTypes.find((type) => type === text?.toLowerCase());
}
