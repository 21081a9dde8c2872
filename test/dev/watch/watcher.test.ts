import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { writeSync } from "node:fs";
import { chmod, mkdir, mkdtemp, open, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { notifyWatcher } from "../../../src/dev/watch/notify-watcher.ts";
import { pollWatcher } from "../../../src/dev/watch/poll-watcher.ts";
import { watchRoots } from "../../../src/dev/watch/watch-roots.ts";
import type { Watcher } from "../../../src/dev/watch/watcher.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { eventually } from "../../rig/eventually.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "devloop-watch-")));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Paths that were told since the last `take`. */
class Told {
  readonly paths = new Set<string>();
  readonly losses: string[] = [];
  readonly notices: string[] = [];
  changed = (path: string) => void this.paths.add(path.slice(root.length + 1));
  lost = (why: string) => void this.losses.push(why);
  notice = (text: string) => void this.notices.push(text);
  async until(...wanted: string[]): Promise<void> {
    await eventually(`events of ${wanted}, got ${[...this.paths]}`, () =>
      wanted.every((path) => this.paths.has(path)) ? true : undefined,
    );
  }
}

const options = { clock: systemClock, intervalMs: 20, pruned: (path: string) => path.endsWith("/node_modules") };
const put = async (path: string, text = "x") => {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), text);
};

const kinds: readonly [string, (told: Told, roots: string[], files: string[]) => Promise<Watcher>][] = [
  ["notify", (told, roots, files) => notifyWatcher({ roots, files }, told, options)],
  ["polling", (told, roots, files) => pollWatcher({ roots, files }, told, options)],
];

for (const [name, start] of kinds)
  describe(name, () => {
    test("writes, atomic saves, new trees, deletions", async () => {
      await put("a/one");
      const told = new Told();
      using _ = await start(told, [join(root, "a")], []);
      await put("a/one", "changed");
      await told.until("a/one");
      await put("a/.tmp", "new content");
      await rename(join(root, "a/.tmp"), join(root, "a/two"));
      await told.until("a/two");
      await put("a/deep/er/file");
      await told.until("a/deep");
      await eventually("the directories to be watched", async () => {
        await put("a/deep/er/file", String(Math.random()));
        return told.paths.has("a/deep/er/file") || undefined;
      });
      told.paths.delete("a/one");
      await rm(join(root, "a/one"));
      await told.until("a/one");
    });

    test("a single file outside of every root, and not its neighbours", async () => {
      await put("out/app.yaml");
      await put("out/other");
      await mkdir(join(root, "a"));
      const told = new Told();
      using _ = await start(told, [join(root, "a")], [join(root, "out/app.yaml")]);
      await put("out/other", "changed");
      await put("out/.tmp", "new");
      await rename(join(root, "out/.tmp"), join(root, "out/app.yaml"));
      await told.until("out/app.yaml");
      expect([...told.paths]).toEqual(["out/app.yaml"]);
    });

    test("other targets later", async () => {
      await put("a/f");
      await put("b/f");
      const told = new Told();
      using watcher = await start(told, [join(root, "a")], []);
      await watcher.retarget({ roots: [join(root, "b")], files: [] });
      await put("a/f", "unseen");
      await put("b/f", "seen");
      await told.until("b/f");
      expect([...told.paths]).toEqual(["b/f"]);
    });
  });

