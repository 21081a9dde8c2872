/** A named build context in a dev session: its files are inputs, old and new ones, and are watched. */
import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { eventually } from "../rig/eventually.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () =>
    (await it.served("web:80", path)).includes(text) ? true : undefined,
  );
}

test("a save in it builds anew, also of a file or folder that was not there; a removed file is gone", async () => {
  await using it = await projectRun("named");
  const flag = `--build-context=shared=${it.sample.path("shared")}`;
  await it.sample.edit("skaffold.yaml", "context: web\n", `context: web\n      docker: {cliFlags: ["${flag}"]}\n`);
  await it.sample.edit("web/Dockerfile", "WORKDIR /www\n", "COPY --from=shared . /www/shared/\nWORKDIR /www\n");
  await it.sample.write("shared/one.txt", "first\n");
  await using session = it.start("dev");
  await session.line(/^Watching for changes/);
  await served(it, "shared/one.txt", "first");

  const saves: readonly [change: () => Promise<void>, path: string, text: string][] = [
    [() => it.sample.write("shared/one.txt", "second\n"), "shared/one.txt", "second"],
    [() => it.sample.write("shared/two.txt", "new file\n"), "shared/two.txt", "new file"],
    [() => it.sample.write("shared/deep/er/three.txt", "new folder\n"), "shared/deep/er/three.txt", "new folder"],
    [() => it.sample.write("shared/deep/er/three.txt", "again\n"), "shared/deep/er/three.txt", "again"],
  ];
  for (const [change, path, text] of saves) {
    const mark = session.mark();
    await change();
    await session.line(/^Rebuilt and ready in /, { from: mark });
    await served(it, path, text);
  }
  const mark = session.mark();
  await rm(it.sample.path("shared/deep"), { recursive: true });
  await session.line(/ in [\d.]+ s/, { from: mark });
  await eventually("the removed file is not served", async () =>
    (await it.served("web:80", "shared/deep/er/three.txt").catch(() => "404")).includes("404") ? true : undefined,
  );
  session.interrupt();
  expect(await session.exit()).toBe(0);
});
