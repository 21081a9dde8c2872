/**
 * Requests to a registry, with credentials where it asks for them and repeats where it is busy.
 * Repeats on 429 and 5xx with growing pauses; any other failure is one clear line. A streamed body is made again for
 * each try.
 */
import { Failure } from "../../diag/failure.ts";
import { startOfText } from "../../std/bytes/bounded-body.ts";
import type { Clock } from "../../std/clock.ts";
import type { Reference } from "../reference.ts";
import { refusalWords } from "../registry-manifest.ts";
import type { Credentials } from "./credentials.ts";
import { answer, denied, readChallenge } from "./registry-auth.ts";
import { registryConnection } from "./registry-connection.ts";

type Init = RequestInit | (() => RequestInit);

export interface RegistryRequests {
  /**
   * @param init the request; a function where its body can be read only once
   * Any status is returned except those of refused credentials.
   */
  send(r: Reference, path: string, init: Init, signal: AbortSignal): Promise<Response>;
  /** As `send`, repeated only for credentials. */
  once: RegistryRequests["send"];
}

const mostWords = 64 << 10;
const tries = 5;
const firstPauseMs = 200;
const longestPauseMs = 10_000;

/**
 * @param insecure hosts that may use plain HTTP or any certificate; loopback always may
 * @param folders folders with authorities of registries; default: Docker's
 */
export function registryRequests(
  credentials: Credentials,
  insecure: readonly string[],
  clock: Clock,
  folders?: readonly string[],
): RegistryRequests {
  const connection = registryConnection(insecure, folders);
  const tokens = new Map<string, string>();

  const authorised = async (r: Reference, path: string, init: Init, signal: AbortSignal): Promise<Response> => {
    const scope = `${r.registry}/${r.repository}`;
    const send = () => {
      const token = tokens.get(scope);
      const request = typeof init === "function" ? init() : init;
      const headers = { ...(request.headers as Record<string, string>), ...(token ? { Authorization: token } : {}) };
      return connection.send(r.registry, path, { ...request, headers }, signal);
    };
    const first = await send();
    if (first.status !== 401) return first;
    const challenge = readChallenge(first.headers.get("www-authenticate"));
    if (challenge === undefined) throw denied(r.registry, "it does not say how to log in");
    tokens.set(scope, await answer(challenge, r.registry, await credentials(r.registry, signal), connection, signal));
    const second = await send();
    if (second.status !== 401 && second.status !== 403) return second;
    tokens.delete(scope);
    throw denied(r.registry, `the credentials kept for it do not open ${r.repository}`);
  };

  const send = async (r: Reference, path: string, init: Init, signal: AbortSignal): Promise<Response> => {
    for (let attempt = 1; ; attempt++) {
      const response = await authorised(r, path, init, signal).catch((thrown: unknown) => {
        const passing = thrown instanceof Failure && thrown.diagnostics.some((each) => each.passing);
        if (!passing || attempt === tries) throw thrown;
        return undefined;
      });
      const busy = response === undefined || response.status === 429 || response.status >= 500;
      if (!busy) return response;
      if (response !== undefined && attempt === tries) throw refusedBy(r, response.status, `after ${tries} tries`);
      await clock.sleep(pause(attempt, response?.headers.get("retry-after") ?? null), signal);
    }
  };

  return { send, once: authorised };
}

/** The server's own wait in seconds, up to a limit. */
function pause(attempt: number, retryAfter: string | null): number {
  const asked = Number(retryAfter) * 1000;
  const wanted = asked > 0 ? asked : firstPauseMs * 2 ** (attempt - 1);
  return Math.min(wanted, longestPauseMs);
}

export async function refusal(response: Response): Promise<string> {
  const text = await startOfText(response, mostWords).catch(() => "");
  return refusalWords(text);
}

export function refusedBy(r: Reference, status: number, why: string): Failure {
  const message = `the registry ${r.registry} answered ${status} for ${r.repository}${why === "" ? "" : `: ${why}`}`;
  if (status === 401 || status === 403) return denied(r.registry, `${r.repository}: ${why || `status ${status}`}`);
  const mayPass = status === 429 || status >= 500;
  return new Failure({ severity: "error", message, ...(mayPass ? { passing: true } : {}) });
}
