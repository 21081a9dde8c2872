/**
 * What `docker buildx` is called as. The client starts its plugin twice, once only to ask what it is, which is a third
 * of a small build; so the plugin is started itself where the client would find it first. In any doubt (a script or a link
 * to another program in the client's place, further folders in its configuration, no plugin in a usual one) it is the
 * client.
 */
import { accessSync, closeSync, constants, openSync, readFileSync, readSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;
export type Program = readonly [string, ...string[]];

export const client: Program = ["docker", "buildx"];

/** Without it the plugin takes itself for a part of a client that started us. */
export const asProgram = { DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND: undefined };

/** Where the client looks behind the user's own folder, in its order. */
const systemFolders = ["/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec"].map((folder) =>
  join(folder, "docker/cli-plugins"),
);

/** What `docker buildx` is started as in this environment. */
export function buildxProgram(env: Environment, system: readonly string[] = systemFolders): Program {
  const docker = Bun.which("docker", { PATH: env.PATH ?? "" });
  if (process.platform === "win32" || docker === null || !isClient(docker)) return client;
  const configured = env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker");
  if (namesFolders(join(configured, "config.json"))) return client;
  const found = [join(configured, "cli-plugins"), ...system]
    .map((folder) => join(folder, "docker-buildx"))
    .find(isExecutable);
  return found === undefined ? client : [found];
}

function isClient(path: string): boolean {
  const start = Buffer.alloc(2);
  try {
    if (!basename(realpathSync(path)).startsWith("docker")) return false;
    const file = openSync(path, "r");
    try {
      return readSync(file, start) === 2 && start.toString("latin1") !== "#!";
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** Whether the client looks in other folders first, or may: a configuration that cannot be read is its affair. */
function namesFolders(path: string): boolean {
  try {
    return readFileSync(path, "utf8").includes("cliPluginsExtraDirs");
  } catch (thrown) {
    return (thrown as { code?: string }).code !== "ENOENT";
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
