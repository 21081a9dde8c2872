/** A configuration that changes while a session runs, on the real engine and cluster. */
import { expect, test } from "bun:test";
import { eventually } from "../rig/eventually.ts";
import { getObject } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

const watching = /^Watching for changes/;

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () =>
    (await it.served("web:80", path)).includes(text) ? true : undefined,
  );
}

test("a broken configuration holds up no save, stays visible, and is read again when it is mended", async () => {
  await using it = await projectRun("refused");
  await using session = it.start("dev");
  await session.line(watching);
  const good = await Bun.file(it.sample.path("skaffold.yaml")).text();

  let mark = session.mark();
  await it.sample.write("skaffold.yaml", good.replace("rawYaml:", "rawYamls:"));
  await session.line(/^Failed in .*skaffold\.yaml:\d+:\d+: .*rawYamls/, { from: mark });

  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await session.line(/the configuration is still the one from before: .*rawYamls/, { from: mark });
  await served(it, "site/page.html", "second");

  mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "two");
  expect(session.lines.slice(mark).join("\n")).not.toContain("Failed");

  mark = session.mark();
  await it.sample.write("more/extra.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {A: b}\n");
  await it.sample.write("skaffold.yaml", good.replace("    - k8s/*.yaml\n", "    - k8s/*.yaml\n    - more/*.yaml\n"));
  await session.line(/^Applied in /, { from: mark });
  expect((await getObject(it.namespace, "configmap", "extra")).data).toEqual({ A: "b" });

  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>third</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await served(it, "site/page.html", "third");
  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect(session.lines.slice(mark).join("\n")).not.toContain("still the one from before");
});
