/** The bridge's own folder among names that other users of the machine made. */
import { expect, test } from "bun:test";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { outputOf } from "../rig/output-of.ts";
import { tempFolder } from "../rig/temp-folder.ts";

test("a folder of another user that looks like a killed process's does not stop the bridge", async () => {
  await using folder = await tempFolder();
  const foreign = join(folder.path, "devloop-engine-99999999-x");
  await mkdir(foreign);
  await Bun.write(join(foreign, "docker.sock"), "");
  await chmod(foreign, 0o555);
  await chmod(folder.path, 0o1777);
  await Bun.write(join(folder.path, "bin/docker"), "#!/bin/sh\n");
  await chmod(join(folder.path, "bin/docker"), 0o755);
  const program = `
    import { stdioBridge } from ${JSON.stringify(join(import.meta.dir, "../../src/tool/dial-stdio.ts"))};
    if (process.getuid() === 0) process.setuid(65534);
    const bridge = await stdioBridge({ PATH: ${JSON.stringify(join(folder.path, "bin"))} });
    console.log(bridge.path);
    await bridge[Symbol.asyncDispose]();
    process.exit(0);
  `;
  const child = Bun.spawn([process.execPath, "-e", program], {
    env: { PATH: process.env.PATH, TMPDIR: folder.path },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const { out, err, code } = await outputOf(child);
  // Else the folder could not be removed by a user other than root.
  await chmod(foreign, 0o755);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  expect(out).toStartWith(`${folder.path}/devloop-engine-`);
});
