/**
 * Answers a registry's 401: HTTP Basic, or a bearer token fetched from the realm that it names. Pure parsing of the
 * challenge, and one request for the token.
 */
import { Failure } from "../../diag/failure.ts";
import { boundedText } from "../../std/bytes/bounded-body.ts";
import type { EngineAuth } from "../engine/engine-image.ts";
import { isReset, type RegistryConnection } from "./registry-connection.ts";

export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service?: string; readonly scope?: string };

/** Limit for a token, which has some kilobytes. */
const mostToken = 1 << 20;
const mostHops = 5;
/** Time limit for the whole answer of a token service. */
const tokenMs = 30_000;

/** A scheme, or a name with its value; values may stand in quotes. */
const part = /[\s,]*([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/gy;

/**
 * Parses `WWW-Authenticate`, which may offer several schemes, also in several headers. A token is preferred to a
 * password in each request; undefined where neither is offered.
 */
export function readChallenge(header: string | null): Challenge | undefined {
  const offered: { readonly scheme: string; readonly fields: Map<string, string> }[] = [];
  for (const [, name = "", quoted, bare] of (header ?? "").matchAll(part)) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? bare;
    if (value === undefined) offered.push({ scheme: name.toLowerCase(), fields: new Map() });
    else offered.at(-1)?.fields.set(name.toLowerCase(), value);
  }
  for (const { scheme, fields } of offered) {
    const [realm, service, scope] = [fields.get("realm"), fields.get("service"), fields.get("scope")];
    if (scheme === "bearer" && realm) return { scheme, realm, ...(service && { service }), ...(scope && { scope }) };
  }
  return offered.some(({ scheme }) => scheme === "basic") ? { scheme: "basic" } : undefined;
}

/**
 * The `Authorization` header that answers a challenge.
 * @throws Failure where no token can be fetched
 */
export async function answer(
  challenge: Challenge,
  registry: string,
  auth: EngineAuth | undefined,
  connection: RegistryConnection,
  signal: AbortSignal,
): Promise<string> {
  if (auth?.registrytoken !== undefined) return `Bearer ${auth.registrytoken}`;
  if (challenge.scheme === "bearer") return `Bearer ${await fetchToken(challenge, registry, auth, connection, signal)}`;
  if (auth?.username === undefined) throw denied(registry, "it wants a user name and a password");
  return basic(auth);
}

/** The failure of a token service that does not answer. */
function silent(registry: string, why: string, passing: boolean): Failure {
  return new Failure({
    severity: "error",
    message: `the registry ${registry} refused access: ${why}`,
    suggestion: "check the network, and whether the token service is well",
    ...(passing ? { passing: true } : {}),
  });
}

export function denied(registry: string, why: string): Failure {
  return new Failure({
    severity: "error",
    message: `the registry ${registry} refused access: ${why}`,
    suggestion: `log in with \`docker login ${registry}\``,
  });
}

async function fetchToken(
  { realm, service, scope }: Extract<Challenge, { scheme: "bearer" }>,
  registry: string,
  auth: EngineAuth | undefined,
  connection: RegistryConnection,
  signal: AbortSignal,
): Promise<string> {
  const query = new URLSearchParams({ ...(service && { service }), ...(scope && { scope }) });
  const refresh = auth?.identitytoken;
  if (refresh !== undefined) {
    query.set("grant_type", "refresh_token");
    query.set("refresh_token", refresh);
    query.set("client_id", "devloop");
  }
  const limit = AbortSignal.timeout(tokenMs);
  const during = AbortSignal.any([signal, limit]);
  const request =
    refresh !== undefined
      ? send(connection, realm, registry, { method: "POST", body: query }, during)
      : send(
          connection,
          `${realm}${realm.includes("?") ? "&" : "?"}${query}`,
          registry,
          { headers: auth?.username === undefined ? {} : { Authorization: basic(auth) } },
          during,
        );
  const lost = (cause: unknown): never => {
    if (signal.aborted) throw signal.reason;
    if (cause instanceof Failure) throw cause;
    const why = limit.aborted ? `it said nothing for ${tokenMs / 1000} s` : String(cause);
    throw silent(registry, `its token service ${realm} cannot be reached (${why})`, isReset(cause));
  };
  const response = await request.catch(lost);
  const { status } = response;
  if (status === 429 || status >= 500) throw silent(registry, `its token service answered ${status}`, true);
  if (!response.ok) throw denied(registry, `its token service answered ${status}`);
  const text = await boundedText(response, mostToken, "its answer", during).catch(lost);
  const got = tokenIn(text);
  if (!got) throw denied(registry, "its token service gave no token");
  return got;
}

/**
 * Sends to a token service, and follows where it leads. The secrets of the request go to the origin of the first address
 * alone: another origin is asked without a password, and gets no refresh token.
 * @throws Failure for an address that is not asked by https, unless the registry itself may be asked without
 */
async function send(
  connection: RegistryConnection,
  first: string,
  registry: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<Response> {
  let url = first;
  let request = init;
  for (let hops = 0; ; hops++) {
    const protocol = URL.canParse(url) ? new URL(url).protocol : "";
    if (protocol !== "https:" && !(protocol === "http:" && connection.isLax(registry)))
      throw denied(registry, `its token service ${withoutQuery(url)} is not asked by https`);
    const response = await connection.sendTo(url, registry, { ...request, redirect: "manual" }, signal);
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null || hops === mostHops) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, url) ? new URL(location, url).href : location;
    if (!URL.canParse(next) || new URL(next).origin !== new URL(url).origin) {
      if (request.body !== undefined)
        throw denied(registry, `its token service leads elsewhere, to ${withoutQuery(next)}, where no token is sent`);
      request = { ...request, headers: {} };
    }
    url = next;
  }
}

function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, "");
}

function tokenIn(text: string): string | undefined {
  try {
    const { token, access_token } = JSON.parse(text) as { token?: unknown; access_token?: unknown };
    // The token becomes a header, so it must be a single visible word.
    return [token, access_token].find((one) => typeof one === "string" && /^[\x21-\x7e]+$/.test(one)) as
      | string
      | undefined;
  } catch {
    return undefined;
  }
}

function basic(auth: EngineAuth): string {
  return `Basic ${Buffer.from(`${auth.username ?? ""}:${auth.password ?? ""}`).toString("base64")}`;
}
