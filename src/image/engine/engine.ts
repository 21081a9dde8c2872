/**
 * One Docker engine: how a request reaches it and how a refusal is reported. The typed calls are in `engine-image.ts`,
 * `engine-container.ts` and `engine-exec.ts`; they are functions over this small interface.
 * Every failure is one clear line that names the engine. An engine that does not answer in time is a failure, except
 * for calls whose time depends on the size of images. A cancelled call rejects with the signal's reason.
 */
import { Failure } from "../../diag/failure.ts";
import { boundedText } from "../../std/bytes/bounded-body.ts";
import { type Clock, systemClock } from "../../std/clock.ts";
import { machineAuthorities } from "../../std/tls-trust.ts";
import { inUrl, pastProxy } from "../../std/url-host.ts";
import { type EngineEndpoint, type EngineTls, endpointUrl } from "./endpoint.ts";
import { parseAnswer } from "./engine-json.ts";

export interface EngineRequest {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: ReadableStream<Uint8Array>;
  /** Time until the head of the answer; default: 30 s; 0: no limit. */
  readonly answerMs?: number;
  /** True: the request may be sent again after a broken connection. Default: true for GET and HEAD alone. */
  readonly repeatable?: boolean;
}

export interface Engine {
  readonly endpoint: EngineEndpoint;
  /**
   * Sends one request; any status is returned.
   * @throws Failure when the engine cannot be reached
   */
  request(path: string, request: EngineRequest, signal: AbortSignal): Promise<Response>;
}

export interface EngineVersion {
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly arch: string;
}

/** The engine's own information; `name` is its host's name, `root` its data directory. */
export interface EngineInfo {
  readonly id: string;
  readonly name: string;
  readonly operatingSystem: string;
  readonly version: string;
  readonly driver: string;
  readonly root: string;
  /** True when images are in containerd's store, where an image's id is a manifest's digest. */
  readonly containerdStore: boolean;
  /** True when it has a network separate from the host's. */
  readonly rootless: boolean;
}

/** Time limit for the begin of an answer that needs little work. */
export const shortMs = 30_000;
/** Time limit for an answer that is read as a whole. */
const bodyMs = 60_000;
/** Pauses before a request is sent again after the engine closed its connection. */
const pausesMs = [100, 250];

/** A handle to the engine; no request is sent yet. */
export function engineAt(endpoint: EngineEndpoint, clock: Clock = systemClock): Engine {
  const once = async (url: string, init: BunFetchRequestInit, answerMs: number, signal: AbortSignal) => {
    const answered = new AbortController();
    const tooLate = new AbortController();
    if (answerMs > 0)
      clock.sleep(answerMs, answered.signal).then(
        () => tooLate.abort(),
        () => undefined,
      );
    try {
      return await fetch(url, { ...init, signal: AbortSignal.any([signal, tooLate.signal]) });
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      if (tooLate.signal.aborted) throw silentEngine(endpoint, `did not answer within ${answerMs / 1000} s`);
      throw cause;
    } finally {
      answered.abort();
    }
  };
  return {
    endpoint,
    async request(path, request, signal) {
      const { method = "GET", query, headers, json, body, answerMs = shortMs } = request;
      signal.throwIfAborted();
      const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
      const init: BunFetchRequestInit = {
        method,
        headers: { ...(json === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        ...(body === undefined ? {} : { body }),
        ...transport(endpoint),
      };
      const { repeatable = method === "GET" || method === "HEAD" } = request;
      for (let tries = 0; ; tries++) {
        try {
          return await once(`${base(endpoint)}${path}${search}`, init, answerMs, signal);
        } catch (cause) {
          if (signal.aborted || cause instanceof Failure) throw cause;
          const failure = unreachableEngine(endpoint, cause);
          const pause = pausesMs[tries];
          // An error message of the bridge's client would be the same after another try.
          if (!repeatable || pause === undefined || !isReset(cause) || saidOf(endpoint)) throw failure;
          await clock.sleep(pause, signal);
        }
      }
    },
  };
}

/** `GET /_ping`: a cheap proof that the engine answers. */
export async function ping(engine: Engine, signal: AbortSignal): Promise<void> {
  await text(engine, "/_ping", {}, "answer a ping", signal);
}

export async function version(engine: Engine, signal: AbortSignal): Promise<EngineVersion> {
  const v = await call<{ Version: string; ApiVersion: string; Os: string; Arch: string }>(
    engine,
    "/version",
    {},
    "tell its version",
    signal,
  );
  return { version: v.Version, apiVersion: v.ApiVersion, os: v.Os, arch: v.Arch };
}

export async function info(engine: Engine, signal: AbortSignal): Promise<EngineInfo> {
  type Info = {
    ID: string;
    Name: string;
    OperatingSystem: string;
    ServerVersion: string;
    Driver: string;
    DockerRootDir?: string;
    DriverStatus?: string[][] | null;
    SecurityOptions?: string[] | null;
  };
  const i = await call<Info>(engine, "/info", {}, "describe itself", signal);
  const containerdStore = (i.DriverStatus ?? []).some(
    ([field, value]) => field === "driver-type" && value?.startsWith("io.containerd.snapshotter"),
  );
  return {
    id: i.ID,
    name: i.Name,
    operatingSystem: i.OperatingSystem,
    version: i.ServerVersion,
    driver: i.Driver,
    root: i.DockerRootDir ?? "",
    containerdStore,
    rootless: (i.SecurityOptions ?? []).some((option) => option.split(",").includes("name=rootless")),
  };
}

/**
 * The identity of the engine's image store, the same at every start and for every address: its host and its data
 * folder. The engine's own id is not used, because some engines make a new one for each request.
 */
export async function engineIdentity(engine: Engine, signal: AbortSignal): Promise<string> {
  const { name, root } = await info(engine, signal);
  return `engine:${name}:${root}`;
}

/**
 * The JSON answer. `doing` completes "the Docker engine refused to ...".
 * @throws Failure for any status over 299
 */
export async function call<T>(
  engine: Engine,
  path: string,
  request: EngineRequest,
  doing: string,
  signal: AbortSignal,
): Promise<T> {
  const body = await text(engine, path, request, doing, signal);
  return body === "" ? (undefined as T) : parseAnswer<T>(body);
}

/** The answer's whole text, with the same failures as `call`. */
export async function text(
  engine: Engine,
  path: string,
  request: EngineRequest,
  doing: string,
  signal: AbortSignal,
): Promise<string> {
  return bodyOf(engine, await accepted(engine, path, request, doing, signal), signal);
}

/** Much more than a list of all images and containers. */
const mostBody = 64 << 20;

/**
 * The text of an answer of the engine.
 * @throws Failure where it breaks or stalls, the signal's reason
 */
export async function bodyOf(engine: Engine, response: Response, signal: AbortSignal): Promise<string> {
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), bodyMs);
  try {
    return await boundedText(response, mostBody, "an answer", AbortSignal.any([signal, tooLate.signal]));
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (tooLate.signal.aborted) throw silentEngine(engine.endpoint, "stopped in the middle of an answer");
    throw unreachableEngine(engine.endpoint, cause);
  } finally {
    clearTimeout(timer);
  }
}

