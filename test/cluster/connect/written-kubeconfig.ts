import { rootCertificates } from "node:tls";

/** A kubeconfig's text with two contexts; `first` is the one that varies. */
export interface WrittenKubeconfig {
  readonly server?: string;
  /** Text of the authority's certificate. */
  readonly ca?: string;
  readonly token?: string;
  /** Config of an OIDC login, in the place of the token. */
  readonly provider?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly current?: "first" | "second";
}

export function kubeconfigText({
  server = "https://127.0.0.1:1",
  ca = rootCertificates[0] ?? "",
  token = "token",
  provider,
  namespace = "default",
  current = "first",
}: WrittenKubeconfig): string {
  const cluster = { server, "certificate-authority-data": Buffer.from(ca).toString("base64") };
  const user = provider ? { "auth-provider": { name: "oidc", config: provider } } : { token };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": current,
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: ["first", "second"].map((name) => ({ name, context: { cluster: "c", user: "u", namespace } })),
  });
}
