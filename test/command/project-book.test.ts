/** What a run writes under the project's name, and where it goes once the project is called otherwise. */
import { afterAll, expect, test } from "bun:test";
import { ProjectBook } from "../../src/command/project-book.ts";
import { Bus } from "../../src/event/bus.ts";
import { systemClock } from "../../src/std/clock.ts";
import { testStore } from "../rig/test-store.ts";

const kept = await testStore();
const { store } = kept;
afterAll(() => kept[Symbol.asyncDispose]());
const id = `sha256:${"a".repeat(64)}`;
const success = (key: string) => ({ task: "build:web", key, parts: {}, output: { imageId: id }, seconds: 1 });
/** Types of the events in the latest run of a project. */
const logged = async (project: string) => {
  const [run] = await store.runs(project);
  const parts = await Promise.all(((await run?.parts()) ?? []).map((part) => part.read()));
  return parts.flat().map(({ event }) => event.type);
};

test("log, records, durations and images are the project's, by the name that it has at the time", async () => {
  const bus = new Bus(systemClock);
  const emitNamed = (artifact: string) =>
    bus.emit({
      type: "image-named",
      artifact,
      imageId: id,
      place: "engine",
      names: [`docker.io/library/${artifact}:1`],
    });
  {
    await using book = new ProjectBook({ store, bus, identity: "before", engineId: async () => "engine:test" });
    const { run, records, durations } = book;
    bus.emit({ type: "run-started", command: "dev", argv: [], run, version: "1" });
    bus.emit({ type: "pass-started", pass: 1, saves: [] });
    bus.emit({ type: "watching" });
    emitNamed("web");
    await records.succeed(success("one"));
    durations.note("build:web", 3);
    bus.emit({ type: "pass-started", pass: 2, saves: [] });

    book.follow("after");
    bus.emit({ type: "staying" });
    emitNamed("api");
    expect(records.last("build:web")).toBeUndefined();
    expect(records.find("build:web", "one")?.outputs).toHaveLength(1);
    await records.succeed(success("two"));
    durations.note("build:web", 5);
    await durations.save();
    book.follow("after");
    expect(book.run).toBe(run);
  }
  bus.emit({ type: "watching" });
  expect(await logged("before")).toEqual(["run-started", "pass-started", "watching", "image-named", "pass-started"]);
  expect(await logged("after")).toEqual(["run-started", "pass-started", "staying", "image-named"]);
  expect([store.records("before").last("build:web")?.key, store.records("after").last("build:web")?.key]).toEqual([
    "one",
    "two",
  ]);
  expect([store.durations("before").of("build:web"), store.durations("after").of("build:web")]).toEqual([3, 5]);
  expect((await store.images.list()).flatMap(({ made }) => made)).toEqual([
    { project: "before", artifact: "web" },
    { project: "after", artifact: "api" },
  ]);
});
