/** What a session sees of files that are links, and of what they lead to. */
import { expect, test } from "bun:test";
import { mkdir, rename, symlink } from "node:fs/promises";
import { eventually } from "../rig/eventually.ts";
import { getObject } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

const watching = /^Watching for changes/;

async function greeting(it: ProjectRun, text: string): Promise<void> {
  await eventually(`the ConfigMap to say ${text}`, async () => {
    const { data } = await getObject(it.namespace, "configmap", "settings");
    return data.GREETING === text || undefined;
  });
}

test.each(["--trigger=notify", "--trigger=polling"])(
  "a manifest and a configuration that are links change with what they lead to (%p)",
  async (flag) => {
    await using it = await projectRun("links");
    const { sample } = it;
    await mkdir(sample.path("shared"));
    for (const [link, target] of [
      ["k8s/app.yaml", "shared/app.yaml"],
      ["skaffold.yaml", "shared/skaffold.yaml"],
    ] as const) {
      await rename(sample.path(link), sample.path(target));
      await symlink(sample.path(target), sample.path(link));
    }
    await using session = it.start("dev", flag);
    await session.line(watching);
    let mark = session.mark();
    await sample.edit("shared/app.yaml", "GREETING: hello", "GREETING: welcome");
    await session.line(/^Applied in /, { from: mark });
    await greeting(it, "welcome");

    const more = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata: {SAYS: one}\n";
    await sample.write("more/first.yaml", more.replace("more", "first"));
    mark = session.mark();
    await sample.edit("shared/skaffold.yaml", "rawYaml:\n", "rawYaml:\n    - more/*.yaml\n");
    await session.line(/^Applied in /, { from: mark });

    // A link that comes later, in a folder whose manifests are taken.
    await sample.write("elsewhere/more.yaml", more);
    mark = session.mark();
    await symlink("../elsewhere/more.yaml", sample.path("more/more.yaml"));
    await session.line(/^Applied in /, { from: mark });
    mark = session.mark();
    await sample.edit("elsewhere/more.yaml", "SAYS: one", "SAYS: two");
    await session.line(/^Applied in /, { from: mark });
    expect((await getObject(it.namespace, "configmap", "more")).data).toEqual({ SAYS: "two" });
    session.interrupt();
    expect(await session.exit()).toBe(0);
  },
);
