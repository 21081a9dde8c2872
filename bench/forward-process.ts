/** Our port-forwards as a process of their own, as kubectl's is: for `forward.ts`. Says its local ports as JSON. */
import { connect } from "../src/cluster/connect/connect.ts";
import { openForward } from "../src/dev/forward/forward.ts";

const [kubeconfig = "", context = "", namespace = "", ...ports] = process.argv.slice(2);
const cluster = await connect({ kubeconfig, context, env: {} });
const open = ports.map((port) => {
  const entry = { resourceType: "deployment", resourceName: "ports", namespace, address: "127.0.0.1" };
  return openForward({ ...entry, port: Number(port), localPort: 0 }, { cluster, emit: () => undefined });
});
console.log(JSON.stringify(Object.fromEntries(open.map(({ entry, localPort }) => [entry.port, localPort]))));
