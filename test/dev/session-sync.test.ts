/** Sessions that sync into pods of a model, with the results of passes in the test's hand. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { PassOutcome } from "../../src/dev/dev-project.ts";
import type { DeployedImage } from "../../src/dev/layer.ts";
import { devSession } from "../../src/dev/session.ts";
import { systemClock } from "../../src/std/clock.ts";
import { describePath } from "../../src/store/hash-tree.ts";
import { eventually } from "../rig/eventually.ts";
import { MemoryWatcher } from "../rig/memory-watcher.ts";
import { artifact, equal, type ModelArtifact, modelArtifact } from "./model-artifact.ts";

type Pass = (number: number) => Promise<Partial<PassOutcome>>;

/** @param pass what a pass comes to; images are those of the newest pass unless it says otherwise */
async function session(at: ModelArtifact, pass: Pass, read = async () => {}) {
  const watcher = new MemoryWatcher();
  const end = new AbortController();
  const passes: number[] = [];
  const running = devSession(
    {
      project: {
        targets: () => ({ roots: [at.root], files: [] }),
        async files() {
          await read();
          return at.projectFiles;
        },
        print: describePath,
        async pass({ number }) {
          passes.push(number);
          return { end: "done", did: "nothing", images: new Map(), namespaces: ["default"], ...(await pass(number)) };
        },
        reload: () => Promise.reject(new Error("nothing is reloaded")),
      },
      cluster: at.pods.cluster,
      documents: at.store,
      overlayName: (image) => `overlay/${image}`,
      openWatcher: watcher.open,
      streams: [],
      channel: at.pods.channel,
      staysOnFailure: true,
      clock: systemClock,
      emit: (event) => void at.events.push(event),
    },
    end.signal,
  );
  const seen = (type: string) => at.events.filter((event) => event.type === type).length;
  await eventually("the session", () => seen("watching") || undefined);
  return {
    passes,
    saves: () => at.events.filter((event) => event.type === "save"),
    /** Saves and waits for what it leads to. */
    async save(path: string, text: string) {
      const before = seen("save");
      await at.save(path, text);
      watcher.changed(join(at.root, path));
      await eventually("the save's end", () => seen("save") > before || undefined);
    },
    changed: (path: string) => watcher.changed(join(at.root, path)),
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
    },
  };
}

const images = (image: DeployedImage) => ({ images: new Map([[artifact, image]]) });

test("a pass that ended before a newer one, and was slower to read the files, tells nothing of the cluster", async () => {
  await using at = await modelArtifact({ page: "1" });
  const first = await at.build();
  await at.save("page", "2");
  const second = await at.build();
  at.rollOut(second);
  const slow = Promise.withResolvers<void>();
  let waits = false;
  const pass: Pass = async (number) => {
    waits = number === 2;
    return images(number === 3 ? second : first);
  };
  const read = async () => {
    if (!waits) return;
    waits = false;
    await slow.promise;
  };
  await using live = await session(at, pass, read);
  live.changed("app.yaml");
  await eventually("the second pass to read files", () => (live.passes.includes(2) && !waits) || undefined);
  await live.save("app.yaml", "2");
  expect(live.passes).toEqual([1, 2, 3]);
  slow.resolve();
  await live.save("page", "3");
  expect(live.saves().at(-1)).toMatchObject({ what: "sync" });
  await equal(at);
});
