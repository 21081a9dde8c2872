/** Logs and port-forwards of sessions, seen from outside, on the real cluster. */
import { expect, test } from "bun:test";
import type { DevloopProcess } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

const watching = /^Watching for changes/;
const forwarding = /^Port forwarding .* -> http:\/\/127\.0\.0\.1:(\d+)$/;

/** The sample with a port-forward, and a server that says something when it starts. */
async function talkative(it: ProjectRun): Promise<void> {
  const { sample } = it;
  const config = await Bun.file(sample.path("skaffold.yaml")).text();
  const forward = "portForward:\n  - resourceType: Deployment\n    resourceName: web\n    port: 8080\n";
  await sample.write("skaffold.yaml", config + forward);
  const dockerfile = await Bun.file(sample.path("web/Dockerfile")).text();
  const start = `CMD ["/bin/sh", "-c", "/bin/busybox echo serving $(/bin/cat version.txt); exec /bin/busybox httpd -f -p 8080 -h /www"]`;
  await sample.write("web/Dockerfile", dockerfile.replace(/^CMD .*$/m, start));
}

async function portOf(session: DevloopProcess): Promise<number> {
  const line = await session.line(forwarding);
  return Number(forwarding.exec(line)?.[1]);
}

test("a session forwards its ports through a roll-out and shows each container's log from its first line", async () => {
  await using it = await projectRun("streams");
  await talkative(it);
  await using session = it.start("dev");
  await session.line(watching);
  const port = await portOf(session);
  const get = async () => (await fetch(`http://127.0.0.1:${port}/version.txt`)).text();
  expect(await get()).toBe("one\n");
  await session.line(/^\[web\] serving one$/);

  const mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await eventually("the new pod answers", async () => ((await get()) === "two\n" ? true : undefined));
  await session.line(/^\[web\] serving two$/, { from: mark });
  expect(session.lines.filter((line) => forwarding.test(line))).toHaveLength(1);
  expect(session.lines.filter((line) => line === "[web] serving one")).toHaveLength(1);

  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("of lines that are JSON the configured fields are shown, also other ones after a reload", async () => {
  await using it = await projectRun("logjson");
  const { sample } = it;
  await sample.edit("skaffold.yaml", "deploy:\n", "deploy:\n  logs: {jsonParse: {fields: [message, level]}}\n");
  const dockerfile = await Bun.file(sample.path("web/Dockerfile")).text();
  const line = `{\\"level\\":\\"info\\",\\"message\\":\\"ready\\",\\"n\\":1}`;
  const script = `trap exit TERM; /bin/busybox httpd -p 8080 -h /www; while true; do echo '${line}'; echo plain; /bin/busybox sleep 1; done`;
  await sample.write("web/Dockerfile", dockerfile.replace(/^CMD .*$/m, `CMD ["/bin/sh", "-c", "${script}"]`));
  await using session = it.start("dev");
  await session.line(/^\[web\] message: ready, level: info$/);
  await session.line(/^\[web\] plain$/);
  await session.line(watching);
  await sample.edit("skaffold.yaml", "fields: [message, level]", "fields: [n]");
  await session.line(/^\[web\] n: 1$/);
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("no connection is refused while the pods change", async () => {
  await using it = await projectRun("rollout");
  await talkative(it);
  await using session = it.start("dev");
  await session.line(watching);
  const port = await portOf(session);
  const seen: string[] = [];
  const refused: unknown[] = [];
  let over = false;
  const asking = (async () => {
    while (!over)
      await fetch(`http://127.0.0.1:${port}/version.txt`, { headers: { connection: "close" } })
        .then((answer) => answer.text())
        .then((text) => seen.push(text))
        .catch((error) => {
          if (/refused/i.test(String(error))) refused.push(error);
        });
  })();
  const mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await eventually("the new version", () => (seen.at(-1) === "two\n" ? true : undefined));
  over = true;
  await asking;
  expect(refused).toEqual([]);
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("run --tail stays with the logs until Ctrl-C, forwards ports where it is asked to, and leaves everything running", async () => {
  await using it = await projectRun("tail");
  await talkative(it);
  await using session = it.start("run", "--tail", "--port-forward=services");
  await session.line(/^Press Ctrl\+C to exit/);
  await session.line(/^\[web\] serving one$/);
  await session.line(/^Port forwarding service\/web /);
  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect(await it.served("web:80", "version.txt")).toBe("one\n");
});
