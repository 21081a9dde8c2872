/** How an image gets to where the cluster starts it from: what is asked once, what is sent, and by which reference. */
import { describe, expect, test } from "bun:test";
import type { DeliverableImage, Delivered, Destination, Presence } from "../../../src/image/destination.ts";
import { clusterTaskId, taskId } from "../../../src/phase/ids.ts";
import type { ArtifactWork } from "../../../src/phase/image/artifact.ts";
import { deliverTasks, destinationTask, listingTask } from "../../../src/phase/image/deliver.ts";
import { oneTask } from "../one-task.ts";

const id = (digit: string) => `sha256:${digit.repeat(64)}` as const;
const content = (digit: string) => `r.io/web:${digit.repeat(64)}`;
const yes = (reference: string): Presence => ({ present: true, reference, proof: "listed by n0" });
const artifact = { image: "web", repository: "r.io/web" } as ArtifactWork;
const ids = clusterTaskId("dev");

interface Place {
  readonly asked: DeliverableImage[];
  readonly sent: DeliverableImage[];
  readonly at: { readonly scope: string; destination(): Promise<Destination> };
}

function place(
  kind: Destination["kind"] = "nodes",
  answer: (image: DeliverableImage) => Presence = ({ name }) => yes(name),
  sends: Partial<Delivered> = {},
): Place {
  const [asked, sent] = [[] as DeliverableImage[], [] as DeliverableImage[]];
  const made: Partial<Destination> = {
    ...{ id: "kind/dev", kind, label: 'kind cluster "dev"' },
    has: async (images) => {
      asked.push(...images);
      return images.map(answer);
    },
    deliver: async (image) => {
      sent.push(image);
      return { reference: image.name, how: "full", seconds: 1, ...sends };
    },
  };
  return { asked, sent, at: { scope: "dev", destination: async () => made as Destination } };
}

test("a destination is told by its id, kind and label", async () => {
  expect(await oneTask(destinationTask(place().at), {}).run()).toEqual({
    ...{ id: "kind/dev", kind: "nodes", label: 'kind cluster "dev"' },
  });
});

describe("the listing", () => {
  const list = (recorded: readonly string[], at: Place) => {
    const task = listingTask([artifact], (image) => (image === "web" ? recorded : []), at.at);
    expect(task).toMatchObject({ id: ids.listing, deps: [ids.destination] });
    return oneTask(task, {}).run();
  };

  test("asks at once for the newest three of what was built", async () => {
    const at = place("nodes", ({ name }) =>
      name === content("2") ? { present: false, reason: "missing" } : yes(name),
    );
    expect(await list(["1", "2", "3", "4"].map(id), at)).toEqual({
      [content("1")]: { present: true, words: "listed by n0", reference: content("1") },
      [content("2")]: { present: false, words: "missing", reference: "" },
      [content("3")]: { present: true, words: "listed by n0", reference: content("3") },
    });
    expect(at.asked.map(({ id: of }) => of)).toEqual(["1", "2", "3"].map(id));
  });

  test("asks nobody for nothing, and no registry", async () => {
    const [none, registry] = [place(), place("registry")];
    expect(await list([], none)).toEqual({});
    expect(await list([id("1")], registry)).toEqual({});
    expect([...none.asked, ...registry.asked]).toEqual([]);
  });
});

interface World {
  readonly at?: Place;
  readonly found?: object;
  readonly listing?: object;
  readonly presence?: object;
  readonly kind?: Destination["kind"];
  /** For builds: the one that starts from the image. Undefined: for a cluster. */
  readonly neededBy?: string | null;
}

function tasks({
  at = place(),
  found = { imageId: id("1") },
  listing = {},
  presence = {},
  kind = "nodes",
  neededBy,
}: World = {}) {
  const [presenceTask, deliverTask] = deliverTasks(artifact, at.at, { forBuilds: neededBy !== undefined });
  const outputs = {
    [taskId.build("web")]: found,
    [taskId.tag("web")]: { tag: "v1", reference: "r.io/web:v1", also: [], parts: {} },
    [taskId.name("web")]: { content: content("1") },
    [ids.destination]: { id: "kind/dev", kind, label: "kind" },
    [ids.listing]: listing,
    [ids.presence("web")]: presence,
    [taskId.needed("web")]: { by: neededBy ?? null },
  };
  return { presence: oneTask(presenceTask, outputs), deliver: oneTask(deliverTask, outputs), at, deliverTask };
}

