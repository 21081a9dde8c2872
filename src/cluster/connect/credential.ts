/**
 * The credentials of each request: client certificate, token, token file, basic authentication, OIDC, an exec plugin,
 * and impersonation. Tokens that can expire are read again; a plugin runs once for many callers. Auth providers that
 * Kubernetes itself removed are refused.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { diagnosticsOf, Failure } from "../../diag/failure.ts";
import { shared } from "../../std/async/shared.ts";
import type { Clock } from "../../std/clock.ts";
import type { Access } from "./access.ts";
import { checkCertificate, pem } from "./access.ts";
import { Unreachable } from "./api-error.ts";
import { type PluginCredential, type PluginHost, runExecPlugin } from "./exec-plugin.ts";
import { entryPath, type UserEntry } from "./kubeconfig.ts";
import { oidcTokens } from "./oidc.ts";
import type { HeaderValues } from "./repeated-headers.ts";

export interface Credential {
  readonly headers: HeaderValues;
  readonly cert?: string;
  readonly key?: string;
}

export interface CredentialSource {
  /** The credential to use now. */
  current(signal: AbortSignal): Promise<Credential>;
  /** The last given credential: a client certificate is there at once, a plugin's after its first run. */
  last(): Credential;
  /**
   * The server refused `used`: drops it, but not a newer one.
   * @returns whether another try can succeed
   */
  refused(used: Credential): boolean;
}

/** The kubelet renews token files; client libraries read them once a minute. */
const tokenFileMs = 60_000;
/** A plugin's credential is renewed this long before it expires. */
const expiryLeewayMs = 10_000;
/** Pause after a failed renewal. */
const renewalPauseMs = 5_000;

/** @throws Failure where a file cannot be read; `current`, where a credential cannot be a header */
export async function credentialSource(access: Access, plugins: PluginHost, clock: Clock): Promise<CredentialSource> {
  const source = await sourceOf(access, plugins, clock);
  return {
    ...source,
    async current(signal) {
      const credential = await source.current(signal);
      // Streams write their headers unchecked: a line break would begin another header.
      for (const [name, values] of Object.entries(credential.headers))
        if (!/^[\t\x20-\x7e\x80-\xff]*$/.test([values].flat().join("")))
          throw new Failure(
            `the user of the context "${access.context}" cannot be told to the API server: ${name} has characters that no header has`,
          );
      return credential;
    },
  };
}

async function sourceOf(access: Access, plugins: PluginHost, clock: Clock): Promise<CredentialSource> {
  const { file, value: user } = access.user;
  const means = { clock, context: access.context };
  const provider = user["auth-provider"];
  if (provider && provider.name !== "oidc") throw removedProvider(provider.name ?? "", access.context);
  const fixed = impersonation(user, access.context);
  const cert = await pem(user["client-certificate-data"], user["client-certificate"], file);
  const key = await pem(user["client-key-data"], user["client-key"], file);
  const whose = `the user of the context "${access.context}"`;
  // Without its other half the server would take us for nobody, and refuse something else.
  if (Boolean(cert) !== Boolean(key))
    throw new Failure(`${whose} has a client ${cert ? "certificate without its key" : "key without its certificate"}`);
  if (cert) checkCertificate(cert, `the client certificate of ${whose}`);
  const pair = cert && key ? { cert, key } : {};

  if (user.token && !user.tokenFile) return constant({ headers: { ...fixed, ...bearer(user.token) }, ...pair });
  if (user.tokenFile) {
    const path = entryPath(file, user.tokenFile);
    return cached({ headers: fixed, ...pair }, means, async () => {
      const read = pem(undefined, path, file).then((text) => text?.trim() ?? "");
      // A token beside the file is for when the file cannot be read.
      const token = await (user.token === undefined ? read : read.catch(() => user.token ?? ""));
      return { credential: { headers: { ...fixed, ...bearer(token) }, ...pair }, until: clock.now() + tokenFileMs };
    });
  }
  if (user.username) {
    const basic = Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64");
    return constant({ headers: { ...fixed, Authorization: `Basic ${basic}` }, ...pair });
  }
  if (provider) {
    const tokens = oidcTokens({ file, value: provider }, access.userName, () => clock.now());
    return cached({ headers: fixed, ...pair }, means, async (signal, refused) => {
      const { token, expires } = await tokens(refused, signal);
      return {
        credential: { headers: { ...fixed, ...bearer(token) }, ...pair },
        until: expires - expiryLeewayMs,
        ends: expires,
      };
    });
  }
  const exec = user.exec;
  if (exec)
    return cached({ headers: fixed, ...pair }, means, async (signal) => {
      const got = await runExecPlugin(exec, file, access, plugins, signal);
      const ends = got.expires ?? Number.POSITIVE_INFINITY;
      return { credential: pluginCredential(got, fixed, pair), until: ends - expiryLeewayMs, ends };
    });
  return constant({ headers: fixed, ...pair });
}

