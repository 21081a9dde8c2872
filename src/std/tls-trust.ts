/**
 * Which certificate authorities a server without one of its own is judged by, and who issued a certificate that was
 * refused. One place for clusters, registries and token services: what the rest of the machine trusts is trusted here.
 */
import { connect, getCACertificates } from "node:tls";

let authorities: readonly string[] | undefined;

/**
 * PEM texts of the bundled authorities, of those that NODE_EXTRA_CA_CERTS names, and of the system's (on Linux as
 * SSL_CERT_FILE and SSL_CERT_DIR say). Read when first asked for, some 4 ms, and kept.
 */
export function machineAuthorities(): readonly string[] {
  authorities ??= [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
  return authorities;
}

/** How long a server may take to show the certificate that it has shown before. */
const issuerMs = 3_000;

/**
 * The name of who issued the certificate of a server that was refused a moment ago: `Corp Root (Corp Ltd)`. Undefined
 * where it cannot be told. The connection is ended before a byte is sent.
 */
export function issuerOf(
  address: { readonly hostname: string; readonly port: number; readonly serverName?: string | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { hostname: host, port, serverName: servername } = address;
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    // The certificate is only looked at: who issued it is the question.
    const socket = connect({ host, port, rejectUnauthorized: false, ...(servername ? { servername } : {}) });
    const end = (issuer?: string) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(issuer);
    };
    const onAbort = () => end();
    const timer = setTimeout(end, issuerMs);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", () => end());
    socket.on("secureConnect", () => {
      const { CN, O } = (socket.getPeerCertificate().issuer ?? {}) as { CN?: string; O?: string };
      end(CN !== undefined && O !== undefined && O !== CN ? `${CN} (${O})` : (CN ?? O));
    });
  });
}

/** Whether a broken connection was a refused certificate, by the codes of Node's TLS. */
export function isCertificateRefusal(thrown: unknown): boolean {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  return typeof code === "string" && /CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code);
}
