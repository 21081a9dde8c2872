/**
 * A `dev` session through trouble: a program that crashes, an API server that stops answering or is killed. The session
 * stays, says what is wrong once, and goes on when it is over.
 */
import { expect, test } from "bun:test";
import { eventually } from "../rig/eventually.ts";
import { removeFrom, testEngine, testTarget } from "../rig/kind-node.ts";
import { getObject } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import { docker } from "../rig/scratch-image.ts";

const watching = /^Watching for changes/;

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () => {
    const now = await it.served("web:80", path);
    return now.includes(text) ? true : undefined;
  });
}

test("a crash after a save is told with its log; the fix is rolled out in the same session", async () => {
  await using it = await projectRun("devcrash");
  await using session = it.start("dev");
  await session.line(watching);
  const good = await Bun.file(it.sample.path("web/Dockerfile")).text();
  let mark = session.mark();
  await it.sample.edit("web/Dockerfile", /CMD .*/, 'CMD ["/bin/sh", "-c", "echo no database; exit 3"]');
  await session.line(/^error: .*container web crashed with exit code 3/, { from: mark });
  // Below the complaint, unless the session has shown it as a log already.
  await session.line(/^( {2}\| web: |\[web\] )no database$/, { from: mark });
  // The old pod still serves meanwhile.
  await served(it, "version.txt", "one");
  mark = session.mark();
  await it.sample.write("web/Dockerfile", good);
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "two");
  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect(await getObject(it.namespace, "deployment", "web")).toBeUndefined();
});

test("an API server that freezes in the middle of a deploy, and thaws, costs nothing but time", async () => {
  await using it = await projectRun("freeze");
  await using session = it.start("dev");
  await session.line(watching);
  let mark = session.mark();
  // The build is over by then: it takes what it takes, and no request waits for it.
  const applied = Promise.withResolvers<void>();
  it.proxy.rule("PATCH", /\/deployments\/web/, { kind: "hold", until: applied.promise }, 1);
  it.proxy.forget();
  await it.sample.write("web/version.txt", "two\n");
  await eventually("the apply", () => it.proxy.count("PATCH", /\/deployments\/web/) || undefined);
  const thaw = it.proxy.freeze();
  applied.resolve();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await eventually("an answer that does not come", () => it.proxy.withholds || undefined);
  thaw();
  await session.line(/^(Rebuilt and ready|Synced|Applied) in /, { from: mark });
  await served(it, "version.txt", "two");
  await served(it, "site/page.html", "second");
  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>third</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await served(it, "site/page.html", "third");
  expect(session.text).not.toContain("error:");
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("connections that are cut in the middle of a deploy are made anew", async () => {
  await using it = await projectRun("cut");
  await using session = it.start("dev");
  await session.line(watching);
  let mark = session.mark();
  const end = it.proxy.rule("PATCH", /\/deployments\/web/, { kind: "cut", after: 0 }, 1);
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Build \[.*\] succeeded/, { from: mark });
  it.proxy.cut();
  await session.line(/^Rebuilt and ready in /, { from: mark });
  end();
  await served(it, "version.txt", "two");
  it.proxy.cut();
  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^(Synced|Rebuilt and ready) in /, { from: mark });
  await served(it, "site/page.html", "second");
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("an API server that is away while saves come: each says why, and all is tried again when it is back", async () => {
  await using it = await projectRun("away");
  await using session = it.start("dev", "-v", "info");
  await session.line(watching);
  const mark = session.mark();
  const back = it.proxy.refuse();
  const failed = () => session.lines.slice(mark).filter((line) => line.startsWith("Failed in"));
  for (const [i, text] of ["two", "three", "four"].entries()) {
    await it.sample.write("web/version.txt", `${text}\n`);
    await eventually("the failure", () => (failed().length > i ? true : undefined));
  }
  // So close together that the second takes the place of the first.
  const last = session.mark();
  await it.sample.write("web/version.txt", "five\n");
  await session.line(/^ ~ web\/version\.txt: rebuild/, { from: last });
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await eventually("the failure", () => (failed().length > 4 ? true : undefined));
  for (const line of failed()) expect(line).toMatch(/: the API server of the context .* closed the connection/);
  const from = session.mark();
  back();
  await session.line(/what failed is tried again/, { from: mark });
  await session.line(/^(Rebuilt and ready|Applied) in /, { from });
  await served(it, "version.txt", "five");
  await served(it, "site/page.html", "second");
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("saves that follow each other at once, when the images are gone, cut nothing short", async () => {
  await using it = await projectRun("gone");
  await using session = it.start("dev", "-v", "info");
  await session.line(watching);
  const repository = it.sample.image.slice(0, it.sample.image.lastIndexOf("/") + 1);
  const { nodes } = await testTarget(await testEngine());
  for (let round = 1; round <= 3; round++) {
    const ids = (await docker("images", "--quiet", "--no-trunc", "--filter", `reference=${repository}*`)).split("\n");
    const own = [...new Set(ids)].filter((id) => id !== "");
    if (own.length > 0) await docker("rmi", "--force", ...own);
    for (const { container } of nodes) await removeFrom(container, repository);
    const mark = session.mark();
    await it.sample.write("web/version.txt", `first ${round}\n`);
    // The first one's pass has just begun.
    await session.line(/^ ~ web\/version\.txt: rebuild/, { from: mark });
    await it.sample.write("web/version.txt", `second ${round}\n`);
    await session.line(/^(Rebuilt and ready|Applied|Failed) in /, { from: mark });
    await served(it, "version.txt", `second ${round}`);
  }
  expect(session.text).not.toMatch(/aborted|cut short|^Failed in|is sent whole/m);
  session.interrupt();
  expect(await session.exit()).toBe(0);
});
