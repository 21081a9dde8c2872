/** A `dev` session whose API server is frozen and killed inside its node, and comes back. On a cluster of its own. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { DevloopProcess } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { kubectl } from "../rig/kubectl.ts";
import { type OwnCluster, ownCluster } from "../rig/own-cluster.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import { docker } from "../rig/scratch-image.ts";

const watching = /^Watching for changes/;
let cluster: OwnCluster;

beforeAll(async () => {
  cluster = await ownCluster("faults");
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

/** A signal to the API server, inside the node. */
async function signal(name: "STOP" | "CONT" | "KILL"): Promise<void> {
  await docker("exec", cluster.node, "sh", "-c", `kill -${name} $(pidof kube-apiserver)`);
}

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () =>
    (await it.served("web:80", path)).includes(text) ? true : undefined,
  );
}

async function endsClean(it: ProjectRun, session: DevloopProcess): Promise<void> {
  session.interrupt();
  expect(await session.exit()).toBe(0);
  const left = await kubectl(["-n", it.namespace, "get", "deployments,services", "-o", "name"], "", cluster);
  expect(left).toBe("");
}

test("frozen in the middle of a deploy, and thawed", async () => {
  await using it = await projectRun("frozen", cluster);
  await using session = it.start("dev");
  await session.line(watching);
  const mark = session.mark();
  await signal("STOP");
  try {
    await it.sample.write("web/version.txt", "two\n");
    await session.line(/^Build \[.*\] succeeded/, { from: mark });
    await session.line(/^error: the API server .* did not answer/, { from: mark });
  } finally {
    await signal("CONT");
  }
  // What failed is tried again, without another save.
  await session.line(/what failed is tried again/, { from: mark });
  await served(it, "version.txt", "two");
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await served(it, "site/page.html", "second");
  // Told once, however many requests waited for an answer.
  expect(session.lines.slice(mark).filter((line) => line.startsWith("error:"))).toHaveLength(1);
  await endsClean(it, session);
});

test("killed in the middle of a deploy, and back", async () => {
  await using it = await projectRun("dead", cluster);
  await using session = it.start("dev");
  await session.line(watching);
  const mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Build \[.*\] succeeded/, { from: mark });
  await signal("KILL");
  await served(it, "version.txt", "two");
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await served(it, "site/page.html", "second");
  await endsClean(it, session);
});
