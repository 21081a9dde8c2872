import { expect, test } from "bun:test";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildxProgram, client } from "../../../src/tool/docker/buildx-program.ts";
import { type TempFolder, tempFolder } from "../../rig/temp-folder.ts";

async function program(folder: TempFolder, path: string, text = "\x7fELF", mode = 0o755): Promise<string> {
  const full = join(folder.path, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, text);
  await chmod(full, mode);
  return full;
}

test("the plugin of the user comes before the system's", async () => {
  await using folder = await tempFolder();
  const env = { PATH: join(folder.path, "bin"), HOME: join(folder.path, "home") };
  const system = [join(folder.path, "one"), join(folder.path, "two")];
  await program(folder, "bin/docker");
  expect(buildxProgram(env, system)).toEqual(client);
  const second = await program(folder, "two/docker-buildx");
  await program(folder, "one/docker-buildx", "", 0o644);
  expect(buildxProgram(env, system)).toEqual([second]);
  const own = await program(folder, "home/.docker/cli-plugins/docker-buildx");
  expect(buildxProgram(env, system)).toEqual([own]);
  const moved = await program(folder, "configured/cli-plugins/docker-buildx");
  expect(buildxProgram({ ...env, DOCKER_CONFIG: join(folder.path, "configured") }, system)).toEqual([moved]);
});

test("in doubt it is the client: a wrapper in its place, folders of its configuration, no client at all", async () => {
  await using folder = await tempFolder();
  const env = { PATH: join(folder.path, "bin"), HOME: join(folder.path, "home") };
  const own = await program(folder, "home/.docker/cli-plugins/docker-buildx");
  expect(buildxProgram(env, [])).toEqual(client);
  await program(folder, "bin/docker", '#!/bin/sh\nexec podman "$@"\n');
  expect(buildxProgram(env, [])).toEqual(client);
  await rm(join(folder.path, "bin/docker"));
  await symlink(await program(folder, "opt/podman"), join(folder.path, "bin/docker"));
  expect(buildxProgram(env, [])).toEqual(client);
  await rm(join(folder.path, "bin/docker"));
  await program(folder, "bin/docker");
  expect(buildxProgram(env, [])).toEqual([own]);
  await writeFile(join(folder.path, "home/.docker/config.json"), '{"cliPluginsExtraDirs": ["/opt/plugins"]}');
  expect(buildxProgram(env, [])).toEqual(client);
});
