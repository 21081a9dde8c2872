/** Ports of the cluster that are forwarded to this machine. */
import { forwardTypes } from "../../project.ts";
import { field, intBetween, object, oneOf, port, string } from "../type.ts";

export const portForward = object("PortForwardResource", {
  resourceType: field(oneOf(forwardTypes, { anyCase: true }), "Kind of the resource.", { required: true }),
  resourceName: field(string, "Its name.", { template: "error" }),
  namespace: field(string, "Its namespace.", { template: "error", fallback: "where devloop deploys to" }),
  port: field(port, "Its port, by number or name."),
  address: field(string, "Address on this machine to listen at.", { fallback: "127.0.0.1" }),
  localPort: field(intBetween(0, 65535), "Port on this machine.", { fallback: "the port, where that is a number" }),
});
