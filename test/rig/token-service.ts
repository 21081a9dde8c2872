/**
 * The token service of a registry, as the registry's own documentation has it: a user name and a password, or a refresh
 * token, get a signed token for the scope that is asked. Every question is noted.
 */
import { createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";

export interface TokenService extends AsyncDisposable {
  readonly realm: string;
  readonly issuer: string;
  readonly service: string;
  /** How each question showed who asks: `basic USER`, `refresh`, `nobody`. */
  readonly asked: readonly string[];
}

export interface TokenServiceOptions {
  readonly hostname: string;
  readonly tls: { readonly cert: string; readonly key: string };
  readonly user: string;
  readonly password: string;
  readonly refresh: string;
}

const issuer = "devloop test tokens";
const service = "devloop test registry";

export function startTokenService({ hostname, tls, user, password, refresh }: TokenServiceOptions): TokenService {
  const asked: string[] = [];
  const whoAsks = async (request: Request): Promise<string | undefined> => {
    if (request.method === "POST") {
      const form = new URLSearchParams(await request.text());
      return form.get("refresh_token") === refresh ? "refresh" : undefined;
    }
    const [, shown = ""] = (request.headers.get("authorization") ?? "").split(" ");
    if (shown === "") return "nobody";
    return Buffer.from(shown, "base64").toString() === `${user}:${password}` ? `basic ${user}` : undefined;
  };
  const server = Bun.serve({
    hostname,
    port: 0,
    tls,
    async fetch(request) {
      const body = request.method === "POST" ? new URLSearchParams(await request.clone().text()) : undefined;
      const scope = body?.get("scope") ?? new URL(request.url).searchParams.get("scope") ?? "";
      const who = await whoAsks(request);
      if (who === undefined) return new Response("{}", { status: 401 });
      asked.push(who);
      return Response.json({ token: token(scope, who === "nobody" ? [] : ["pull", "push"], tls) });
    },
  });
  const realm = `https://${hostname}:${server.port}/token`;
  return { realm, issuer, service, asked, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** ES256 with the certificate itself in the header, which the registry checks against its bundle. */
function token(scope: string, actions: readonly string[], { cert, key }: TokenServiceOptions["tls"]): string {
  const [type = "", name = ""] = scope.split(":");
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: "JWT", alg: "ES256", x5c: [new X509Certificate(cert).raw.toString("base64")] };
  const access = type === "" ? [] : [{ type, name, actions }];
  const times = { nbf: now - 10, iat: now, exp: now + 300 };
  const claims = { iss: issuer, aud: service, sub: "", jti: randomUUID(), access, ...times };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(text), { key: createPrivateKey(key), dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}
