/** What is synced over an image, and what lives beside the passes, when saves and failures fall together. */
import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { eventually } from "../rig/eventually.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

const watching = /^Watching for changes/;
const forwarding = /^Port forwarding .* -> http:\/\/127\.0\.0\.1:(\d+)$/;
const page = "site/page.html";

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () =>
    (await it.served("web:80", path)).includes(text) ? true : undefined,
  );
}

/** Containers that have an overlay on the disk. */
async function overlays({ sample }: ProjectRun): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const path of new Bun.Glob("**/overlay/**/*.json").scan({ cwd: sample.home, absolute: true, dot: true }))
    found.push(...((await Bun.file(path).text()).match(/containerd:\/\/\w+/g) ?? []));
  return found;
}

test("a page that was synced, built with newer content and reverted is served as it is", async () => {
  await using it = await projectRun("reverted");
  await using session = it.start("dev");
  await session.line(watching);
  let mark = session.mark();
  await it.sample.write(`web/${page}`, "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await served(it, page, "second");

  mark = session.mark();
  await it.sample.write(`web/${page}`, "<p>third</p>\n");
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, page, "third");

  mark = session.mark();
  await it.sample.write(`web/${page}`, "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await served(it, page, "second");
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("pages synced over an image, taken into a build and reverted together lead back to that image, without them", async () => {
  await using it = await projectRun("back");
  await using session = it.start("dev");
  await session.line(watching);
  let mark = session.mark();
  await it.sample.write(`web/${page}`, "<p>second</p>\n");
  await it.sample.write("web/site/added.html", "<p>added</p>\n");
  await served(it, "site/added.html", "added");
  await served(it, page, "second");

  // A build with the pages; the revert comes while it runs or rolls out, and leads back to the image of the beginning.
  mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Building \[/, { from: mark });
  await it.sample.write(`web/${page}`, "<p>first</p>\n");
  await rm(it.sample.path("web/site/added.html"));
  await it.sample.write("web/version.txt", "one\n");
  await session.line(/ in [\d.]+ s \(/, { from: mark });
  await served(it, page, "first");
  await served(it, "version.txt", "one");
  await eventually("the added page to be gone", async () =>
    it.served("web:80", "site/added.html").then(
      () => undefined,
      () => true,
    ),
  );
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("a typo in a manifest ends no forward, no log and no overlay, and the next page is synced", async () => {
  await using it = await projectRun("typo");
  const forward = "portForward:\n  - resourceType: Deployment\n    resourceName: web\n    port: 8080\n";
  await it.sample.write("skaffold.yaml", (await Bun.file(it.sample.path("skaffold.yaml")).text()) + forward);
  await using session = it.start("dev");
  await session.line(watching);
  const port = Number(forwarding.exec(await session.line(forwarding))?.[1]);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}/${path}`)).text();
  let mark = session.mark();
  await it.sample.write(`web/${page}`, "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await eventually("the page", async () => (await get(page)).includes("second") || undefined);
  const before = await overlays(it);
  expect(before).toHaveLength(1);

  mark = session.mark();
  await it.sample.edit("k8s/app.yaml", "replicas: 1", "replicas: [1");
  await session.line(/^Failed in /, { from: mark });
  expect(await overlays(it)).toEqual(before);
  expect(await get(page)).toContain("second");

  mark = session.mark();
  await it.sample.write(`web/${page}`, "<p>third</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await eventually("the page", async () => (await get(page)).includes("third") || undefined);
  const said = session.lines.slice(mark).join("\n");
  expect(said).not.toContain("instead of synced");
  expect(said).not.toContain("Building [");
  // The log of the container that goes on: a request for a page that is not there is told.
  await get("no-such-page");
  await session.line(/^\[web\] .*response:404/, { from: mark });
  expect(session.lines.filter((line) => forwarding.test(line))).toHaveLength(1);
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("an API server that is away for a while leaves what was synced, and the next page is synced", async () => {
  await using it = await projectRun("away");
  await using session = it.start("dev");
  await session.line(watching);
  let mark = session.mark();
  await it.sample.write(`web/${page}`, "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  const before = await overlays(it);
  expect(before).toHaveLength(1);

  mark = session.mark();
  const back = ["GET", "POST", "PATCH", "DELETE"].map((method) =>
    it.proxy.rule(method, /./, { kind: "cut", after: 0 }),
  );
  it.proxy.cut();
  await it.sample.edit("k8s/app.yaml", "GREETING: hello", "GREETING: welcome");
  await session.line(/^Failed in /, { from: mark });
  expect(await overlays(it)).toEqual(before);
  for (const end of back) end();
  await session.line(/what failed is tried again/, { from: mark });
  await session.line(/^(Applied|Ready|No change).* in /i, { from: mark });

  mark = session.mark();
  await it.sample.write(`web/${page}`, "<p>third</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await served(it, page, "third");
  expect(session.lines.slice(mark).join("\n")).not.toContain("instead of synced");
  session.interrupt();
  expect(await session.exit()).toBe(0);
});
