/**
 * The program that `docker buildx` is started as. The client starts its plugin twice, the first time only to ask for
 * its metadata, which takes a third of a small build; so the plugin is started directly where the client would find it
 * first. In doubtful cases (a script or a link in the client's place, additional plugin folders in its configuration,
 * no plugin in a usual folder) the client is started.
 */
import { accessSync, closeSync, constants, openSync, readFileSync, readSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;
export type Program = readonly [string, ...string[]];

export const client: Program = ["docker", "buildx"];

/** Removes a variable of a Docker client that started devloop: with it the plugin takes itself for a part of that client. */
export const asProgram = { DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND: undefined };

/** System folders in the order in which the client searches them, after the user's own. */
const systemFolders = ["/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec"].map((folder) =>
  join(folder, "docker/cli-plugins"),
);

/** The program to start for `docker buildx` in this environment. */
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

/**
 * Whether the client's configuration names other plugin folders. True also for an unreadable one, which is left to the
 * client.
 */
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
