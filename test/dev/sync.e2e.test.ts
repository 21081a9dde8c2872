/** Synced files in real pods: saves, deletions, restarts, new pods, reverts between sessions, images without tools. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuiltImage, imageFrom } from "../rig/built-on-node.ts";
import { eventually } from "../rig/eventually.ts";
import { kubectl } from "../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../rig/proxied-cluster.ts";
import { deploy, dockerfile, inPod, rolledOut, type State, session, state } from "./synced-artifact.ts";

let at: ProxiedCluster;
let image: BuiltImage;
let home: State;
let stack: AsyncDisposableStack;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  at = stack.use(await proxiedCluster("sync"));
  home = stack.use(await state());
});
afterEach(() => stack.disposeAsync());

async function start(more: { text?: string; files?: Record<string, string>; container?: object } = {}): Promise<void> {
  const files = { "site/page.html": "first", "site/old.html": "old", ...more.files };
  image = stack.use(await imageFrom("sync", more.text ?? dockerfile, files));
  await image.deliver();
  await deploy(at.cluster, at.namespace, image.reference, more.container);
}

const page = (pod?: string) => inPod(at.namespace, "/www/site/page.html", pod);

test("a save, a new file in a new directory and a deletion arrive as one batch", async () => {
  await start();
  await using live = session(at.cluster, at.namespace, home, image.context);
  await live.deployed(image);
  // The stream is opened without being waited for: it counts as open once the server has taken it.
  const execs = () => at.proxy.requests.filter((request) => request.path.endsWith("/exec"));
  await eventually("the open stream", () => execs().find(({ status }) => status === 101));
  await image.write("site/page.html", "second");
  await image.write("site/new/dir/it's $HOME.html", "quoted");
  await rm(join(image.context, "site/old.html"));
  at.proxy.forget();
  expect(await live.sync(image, "site/page.html", "site/new/dir/it's $HOME.html", "site/old.html")).toBe(true);
  expect(await page()).toBe("second");
  expect(await inPod(at.namespace, "/www/site/new/dir/it's $HOME.html")).toBe("quoted");
  expect(await inPod(at.namespace, "/www/site/old.html")).toBeUndefined();
  expect(live.events.find((event) => event.type === "sync")).toMatchObject({
    files: ["site/page.html", "site/new/dir/it's $HOME.html"],
    deleted: ["site/old.html"],
    containers: 1,
  });
  // The stream was open before: no new exec, no other request.
  expect(execs()).toEqual([]);
});

test("modes are kept; a second save goes over the same stream; every replica gets it", async () => {
  await start();
  await kubectl(["-n", at.namespace, "scale", "deployment/site", "--replicas=2"]);
  const pods = await eventually("two pods", async () => {
    const names = await rolledOut(at.cluster, at.namespace, image.reference);
    return names.length === 2 ? names : undefined;
  });
  await using live = session(at.cluster, at.namespace, home, image.context);
  await live.deployed(image);
  await writeFile(join(image.context, "site/run.sh"), "#!/bin/sh\n", { mode: 0o750 });
  expect(await live.sync(image, "site/run.sh")).toBe(true);
  for (const text of ["one", "two", "three"]) {
    await image.write("site/page.html", text);
    expect(await live.sync(image, "site/page.html")).toBe(true);
    for (const pod of pods) expect(await page(pod)).toBe(text);
  }
  const stat = ["exec", pods[0] ?? "", "--", "/bin/busybox", "stat", "-c", "%a", "/www/site/run.sh"];
  expect((await kubectl(["-n", at.namespace, ...stat])).trim()).toBe("750");
});

describe("a container that starts again gets the overlay", () => {
  test("after a restart in its pod", async () => {
    await start();
    await using live = session(at.cluster, at.namespace, home, image.context);
    await live.deployed(image);
    await image.write("site/page.html", "second");
    await live.sync(image, "site/page.html");
    await kubectl(["-n", at.namespace, "exec", "deployment/site", "--", "/bin/busybox", "touch", "/stop"]);
    await eventually("the page in the restarted container", async () =>
      (await restarts()) > 0 && (await page()) === "second" ? true : undefined,
    );
    expect(live.troubles).toEqual([]);
  });

  test("in a new pod of the same image", async () => {
    await start();
    await using live = session(at.cluster, at.namespace, home, image.context);
    await live.deployed(image);
    await image.write("site/page.html", "second");
    await live.sync(image, "site/page.html");
    await kubectl(["-n", at.namespace, "delete", "pod", "--all", "--wait=false"]);
    await eventually("the page in the new pod", async () => ((await page()) === "second" ? true : undefined));
  });
});

async function restarts(): Promise<number> {
  const path = "jsonpath={.items[0].status.containerStatuses[0].restartCount}";
  return Number(await kubectl(["-n", at.namespace, "get", "pods", "-o", path]));
}

test("after a rebuild what the image holds is dropped, what is newer is sent", async () => {
  await start();
  await using live = session(at.cluster, at.namespace, home, image.context);
  await live.deployed(image);
  await image.write("site/page.html", "in the image");
  await image.write("site/old.html", "changed");
  await live.sync(image, "site/page.html", "site/old.html");
  const built = await image.build();
  await image.deliver();
  await deploy(at.cluster, at.namespace, built.reference);
  expect(live.syncer.wantedOverlay("site").wants).toBe(true);
  await live.deployed(built);
  expect(live.syncer.wantedOverlay("site").wants).toBe(false);
  await image.write("site/page.html", "newer");
  await live.sync(built, "site/page.html");
  expect(await page()).toBe("newer");
});

describe("between two sessions", () => {
  async function syncedThenEnded(): Promise<void> {
    await using live = session(at.cluster, at.namespace, home, image.context);
    await live.deployed(image);
    await image.write("site/page.html", "synced");
    await image.write("site/added.html", "added");
    await rm(join(image.context, "site/old.html"));
    expect(await live.sync(image, "site/page.html", "site/added.html", "site/old.html")).toBe(true);
  }
  async function revert(): Promise<void> {
    await image.write("site/page.html", "first");
    await image.write("site/old.html", "old");
    await rm(join(image.context, "site/added.html"));
  }

  test("a revert is synced back: content, an added file, a deleted file", async () => {
    await start();
    await syncedThenEnded();
    await revert();
    await using live = session(at.cluster, at.namespace, home, image.context);
    await live.deployed(image);
    expect(await page()).toBe("first");
    expect(await inPod(at.namespace, "/www/site/old.html")).toBe("old");
    expect(await inPod(at.namespace, "/www/site/added.html")).toBeUndefined();
  });

  test("a container that takes no files now is replaced", async () => {
    await start();
    await syncedThenEnded();
    await revert();
    await kubectl(["-n", at.namespace, "exec", "deployment/site", "--", "/bin/busybox", "rm", "/bin/tar", "/bin/sh"]);
    const [before] = await rolledOut(at.cluster, at.namespace, image.reference);
    await using live = session(at.cluster, at.namespace, home, image.context);
    await live.deployed(image);
    await eventually("another pod", async () => {
      const [now] = await rolledOut(at.cluster, at.namespace, image.reference);
      return now !== before || undefined;
    });
    expect(live.notices().join()).toContain("it is replaced");
    expect(await page()).toBe("first");
  });
});

describe("what cannot be synced is said once and built", () => {
  const rows: readonly [name: string, text: string, container: object, expected: RegExp][] = [
    [
      "no shell and no tar",
      'FROM scratch\nCOPY busybox /bin/busybox\nCOPY site /www/site\nCMD ["/bin/busybox", "sleep", "9999"]\n',
      {},
      /neither a shell nor a tar/,
    ],
    ["a read-only file system", dockerfile, { securityContext: { readOnlyRootFilesystem: true } }, /read-only/i],
    ["a user who may not write", dockerfile, { securityContext: { runAsUser: 1000 } }, /denied|permitted/i],
  ];
  for (const [name, text, container, expected] of rows)
    test(name, async () => {
      await start({ text, container });
      await using live = session(at.cluster, at.namespace, home, image.context);
      await live.deployed(image);
      await image.write("site/page.html", "second");
      expect(await live.sync(image, "site/page.html")).toBe(false);
      expect(live.notices().join("\n")).toMatch(expected);
    });

  test("no container at all", async () => {
    await start();
    await kubectl(["-n", at.namespace, "delete", "deployment", "site", "--cascade=foreground"]);
    await using live = session(at.cluster, at.namespace, home, image.context);
    await live.deployed(image);
    expect(await live.sync(image, "site/page.html")).toBe(false);
    expect(live.notices().join()).toContain("no container runs it");
  });
});

test("an image with a tar and no shell is synced", async () => {
  const text = dockerfile.replace("COPY busybox /bin/sh\n", "");
  await start({ text });
  await using live = session(at.cluster, at.namespace, home, image.context);
  await live.deployed(image);
  await image.write("site/page.html", "second");
  await rm(join(image.context, "site/old.html"));
  expect(await live.sync(image, "site/page.html", "site/old.html")).toBe(true);
  expect(await page()).toBe("second");
  expect(await inPod(at.namespace, "/www/site/old.html")).toBeUndefined();
});

test("a stream that is cut is opened again", async () => {
  await start();
  await using live = session(at.cluster, at.namespace, home, image.context);
  await live.deployed(image);
  for (const text of ["one", "two", "three"]) {
    await image.write("site/page.html", text);
    expect(await live.sync(image, "site/page.html")).toBe(true);
    at.proxy.cut(/exec/);
  }
  expect(await page()).toBe("three");
});

test("a container that hangs is given up after a while, and holds up no other", async () => {
  await start();
  await kubectl(["-n", at.namespace, "scale", "deployment/site", "--replicas=2"]);
  const [hangs = "", other = ""] = await eventually("two pods", async () => {
    const names = await rolledOut(at.cluster, at.namespace, image.reference);
    return names.length === 2 ? names : undefined;
  });
  await using live = session(at.cluster, at.namespace, home, image.context);
  await live.deployed(image);
  await image.write("site/page.html", "second");
  expect(await live.sync(image, "site/page.html")).toBe(true);
  // The shell that takes the files stands still.
  const stop =
    "cd /proc; for p in [0-9]*; do [ $p = $$ ] || ! /bin/busybox grep -q 'IFS= read' $p/cmdline || kill -STOP $p; done";
  await kubectl(["-n", at.namespace, "exec", hangs, "--", "/bin/sh", "-c", stop]);
  await image.write("site/page.html", "third");
  let over = false;
  const syncing = live.sync(image, "site/page.html").finally(() => {
    over = true;
  });
  await eventually("the page in the other pod", async () => ((await page(other)) === "third" ? true : undefined));
  expect(over).toBe(false);
  await image.write("site/page.html", "fourth");
  const next = live.sync(image, "site/page.html");
  await eventually("the next page in the other pod", async () => ((await page(other)) === "fourth" ? true : undefined));
  expect(await syncing).toBe(false);
  expect(live.notices()).toContain("site is built instead of synced: it took nothing of the files for 20 s");
  // A new shell does not hang.
  expect(await next).toBe(true);
  expect(await page(hangs)).toBe("fourth");
});
