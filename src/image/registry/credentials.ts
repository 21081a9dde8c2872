/**
 * Registry credentials as the `docker` client stores them: `config.json` with inline entries, one helper per registry,
 * or one helper for all. Helpers are programs and only `tool/` starts programs, so the caller gives the function that
 * runs them.
 * A registry without an entry is asked anonymously. So is one whose helper fails, or whose config cannot be read, after
 * one notice with the reason, because the registry's refusal alone would not name the cause.
 */
import { join } from "node:path";
import type { Clock } from "../../std/clock.ts";
import { fileErrorWords } from "../../std/file-error.ts";
import { dockerDirectory, type Environment } from "../engine/endpoint.ts";
import type { EngineAuth } from "../engine/engine-image.ts";

/** The answer of `docker-credential-HELPER get`. `nothing`: no entry for the registry. `why`: its last line. */
export type HelperAnswer =
  | { readonly kind: "found"; readonly username: string; readonly secret: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "failed"; readonly why: string };

export type CredentialHelper = (helper: string, registry: string, signal: AbortSignal) => Promise<HelperAnswer>;

/** The credentials for a registry host; undefined where there are none. */
export type Credentials = (registry: string, signal: AbortSignal) => Promise<EngineAuth | undefined>;

export interface CredentialOptions {
  readonly env: Environment;
  readonly askHelper: CredentialHelper;
  readonly clock: Clock;
  /** One line for each cause, once. */
  readonly notice: (text: string) => void;
}

interface ConfigEntry {
  /** Base64 of `user:password`; wins over the other two fields. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, ConfigEntry | undefined>>;
  readonly credHelpers?: Readonly<Record<string, string | undefined>>;
  readonly credsStore?: string;
}

/** A helper's user name when the secret is a refresh token. */
const tokenUser = "<token>";
/** Cloud helpers take a second each, and their answers are valid for hours. */
const keptMs = 10 * 60_000;

/** Reads `config.json` at each question, so that a `docker login` during a session counts. */
export function dockerCredentials({ env, askHelper, clock, notice }: CredentialOptions): Credentials {
  const path = join(dockerDirectory(env), "config.json");
  const told = new Set<string>();
  const tell = (text: string) => {
    if (!told.has(text)) notice(text);
    told.add(text);
  };
  const answers = new Map<string, { readonly at: number; readonly answer: HelperAnswer }>();
  const asked = async (helper: string, key: string, signal: AbortSignal): Promise<HelperAnswer> => {
    const id = `${helper} ${key}`;
    const kept = answers.get(id);
    if (kept && clock.now() - kept.at < keptMs) return kept.answer;
    const answer = await askHelper(helper, key, signal);
    if (answer.kind !== "failed") answers.set(id, { at: clock.now(), answer });
    return answer;
  };
  return async (registry, signal) => {
    const config = await readConfig(path, tell);
    const keys = keysOf(registry);
    // A registry's own entry wins although it may be empty: its credentials are then in the file itself.
    const own = keys.find((key) => Object.hasOwn(config.credHelpers ?? {}, key));
    const helper = own === undefined ? config.credsStore : config.credHelpers?.[own];
    for (const key of isName(helper) ? keys : []) {
      const answer = await asked(helper ?? "", key, signal);
      if (answer.kind === "failed") {
        tell(`docker-credential-${helper} gave no credentials for ${registry}: ${answer.why}`);
        break;
      }
      if (answer.kind === "nothing" || answer.secret === "") continue;
      return answer.username === tokenUser
        ? { identitytoken: answer.secret, serveraddress: key }
        : { username: answer.username, password: answer.secret, serveraddress: key };
    }
    return inline(config, keys);
  };
}

async function readConfig(path: string, tell: (text: string) => void): Promise<DockerConfig> {
  const file = Bun.file(path);
  try {
    const config = (await file.json()) as unknown;
    if (typeof config === "object" && config !== null) return read(config);
    tell(`${path} is no JSON object: no registry credentials are taken from it`);
  } catch (thrown) {
    if ((thrown as { code?: string }).code === "ENOENT") return {};
    // As Docker's own client has it: a file that is there and empty is a config of nothing.
    if (file.size === 0) return {};
    const why = thrown instanceof SyntaxError ? "it is not valid JSON" : fileErrorWords(thrown);
    tell(`${path} cannot be read (${why}): no registry credentials are taken from it`);
  }
  return {};
}

/** What has the right type: anybody may have written the file. */
function read(config: object): DockerConfig {
  const { auths, credHelpers, credsStore } = config as Record<keyof DockerConfig, unknown>;
  const entries = Object.entries(auths ?? {}).map(([name, entry]) => [name, textsOf(entry)] as const);
  return {
    auths: Object.fromEntries(entries),
    credHelpers: textsOf(credHelpers),
    ...(typeof credsStore === "string" ? { credsStore } : {}),
  };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const fields = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === "string"));
}

/** Entries are named by host; older clients wrote an address with a scheme and a path. */
function inline({ auths = {} }: DockerConfig, keys: readonly string[]): EngineAuth | undefined {
  const hostOf = (name: string) => name.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  for (const key of keys) {
    const name = auths[key] ? key : Object.keys(auths).find((each) => hostOf(each) === hostOf(key));
    const auth = name === undefined ? undefined : entryAuth(auths[name] ?? {});
    if (auth) return { ...auth, serveraddress: key };
  }
  return undefined;
}

function entryAuth({ auth, username, password, identitytoken, registrytoken }: ConfigEntry): EngineAuth | undefined {
  if (registrytoken) return { registrytoken };
  if (identitytoken) return { identitytoken };
  const [, user = username, secret = password] = auth
    ? (/^([^:]*):(.*)$/s.exec(Buffer.from(auth, "base64").toString()) ?? [])
    : [];
  return user ? { username: user, password: (secret ?? "").replace(/\0+$/, "") } : undefined;
}

/** The possible names of a registry's entry, the most likely first. Docker Hub has three. */
function keysOf(registry: string): readonly string[] {
  if (registry === "docker.io") return ["https://index.docker.io/v1/", "index.docker.io", "docker.io"];
  return [registry, `https://${registry}`];
}

function isName(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}
