/**
 * How a registry's certificate is verified: by the authority in the engine's folder (`certs.d/HOST/*.crt`), which is
 * then the only one, else by the authorities of this machine. A client certificate in that folder is sent, as the
 * engine does.
 */
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../diag/failure.ts";
import { fileErrorWords } from "../../std/file-error.ts";
import { machineAuthorities } from "../../std/tls-trust.ts";

/** Options of the runtime's TLS. */
export interface RegistryTrust {
  readonly ca: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

/** The folders that Docker reads, the rootless engine's first. */
export function certificateFolders(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const config = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config");
  return [join(config, "docker/certs.d"), "/etc/docker/certs.d"];
}

/**
 * @param host as in a reference, with its port: the name of the folder
 * @throws Failure for a file that cannot be read: the engine, which often runs as another user, may read it
 */
export async function registryTrust(host: string, folders: readonly string[]): Promise<RegistryTrust> {
  for (const folder of folders) {
    const own = await kept(join(folder, host));
    if (own !== undefined) return own;
  }
  return { ca: machineAuthorities() };
}

async function kept(folder: string): Promise<RegistryTrust | undefined> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  const read = async (name: string) => {
    const path = join(folder, name);
    try {
      return await Bun.file(path).text();
    } catch (thrown) {
      throw new Failure(`cannot read ${path}, which Docker uses for this registry: ${fileErrorWords(thrown)}`);
    }
  };
  const ca = await Promise.all(names.filter((name) => name.endsWith(".crt")).map(read));
  const client = names.find((name) => name.endsWith(".cert") && names.includes(name.replace(/cert$/, "key")));
  if (ca.length === 0 && client === undefined) return undefined;
  return {
    ca: ca.length > 0 ? ca : machineAuthorities(),
    ...(client === undefined ? {} : { cert: await read(client), key: await read(client.replace(/cert$/, "key")) }),
  };
}
