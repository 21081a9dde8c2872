/**
 * The auth provider `oidc` of a kubeconfig, as in kubectl: the id token is used until it expires, then a new one is
 * requested from the issuer's token endpoint with the refresh token. The OIDC library is loaded only then.
 * Issuers may rotate the refresh token with each use, so the new tokens are written back into the kubeconfig, under
 * kubectl's lock, with comments and order kept. Nothing else is ever written there. Before a token is renewed the file is
 * read again, because a login or another program may have stored newer tokens, and made the present ones useless.
 */
import { Failure } from "../../diag/failure.ts";
import { machineAuthorities } from "../../std/tls-trust.ts";
import { pastProxy } from "../../std/url-host.ts";
import { pem } from "./access.ts";
import type { AuthProvider, Entry } from "./kubeconfig.ts";
import { storedTokens, storeTokens } from "./oidc-store.ts";

interface Token {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** A token that expires this soon is renewed, as in kubectl. */
const leewayMs = 10_000;
const issuerMs = 30_000;

/**
 * @param provider the user's entry with its file; `name` is the user's name there
 * @param limitMs for both requests to the issuer, including their answers
 * @returns a function that gives the present token; a refused one is renewed whatever its expiry
 * @throws Failure (from the returned function) where there is no refresh token, and with the issuer's message
 */
export function oidcTokens(
  provider: Entry<AuthProvider>,
  name: string,
  now: () => number,
  limitMs = issuerMs,
): (refused: boolean, signal: AbortSignal) => Promise<Token> {
  const config = { ...provider.value.config };
  /** What the kubeconfig held when it was read or written last. */
  let known = tokensOf(config);
  const held = (): Token => ({ token: config["id-token"] ?? "", expires: endOf(config["id-token"] ?? "") });
  const isGood = ({ expires }: Token) => expires - leewayMs > now();
  /** Takes the tokens that a login or another program has stored since then. @returns whether there are any */
  const takeStored = async () => {
    const stored = await storedTokens(provider.file, name);
    if (stored === undefined || Object.entries(stored).every(([key, value]) => known[key] === value)) return false;
    Object.assign(config, stored);
    known = { ...known, ...stored };
    return true;
  };
  return async (refused, signal) => {
    if (!refused && isGood(held())) return held();
    if ((await takeStored()) && isGood(held())) return held();
    try {
      const got = await refresh(config, provider.file, limitMs, signal);
      Object.assign(config, got);
      await storeTokens(provider.file, name, got, signal);
      known = got;
    } catch (thrown) {
      signal.throwIfAborted();
      // Another program may have used the refresh token at the same time: its tokens are as good.
      if (!((await takeStored()) && isGood(held()))) throw thrown;
    }
    return held();
  };
}

function tokensOf(config: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | undefined>> {
  return { "id-token": config["id-token"], "refresh-token": config["refresh-token"] };
}

async function refresh(
  config: Readonly<Record<string, string | undefined>>,
  file: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<{ readonly "id-token": string; readonly "refresh-token": string }> {
  const issuer = config["idp-issuer-url"] ?? "";
  const old = config["refresh-token"];
  if (!old) throw problem(file, "the id token has ended, and there is no refresh token");
  if (!URL.canParse(issuer)) throw problem(file, `idp-issuer-url is no address: ${JSON.stringify(issuer)}`);
  const ca = await pem(config["idp-certificate-authority-data"], config["idp-certificate-authority"], file);
  const tls = { ca: ca ?? machineAuthorities() };
  const client = await import("openid-client");
  const limit = AbortSignal.timeout(limitMs);
  const either = AbortSignal.any([signal, limit]);
  const send = (url: string, init: object) =>
    fetch(url, { ...init, ...pastProxy(url), signal: either, tls } as BunFetchRequestInit);
  try {
    const secret = config["client-secret"];
    const known = await client.discovery(
      new URL(issuer),
      config["client-id"] ?? "",
      secret,
      secret ? client.ClientSecretBasic(secret) : client.None(),
      { [client.customFetch]: send },
    );
    known[client.customFetch] = send;
    const answer = await client.refreshTokenGrant(known, old);
    if (!answer.id_token) throw new Error("it gave no id token");
    return { "id-token": answer.id_token, "refresh-token": answer.refresh_token ?? old };
  } catch (thrown) {
    signal.throwIfAborted();
    if (limit.aborted) throw problem(file, `the issuer ${issuer} did not answer within ${limitMs / 1000} s`);
    throw problem(file, `the issuer ${issuer} gave no new token: ${wordsOf(thrown)}`);
  }
}

function problem(file: string, why: string): Failure {
  return new Failure({
    severity: "error",
    message: `the auth provider oidc in ${file}: ${why}`,
    suggestion: "log in again with the tool that wrote the kubeconfig",
  });
}

/** The issuer's own message where it has one, because it says what to do. */
function wordsOf(thrown: unknown): string {
  const { error, error_description: said, message, cause } = thrown as Record<string, unknown>;
  const inner = cause instanceof Error ? cause.message : undefined;
  return [error, said].filter((word) => typeof word === "string").join(": ") || inner || String(message ?? thrown);
}

/**
 * When a token expires, by its own claim; an unreadable one counts as expired. Only the server checks the signature.
 */
function endOf(token: string): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}