describe("presence", () => {
  test("of what the listing has is not asked again", async () => {
    const listed = { present: true, words: "listed by n0", reference: content("1") };
    const it = tasks({ listing: { [content("1")]: listed } });
    expect(await it.presence.run()).toEqual(listed);
    expect(it.at.asked).toEqual([]);
  });

  test.each<[Destination["kind"], string]>([
    ["nodes", content("1")],
    ["shared-engine", content("1")],
    ["registry", "r.io/web:v1"],
  ])("in %s is asked by the name it has there", async (kind, name) => {
    const it = tasks({ at: place(kind), kind });
    expect(await it.presence.run()).toEqual({ present: true, words: "listed by n0", reference: name });
    expect(it.at.asked).toEqual([{ id: id("1"), name }]);
  });

  test("that nobody can tell is none", async () => {
    const it = tasks({ at: place("nodes", () => undefined as unknown as Presence) });
    expect(await it.presence.run()).toEqual({ present: false, words: "it is not known", reference: "" });
  });

  test("of a reference that was given is the cluster's own business", async () => {
    const it = tasks({ found: { reference: "r.io/given@sha256:1" } });
    const expected = { present: true, words: "the cluster pulls it by itself", reference: "r.io/given@sha256:1" };
    expect(await it.presence.run()).toEqual(expected);
    expect(it.at.asked).toEqual([]);
  });
});

describe("a delivery", () => {
  test.each<[string, object, object]>([
    [
      "is live where it is there under the same reference",
      { present: true, words: "listed", reference: "a" },
      { valid: true, proof: "listed" },
    ],
    [
      "is not where it is missing",
      { present: false, words: "missing on n0", reference: "" },
      { valid: false, reason: "missing on n0" },
    ],
    [
      "is not under another reference",
      { present: true, words: "listed", reference: "b" },
      { valid: false, reason: "it is there as b" },
    ],
  ])("%s", (_what, presence, expected) => {
    expect(tasks({ presence }).deliver.valid({ reference: "a" })).toEqual(expected as never);
  });

  test("is known by the image, its name there and the place", () => {
    expect(tasks().deliver.keyParts()).toEqual({ id: id("1"), name: content("1"), destination: "kind/dev" });
    expect(tasks({ kind: "registry" }).deliver.keyParts()).toEqual({
      id: id("1"),
      name: "r.io/web:v1",
      destination: "kind/dev",
    });
    expect(tasks({ found: { reference: "r" } }).deliver.keyParts()).toEqual({ reference: "r" });
  });

  test("says what was sent, and how much where it was counted", async () => {
    const counted = tasks({ at: place("nodes", undefined, { bytes: 7 }) });
    expect(await counted.deliver.run()).toEqual({ reference: content("1") });
    expect(counted.at.sent).toEqual([{ id: id("1"), name: content("1") }]);
    const told = { type: "deliver", image: "r.io/web:v1", destination: 'kind cluster "dev"', how: "full", seconds: 1 };
    const named = { type: "image-named", artifact: "web", imageId: id("1"), names: [content("1")] };
    const inBook = { ...named, place: { nodes: "kind/dev" } };
    expect(counted.deliver.events).toEqual([inBook, { ...told, bytes: 7 }] as never[]);
    const uncounted = tasks();
    await uncounted.deliver.run();
    expect(uncounted.deliver.events.filter(({ type }) => type === "deliver")).toEqual([told as never]);
  });

  test("says where the image can be read; that is no part of its key", async () => {
    const holder = { kind: "archive", path: "/out" } as const;
    const it = tasks({ found: { imageId: id("1"), holder } });
    expect(it.deliver.keyParts()).toEqual(tasks().deliver.keyParts());
    await it.deliver.run();
    expect(it.at.sent).toEqual([{ id: id("1"), name: content("1"), holder }]);
  });

  test("of a reference that was given sends nothing", async () => {
    const it = tasks({ found: { reference: "r.io/given:1" } });
    expect(await it.deliver.run()).toEqual({ reference: "r.io/given:1" });
    expect([it.at.sent, it.deliver.events]).toEqual([[], []]);
  });

  test("waits for the image's names only where it was built here", () => {
    expect(tasks().deliverTask?.deps).toContain(taskId.name("web"));
    expect(deliverTasks(artifact, place().at, { named: false })[1]?.deps).not.toContain(taskId.name("web"));
  });
});

describe("a place for builds", () => {
  const registry = () => place("registry", () => ({ present: false, reason: "missing" }), { how: "pushed" });

  test("is neither asked nor sent to while no build starts from the image, and no barrier waits for it", async () => {
    const it = tasks({ at: registry(), kind: "registry", neededBy: null });
    expect(await it.presence.run()).toEqual({
      ...{ present: true, words: "no build starts from it", reference: "r.io/web:v1" },
    });
    expect(await it.deliver.run()).toEqual({ reference: "r.io/web:v1" });
    expect(it.deliver.valid({ reference: "r.io/web:v1@sha256:1" })).toEqual({
      ...{ valid: true, proof: "no build starts from it" },
    });
    expect([it.at.asked, it.at.sent]).toEqual([[], []]);
    expect(it.deliverTask).toMatchObject({ kind: "tag", deps: expect.arrayContaining([taskId.needed("web")]) });
  });

  test("gets the image for a build that starts from it", async () => {
    const it = tasks({ at: registry(), kind: "registry", neededBy: "api" });
    expect(await it.presence.run()).toMatchObject({ present: false });
    await it.deliver.run();
    expect(it.at.sent).toEqual([{ id: id("1"), name: "r.io/web:v1" }]);
  });
});