for (const [name, start] of kinds)
  describe(`${name} follows links`, () => {
    const path = (...parts: string[]) => join(root, ...parts);
    /** Replaces what is there, as `ln -sfn` does. */
    const link = async (target: string, at: string) => {
      await symlink(target, path(`${at}.new`));
      await rename(path(`${at}.new`), path(at));
    };
    /** Saves until it is told: a link that was replaced a moment ago may not be followed yet. */
    const savedUntilTold = (told: Told, file: string, as: string) =>
      eventually(`${as} with ${file}`, async () => {
        await put(file, String(Math.random()));
        return told.paths.has(as) || undefined;
      });

    test("a file that is a link changes with what it leads to, however that is saved, and with the link", async () => {
      await put("shared/app.yaml");
      await put("other/app.yaml");
      await put("shared/neighbour");
      await mkdir(path("k8s"));
      await link("../shared/app.yaml", "k8s/app.yaml");
      const told = new Told();
      using _ = await start(told, [path("k8s")], [path("k8s/app.yaml")]);
      await put("shared/neighbour", "changed");
      await put("shared/app.yaml", "changed");
      await told.until("k8s/app.yaml");
      told.paths.clear();
      await put("shared/.tmp", "in one step");
      await rename(path("shared/.tmp"), path("shared/app.yaml"));
      await told.until("k8s/app.yaml");
      expect([...told.paths]).toEqual(["k8s/app.yaml"]);
      await link("../other/app.yaml", "k8s/app.yaml");
      told.paths.clear();
      await savedUntilTold(told, "other/app.yaml", "k8s/app.yaml");
      expect(told.losses).toEqual([]);
    });

    test("a link to a folder on the way, as a mounted ConfigMap has it, and a folder behind a link", async () => {
      await put("mount/..1/app.yaml", "1");
      await put("mount/..2/app.yaml", "2");
      await link("..1", "mount/..data");
      await link("..data/app.yaml", "mount/app.yaml");
      const told = new Told();
      using _ = await start(told, [], [path("mount/app.yaml")]);
      await link("..2", "mount/..data");
      await told.until("mount/app.yaml");
      told.paths.clear();
      await savedUntilTold(told, "mount/..2/app.yaml", "mount/app.yaml");
      await rename(path("mount/..2"), path("mount/..3"));
      await told.until("mount/app.yaml");
      told.paths.clear();
      await savedUntilTold(told, "mount/..2/app.yaml", "mount/app.yaml");
    });

    test("a file that becomes a link, in a root and outside of every root", async () => {
      await put("shared/a");
      await put("root/a");
      await put("single/a");
      const told = new Told();
      using _ = await start(told, [path("root")], [path("root/a"), path("single/a")]);
      for (const at of ["root/a", "single/a"]) {
        await link("../shared/a", at);
        await told.until(at);
      }
      told.paths.clear();
      await savedUntilTold(told, "shared/a", "root/a");
      await savedUntilTold(told, "shared/a", "single/a");
    });

    test("a link that leads nowhere yet, and one in a circle", async () => {
      await mkdir(path("k8s"));
      await link("../later/app.yaml", "k8s/app.yaml");
      await link("round", "k8s/round");
      const told = new Told();
      using _ = await start(told, [], [path("k8s/app.yaml"), path("k8s/round")]);
      await put("later/app.yaml");
      await told.until("k8s/app.yaml");
      told.paths.clear();
      await savedUntilTold(told, "later/app.yaml", "k8s/app.yaml");
    });

    test("a root that a link leads to, when the link leads elsewhere", async () => {
      await put("v1/f");
      await put("v2/g");
      await link("v1", "context");
      const told = new Told();
      using _ = await start(told, [path("context")], []);
      await link("v2", "context");
      await eventually("the other root", () => told.losses[0] ?? (told.paths.has("context/g") || undefined));
      told.paths.clear();
      await put("v2/g", "changed");
      await told.until("context/g");
    });
  });

test("a single file's folder that is replaced is watched again", async () => {
  await put("a/f");
  const told = new Told();
  using _ = await notifyWatcher({ roots: [], files: [join(root, "a/f")] }, told, options);
  await rename(join(root, "a"), join(root, "b"));
  await put("a/f", "again");
  await eventually("the loss", () => told.losses[0]);
  await put("a/f", "once more");
  await told.until("a/f");
});

