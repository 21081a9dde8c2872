/**
 * The certificate authorities for a server that has no authority of its own configured, and the issuer of a certificate
 * that was refused. Clusters, registries and token services all use this file, so that devloop trusts the authorities
 * that other programs on the machine trust.
 */
import { connect, getCACertificates } from "node:tls";

let authorities: readonly string[] | undefined;

/**
 * PEM texts of the bundled authorities, of those in the file that NODE_EXTRA_CA_CERTS names, and of the system's (on
 * Linux as SSL_CERT_FILE and SSL_CERT_DIR say). Read at the first call, which takes about 4 ms, and kept.
 */
export function machineAuthorities(): readonly string[] {
  authorities ??= [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
  return authorities;
}

/** How long `issuerOf` waits for the server to show its certificate again. */
const issuerMs = 3_000;

/**
 * The issuer's name in the certificate of a server that was refused a moment ago: `Corp Root (Corp Ltd)`. Undefined
 * where the certificate cannot be read. The connection ends before a byte is sent.
 */
export function issuerOf(
  address: { readonly hostname: string; readonly port: number; readonly serverName?: string | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { hostname: host, port, serverName: servername } = address;
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    // Verification is off because only the issuer's name is read from this certificate.
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

/** Why a certificate was refused, on one line: the runtime's words, but where these only tell how to use the runtime. */
export function refusalOfCertificate(thrown: unknown): string {
  if ((thrown as { code?: unknown } | undefined)?.code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "its certificate is for other names";
  return (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, " ").trim();
}

/** Whether a connection failed because the certificate was refused, judged by the error codes of Node's TLS. */
export function isCertificateRefusal(thrown: unknown): boolean {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  return typeof code === "string" && /CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code);
}
