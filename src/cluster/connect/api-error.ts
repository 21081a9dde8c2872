/**
 * The API server's errors as Failures: an unsuccessful answer becomes an `ApiError` from its Status object, a missing
 * answer becomes `Unreachable`. Decides the one line that a user reads.
 */
import { Failure } from "../../diag/failure.ts";
import { startOfText } from "../../std/bytes/bounded-body.ts";
import { refusalOfCertificate } from "../../std/tls-trust.ts";
import { type KubeStatus, parseStatus, type StatusCause } from "../objects/kube-status.ts";

export class ApiError extends Failure {
  /** HTTP status code. */
  readonly code: number;
  /**
   * Kubernetes' reason (`NotFound`, `Conflict`, `Invalid`, ...); `Immutable` where a change of an immutable field was
   * refused.
   */
  readonly reason: string;
  readonly causes: readonly StatusCause[];

  /** @param action begins the message: `cannot apply Service default/web` */
  constructor(status: KubeStatus, code: number, action: string, suggestion?: string) {
    const said = withoutDumps(oneLine(status.message ?? "")).slice(0, mostSaid) || `the API server answered ${code}`;
    super({
      severity: "error",
      message: `${action}: ${said}`,
      ...(suggestion ? { suggestion } : advice(code, said)),
      // The server is overloaded, starting or ending, or a webhook does not run yet.
      ...(code === 429 || code >= 500 ? { passing: true } : {}),
    });
    this.code = status.code ?? code;
    this.causes = (status.details?.causes ?? []).map((cause) =>
      cause.message === undefined ? cause : { ...cause, message: withoutDumps(cause.message) },
    );
    this.reason = isImmutable(status) ? "Immutable" : (status.reason ?? "Unknown");
  }
}

export type Silence = "refused" | "reset" | "timeout" | "name" | "certificate" | "other";

/** The server gave no answer. `silence` says in which way. */
export class Unreachable extends Failure {
  readonly silence: Silence;

  constructor(silence: Silence, message: string, suggestion: string, details?: readonly string[]) {
    super({ severity: "error", message, suggestion, passing: true, ...(details ? { details } : {}) });
    this.silence = silence;
  }
}

/** How many characters of a message are shown. */
const mostSaid = 8192;
/** How much of a message is read; a refusal that names every refused field is shorter. */
const mostWords = 1 << 20;

/** The error of an unsuccessful response; reads its body. */
export async function apiError(response: Response, action: string): Promise<ApiError> {
  return refusalOf(await startOfText(response, mostWords).catch(() => ""), response.status, action);
}

/** The error of an answer with this text. */
export function refusalOf(text: string, code: number, action: string): ApiError {
  return new ApiError(statusOf(text, code), code, action);
}

/** A Status from a body of any form: proxies and old servers answer in plain text. */
function statusOf(text: string, code: number): KubeStatus {
  if (/"kind"\s*:\s*"Status"/.test(text)) {
    const status = parseStatus(text);
    if (status !== undefined) return status;
  }
  return { code, message: oneLine(text).slice(0, 300) };
}

/**
 * Whether an error of a body's stream means a broken connection: the runtime's TypeError or, where the connection ends
 * at once, undefined.
 */
export function isBroken(thrown: unknown): boolean {
  return thrown instanceof TypeError || thrown === undefined;
}

/** An `Unreachable` from an error of `fetch`. The codes are those of Node's sockets and TLS. */
export function unreachable(thrown: unknown, context: string, server: string): Unreachable {
  const code = (thrown as { code?: string } | undefined)?.code ?? (thrown === undefined ? "ConnectionClosed" : "");
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const at = `the API server of the context "${context}" at ${server}`;
  if (code === "ECONNREFUSED" || code === "ConnectionRefused")
    return new Unreachable("refused", `${at} refuses connections`, "is the cluster running?");
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new Unreachable("name", `${at} cannot be found: the host name is unknown`, "is the right context chosen?");
  if (code === "ECONNRESET" || code === "EPIPE" || code === "ConnectionClosed")
    return new Unreachable("reset", `${at} closed the connection`, "is the cluster starting or ending?");
  if (code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "ENETUNREACH")
    return new Unreachable("timeout", `${at} cannot be reached`, "is the network or VPN up?");
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED|TLS|SSL/.test(code))
    return new Unreachable(
      "certificate",
      `${at} is not trusted: ${refusalOfCertificate(thrown)}`,
      "was the cluster made anew? its kubeconfig may be old",
    );
  return new Unreachable("other", `cannot reach ${at}: ${oneLine(words)}`, "is the cluster running?");
}

/** True where the server refused because a field of an existing object is immutable. */
function isImmutable(status: KubeStatus): boolean {
  if (status.code !== 422 && status.reason !== "Invalid") return false;
  const texts = [status.message ?? "", ...(status.details?.causes ?? []).map((cause) => cause.message ?? "")];
  // Messages of validation in the API server: general, StatefulSet, PersistentVolumeClaim, Pod.
  return texts.some((text) =>
    /field is immutable|is immutable after creation|Forbidden: updates to \w+ spec for fields other than|may not change fields other than|cannot be changed|may not change once set/.test(
      text,
    ),
  );
}

function advice(code: number, said: string): { suggestion?: string } {
  const namespace = code === 404 && /^namespaces "([^"]+)" not found/.exec(said)?.[1];
  if (namespace) return { suggestion: `create it with: kubectl create namespace ${namespace}` };
  const ending = code === 403 && /in namespace (\S+) because it is being terminated/.exec(said)?.[1];
  if (ending)
    return {
      suggestion: `the namespace ${ending} is being deleted: try again once it is gone, or see what holds it with: kubectl get namespace ${ending} -o yaml`,
    };
  if (code === 401) return { suggestion: "the credentials of this context were refused: log in again" };
  if (code === 403)
    return {
      suggestion: "the user of this context may not do this: ask for the permission, or choose another context",
    };
  return {};
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Removes the refused value that validation quotes as a whole, which may be a pod's template. */
function withoutDumps(text: string): string {
  return text.replace(
    /\b((?:Invalid|Unsupported|Duplicate) value|Forbidden): ([[{"]|[\w.]+\{).{80,}?[}\]"]: /gs,
    "$1: ",
  );
}