test("a watch that breaks again and again is opened after ever longer pauses, then polling takes over", async () => {
  await put("a/f");
  const told = new Told();
  const clock = virtualClock();
  using _ = await notifyWatcher({ roots: [join(root, "a")], files: [] }, told, { ...options, clock });
  const replaced = async (pause: number) => {
    const before = told.losses.length + told.notices.length;
    await rm(join(root, "a"), { recursive: true });
    await put("a/f", "again");
    await eventually("the break", async () => {
      await clock.settle();
      return clock.sleepers > 0 || told.losses.length + told.notices.length > before || undefined;
    });
    const losses = told.losses.length;
    await clock.advance(Math.max(0, pause - 1));
    if (pause > 0) expect(told.losses.length).toBe(losses);
    await eventually("the watch", async () => {
      await clock.advance(1);
      return told.losses.length + told.notices.length > before || undefined;
    });
  };
  for (const pause of [0, 1000, 2000, 4000]) await replaced(pause);
  expect(told.notices).toEqual([]);
  await replaced(1);
  expect(told.notices).toEqual([expect.stringContaining("breaks again and again")]);
  await put("a/f", "polled");
  await eventually("the change by polling", async () => {
    await clock.advance(20);
    return told.paths.has("a/f") || undefined;
  });
});

test("a root that is replaced is watched again, and everything counts as changed", async () => {
  await put("a/f");
  const told = new Told();
  using _ = await notifyWatcher({ roots: [join(root, "a")], files: [] }, told, options);
  await rm(join(root, "a"), { recursive: true });
  await put("a/f", "again");
  await eventually("the loss", () => told.losses[0]);
  told.paths.clear();
  await put("a/f", "once more");
  await told.until("a/f");
});

test("a root that does not exist yet is watched as soon as it does", async () => {
  const told = new Told();
  using _ = await notifyWatcher({ roots: [join(root, "later")], files: [] }, told, options);
  await put("later/f");
  await eventually("the loss", () => told.losses[0]);
  await put("later/f", "changed");
  await told.until("later/f");
});

describe("a watcher in trouble", () => {
  /** The child's words as they come. */
  function child(wrapper: readonly string[], how = "notify") {
    const argv = [...wrapper, process.execPath, join(import.meta.dir, "watch-child.ts"), root, how];
    const started = Bun.spawn([...argv], { stdout: "pipe", stderr: "inherit", stdin: "ignore" });
    const said: { kind: string; text: string }[] = [];
    const read = async () => {
      let rest = "";
      for await (const chunk of started.stdout) {
        const lines = (rest + Buffer.from(chunk).toString()).split("\n");
        rest = lines.pop() ?? "";
        said.push(...lines.map((line) => JSON.parse(line)));
      }
    };
    const reading = read();
    const heard = (kind: string, part = "") =>
      eventually(`${kind} ${part}`, () => said.find((s) => s.kind === kind && s.text.includes(part)));
    return {
      heard,
      said: (kind: string) => said.filter((one) => one.kind === kind).map(({ text }) => text),
      kill: (signal: NodeJS.Signals) => process.kill(started.pid, signal),
      async [Symbol.asyncDispose]() {
        started.kill("SIGKILL");
        await reading;
      },
    };
  }

  // Whoever may read everything gives that up; anybody else may not in the first place.
  const unprivileged =
    process.getuid?.() === 0
      ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
      : [];

  test.each(["notify", "polling"])(
    "folders that cannot be read break nothing and are watched once they can be: %s",
    async (how) => {
      await put("a/f");
      await put("secret/f");
      await put("deep/ignored/f");
      const locked = [join(root, "secret"), join(root, "deep/ignored")];
      for (const path of locked) await chmod(path, 0);
      try {
        await using watcher = child(unprivileged, how);
        await watcher.heard("ready");
        await put("a/f", "changed");
        await watcher.heard("changed", "/a/f");
        await put("a/later/f");
        await watcher.heard("changed", "/a/later");
        await chmod(join(root, "a/later"), 0);
        await chmod(join(root, "a/later"), 0o755);
        // What is ignored stays so; what counts is watched from now on, and everything in it is looked at.
        await chmod(join(root, "deep/ignored"), 0o755);
        await watcher.heard("changed", "/deep/ignored");
        expect([...watcher.said("lost"), ...watcher.said("notice")]).toEqual([]);
        await chmod(join(root, "secret"), 0o755);
        if (how === "notify") await watcher.heard("lost", "/secret can be read now");
        await put("secret/f", "changed");
        await watcher.heard("changed", "/secret/f");
        expect(watcher.said("lost")).toHaveLength(how === "notify" ? 1 : 0);
      } finally {
        for (const path of locked) await chmod(path, 0o755);
      }
    },
  );

  test("events that overflow the queue are told as lost, and what appeared meanwhile is watched", async () => {
    await put("a/f");
    await using watcher = child([]);
    await watcher.heard("ready");
    const queue = Number(await readFile("/proc/sys/fs/inotify/max_queued_events", "utf8"));
    watcher.kill("SIGSTOP");
    // A second event of one kind on one file is merged into the first: two files in turn.
    const [one, two] = await Promise.all(["a/f", "a/g"].map((path) => open(join(root, path), "w")));
    // Twice as many as it holds: the watcher may have read some before it stood still.
    for (let i = 0; i < 2 * queue; i++) writeSync((i % 2 ? one : two)?.fd ?? 0, "x");
    await put("new/f");
    watcher.kill("SIGCONT");
    await watcher.heard("lost", "were lost");
    await put("new/f", "later");
    await watcher.heard("changed", "new/f");
    await Promise.all([one?.close(), two?.close()]);
  });

  test("too few watches for the tree: polling takes over, with one line", async () => {
    for (let i = 0; i < 30; i++) await put(`a/d${i}/f`);
    await using watcher = child([
      "unshare",
      "--user",
      "--map-root-user",
      "sh",
      "-c",
      'echo 10 >/proc/sys/user/max_inotify_watches && exec "$@"',
      "sh",
    ]);
    await watcher.heard("notice", "max_user_watches");
    await watcher.heard("lost", "polling");
    for (const i of [3, 29]) {
      await put(`a/d${i}/f`, "changed");
      await watcher.heard("changed", `a/d${i}/f`);
    }
  });
});