function pluginCredential(got: PluginCredential, fixed: HeaderValues, pair: Partial<Credential>): Credential {
  const own = got.cert && got.key ? { cert: got.cert, key: got.key } : pair;
  return { headers: { ...fixed, ...(got.token ? bearer(got.token) : {}) }, ...own };
}

function constant(credential: Credential): CredentialSource {
  return { current: () => Promise.resolve(credential), last: () => credential, refused: () => false };
}

interface Stored {
  readonly credential: Credential;
  /** When it is renewed. */
  readonly until: number;
  /** When it expires; absent: when it is renewed. */
  readonly ends?: number;
}

/**
 * Runs one read at a time, shared by all callers; its result is kept until it expires. The failure of a first read is
 * final. After a success a failed renewal is passing: the old credential is used until it expires, then the failure is
 * thrown as a passing one.
 */
function cached(
  initial: Credential,
  { clock, context }: { readonly clock: Clock; readonly context: string },
  /** @param read `refused` says whether the server refused the last credential */
  read: (signal: AbortSignal, refused: boolean) => Promise<Stored>,
): CredentialSource {
  let wasRefused = false;
  let held: Stored = { credential: initial, until: Number.NEGATIVE_INFINITY };
  let succeeded = false;
  let failed: { readonly why: Unreachable; readonly until: number } | undefined;
  // A signal that is never aborted: the cancellation of one caller must not end the read for others.
  const never = new AbortController().signal;
  const reading = shared(async () => {
    try {
      held = await read(never, wasRefused);
      succeeded = true;
      wasRefused = false;
      failed = undefined;
    } catch (thrown) {
      if (!succeeded) throw thrown;
      failed = { why: notRenewed(thrown, context), until: clock.now() + renewalPauseMs };
    } finally {
      reading.forget();
    }
  });
  return {
    async current(signal) {
      if (clock.now() < held.until) return held.credential;
      if (failed === undefined || clock.now() >= failed.until) await reading.get(signal);
      if (failed === undefined || (!wasRefused && clock.now() < (held.ends ?? held.until))) return held.credential;
      throw failed.why;
    },
    last: () => held.credential,
    refused(used) {
      if (used !== held.credential) return true;
      held = { credential: used, until: Number.NEGATIVE_INFINITY };
      wasRefused = true;
      return true;
    },
  };
}

function notRenewed(thrown: unknown, context: string): Unreachable {
  const [{ message, suggestion = "log in again", details }] = diagnosticsOf(thrown) as readonly [Diagnostic];
  const words = `the credential of the context "${context}" could not be renewed: ${message}`;
  return new Unreachable("other", words, suggestion, details);
}

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

/** Providers that Kubernetes removed, and the plugin that replaces each. */
const successors: Readonly<Record<string, string>> = { gcp: "gke-gcloud-auth-plugin", azure: "kubelogin" };

function removedProvider(name: string, context: string): Failure {
  const plugin = successors[name];
  return new Failure({
    severity: "error",
    message: `the user of the context "${context}" uses the auth provider "${name}", which Kubernetes removed`,
    suggestion: plugin
      ? `install ${plugin}, and let your cloud's tool write the kubeconfig again: it then uses that plugin`
      : "let your cloud's tool write the kubeconfig again; it then uses an exec plugin",
  });
}

/** Header names are Kubernetes' own; several values are sent as several headers. */
function impersonation(user: UserEntry, context: string): HeaderValues {
  const headers: Record<string, string | readonly string[]> = {};
  // The server answers such a request with an error of its own and no word of the cause.
  if (!user.as && (user["as-uid"] || user["as-groups"]?.length || Object.keys(user["as-user-extra"] ?? {}).length > 0))
    throw new Failure(
      `the user of the context "${context}" impersonates a uid, groups or extra values of nobody: "as" is missing`,
    );
  if (user.as) headers["Impersonate-User"] = user.as;
  if (user["as-uid"]) headers["Impersonate-Uid"] = user["as-uid"];
  const lists = [
    ["Impersonate-Group", user["as-groups"] ?? []] as const,
    ...Object.entries(user["as-user-extra"] ?? {}).map(
      ([name, values]) => [`Impersonate-Extra-${encodeURIComponent(name)}`, values] as const,
    ),
  ];
  for (const [name, values] of lists) {
    const [first, ...more] = values;
    if (first !== undefined) headers[name] = more.length === 0 ? first : values;
  }
  return headers;
}