/** The response, its body unread, once the engine has accepted the request. */
export async function accepted(
  engine: Engine,
  path: string,
  request: EngineRequest,
  doing: string,
  signal: AbortSignal,
): Promise<Response> {
  const response = await engine.request(path, request, signal);
  if (response.ok) return response;
  throw refused(doing, refusalText(await bodyOf(engine, response, signal), response.status));
}

export function refused(doing: string, why: string): Failure {
  return new Failure({ severity: "error", message: `the Docker engine refused to ${doing}: ${why}` });
}

/** The engine's own message in an error body, else the status. */
export function refusalText(body: string, status: number): string {
  try {
    const { message } = JSON.parse(body) as { message?: string };
    if (message) return message.trim().replaceAll("\n", " ");
  } catch {}
  return body.trim().split("\n")[0] || `status ${status}`;
}

/** The failure of an engine that does not answer. `how` completes "the Docker engine at ...". */
export function silentEngine(endpoint: EngineEndpoint, how: string): Failure {
  return new Failure({
    severity: "error",
    message: `the Docker engine at ${endpointUrl(endpoint)} (from ${endpoint.from}) ${how}`,
    suggestion: "is it overloaded, or does it hang? see whether `docker info` answers",
    passing: true,
  });
}

const closedWords = "it closed the connection";

function isReset(cause: unknown): boolean {
  return known[codeOf(cause)] === closedWords;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

/** The error message of the bridge to another machine, where it has one. */
function saidOf(endpoint: EngineEndpoint): string | undefined {
  return (endpoint.kind === "unix" && endpoint.remote?.words()) || undefined;
}

/** Messages by the error code of a request or a socket. */
const known: Readonly<Record<string, string>> = {
  ENOENT: "no such socket",
  FailedToOpenSocket: "nothing listens there",
  ConnectionRefused: "nothing listens there",
  ECONNREFUSED: "nothing listens there",
  EACCES: "permission denied",
  ConnectionClosed: closedWords,
  ECONNRESET: closedWords,
  EPIPE: closedWords,
};

export function unreachableEngine(endpoint: EngineEndpoint, cause: unknown): Failure {
  const code = codeOf(cause);
  const said = saidOf(endpoint);
  const why = (said && oneLine(said)) || (known[code] ?? (cause instanceof Error ? cause.message : String(cause)));
  return new Failure({
    severity: "error",
    message: `cannot reach the Docker engine at ${endpointUrl(endpoint)} (from ${endpoint.from}): ${why}`,
    suggestion:
      code === "EACCES"
        ? "add yourself to the group that owns the socket, or set DOCKER_HOST to an engine of your own"
        : "start Docker, or set DOCKER_HOST to where the engine listens",
    ...(code === "EACCES" ? {} : { passing: true }),
  });
}

/** The first line of the message: later lines are about the connection that ended. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}

function base(endpoint: EngineEndpoint): string {
  if (endpoint.kind === "unix") return "http://docker";
  return `${endpoint.tls ? "https" : "http"}://${inUrl(endpoint.host)}:${endpoint.port}`;
}

/** Streams may be silent for minutes (a save, a push of one large layer), so there is no idle limit. */
function transport(endpoint: EngineEndpoint): BunFetchRequestInit {
  if (endpoint.kind === "unix") return { unix: endpoint.path, timeout: false } as BunFetchRequestInit;
  const usual = { timeout: false, ...pastProxy(base(endpoint)) };
  if (!endpoint.tls) return usual as BunFetchRequestInit;
  return { ...usual, tls: engineTrust(endpoint.tls) } as BunFetchRequestInit;
}

/** Options of the runtime's TLS. As in Docker's client, an engine without an authority of its own has this machine's. */
export function engineTrust({ ca, cert, key, verify }: EngineTls) {
  const trusted = ca ?? (verify ? [...machineAuthorities()] : undefined);
  return { rejectUnauthorized: verify, ...(trusted && { ca: trusted }), ...(cert && { cert }), ...(key && { key }) };
}
