/**
 * Registry credentials as the `docker` client keeps them: `config.json` with inline entries, one helper per registry,
 * or one helper for all. Helpers are programs and only `tool/` starts programs, so the runner is given.
 *
 * A registry without an entry is asked anonymously; a helper that fails counts as no entry.
 */
import { join } from "node:path";
import { dockerDirectory, type Environment } from "./endpoint.ts";
import type { EngineAuth } from "./engine-image.ts";

/** Runs `docker-credential-HELPER get` with the registry on its input. Undefined where it has nothing. */
export type CredentialHelper = (
  helper: string,
  registry: string,
  signal: AbortSignal,
) => Promise<{ readonly Username: string; readonly Secret: string } | undefined>;

/** Finds the credentials for a registry host; undefined where none are kept. */
export type Credentials = (registry: string, signal: AbortSignal) => Promise<EngineAuth | undefined>;

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** What a helper returns for a user name when the secret is a refresh token. */
const tokenUser = "<token>";

/** Reads `config.json` at each question, so that a `docker login` beside a running session counts. */
export function dockerCredentials(env: Environment, runHelper: CredentialHelper | undefined): Credentials {
  const path = join(dockerDirectory(env), "config.json");
  return async (registry, signal) => {
    const config = (await Bun.file(path)
      .json()
      .catch(() => ({}))) as DockerConfig;
    for (const key of keysOf(registry)) {
      const helper = config.credHelpers?.[key] ?? config.credsStore;
      const found = helper && runHelper ? await runHelper(helper, key, signal) : undefined;
      if (found?.Secret)
        return found.Username === tokenUser
          ? { identitytoken: found.Secret, serveraddress: key }
          : { username: found.Username, password: found.Secret, serveraddress: key };
      const inline = inlineAuth(config, key);
      if (inline) return { ...inline, serveraddress: key };
    }
    return undefined;
  };
}

function inlineAuth(config: DockerConfig, key: string): EngineAuth | undefined {
  const entry =
    config.auths?.[key] ??
    Object.entries(config.auths ?? {}).find(
      ([name]) => name.replace(/^https?:\/\//, "").replace(/\/.*$/, "") === key,
    )?.[1];
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken };
  if (!entry?.auth) return undefined;
  const [, username = "", password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(entry.auth, "base64").toString()) ?? [];
  return username === "" ? undefined : { username, password: password.replace(/\0+$/, "") };
}

/** Docker Hub is kept under the URL of its old index. */
function keysOf(registry: string): readonly string[] {
  return registry === "docker.io" ? ["https://index.docker.io/v1/", "docker.io", "index.docker.io"] : [registry];
}