test("polling that ends by a fault says so, for saves have no effect from then on; a stop says nothing", async () => {
  await put("a/one");
  const told = new Told();
  let looks = 0;
  const pruned = (path: string) => {
    // The first look succeeds.
    if (path.endsWith("/a") && ++looks > 1) throw new Error("the disk is gone");
    return false;
  };
  using _ = await pollWatcher({ roots: [root], files: [] }, told, { ...options, pruned });
  await eventually("the notice", () => told.notices[0]);
  expect(told.notices).toEqual(["polling ended: the disk is gone"]);

  const quiet = new Told();
  const clock = virtualClock();
  const watcher = await pollWatcher({ roots: [join(root, "a")], files: [] }, quiet, { ...options, clock });
  watcher[Symbol.dispose]();
  await clock.advance(100);
  expect(quiet.notices).toEqual([]);
});

test("polling does not walk into what nothing needs", async () => {
  await put("a/node_modules/x");
  const told = new Told();
  using _ = await pollWatcher({ roots: [join(root, "a")], files: [] }, told, options);
  await put("a/node_modules/x", "changed");
  await put("a/f", "new");
  await told.until("a/f");
  expect([...told.paths]).toEqual(["a/f"]);
});

test("roots inside roots are one watch, unless a link is on the way", async () => {
  await mkdir(join(root, "a/b"), { recursive: true });
  await mkdir(join(root, "elsewhere/b"), { recursive: true });
  await symlink(join(root, "elsewhere"), join(root, "a/link"));
  const path = (...parts: string[]) => join(root, ...parts);
  const roots = [path("a/b"), path("a"), path("a"), path("a/link/b")];
  const files = [path("a/b/f"), path("x/f"), path("x/g")];
  const { trees, singles } = await watchRoots({ roots, files });
  expect(trees).toEqual([path("a"), path("a/link/b")]);
  const names = [...singles].map(([directory, entries]) => [
    directory,
    ...[...entries].map(([name, targets]) => [name, ...targets]),
  ]);
  expect(names).toEqual([
    // The link on the way to a root, and what is behind it.
    [path("a"), ["link", path("a/link/b")]],
    [path(), ["elsewhere", path("a/link/b")]],
    [path("elsewhere"), ["b", path("a/link/b")]],
    [path("x"), ["f", path("x/f")], ["g", path("x/g")]],
  ]);
});
