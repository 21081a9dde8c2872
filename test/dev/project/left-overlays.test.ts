/** What a command without a session does about files that an ended session synced over the images that it deploys. */
import { expect, test } from "bun:test";
import type { DeployTarget } from "../../../src/deploy/apply/owned-apply.ts";
import { overlayNames } from "../../../src/dev/project/dev-places.ts";
import { takeBackOverlays } from "../../../src/dev/project/left-overlays.ts";
import type { DeployedImage } from "../../../src/dev/sync/wanted-overlay.ts";
import type { Engine } from "../../../src/image/engine/engine.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { sha256 } from "../../../src/std/data/digest.ts";
import type { Json } from "../../../src/std/data/json.ts";
import { treeMark } from "../../../src/store/tree/mark.ts";
import { eventually } from "../../rig/eventually.ts";
import { noSources } from "../../rig/no-sources.ts";
import { artifact, equal, type ModelArtifact, modelArtifact } from "../model-artifact.ts";

const { signal } = new AbortController();
const identity = "the project";
const place = { clusterId: "cluster", namespace: "default" };
const tree = sha256("the inputs of web");
const overlayName = overlayNames(identity, place)(artifact);

/** A session syncs two files and ends; then the workspace is as the image again. */
async function endedSession(): Promise<{ at: ModelArtifact; image: DeployedImage }> {
  const at = await modelArtifact({ page: "1", other: "1" }, { overlayName: () => overlayName });
  const image = await at.build();
  at.rollOut(image);
  await at.deployed(image);
  await at.save("page", "2");
  await at.save("added", "1");
  expect(await at.look("page", "added")).toBe(false);
  await equal(at);
  await at.syncer[Symbol.asyncDispose]();
  await at.save("page", "1");
  await at.save("added");
  return { at, image };
}

/** What `run` does after its pass. @returns how often the engine was asked */
async function takeBack(at: ModelArtifact, { imageId, reference, inputs }: DeployedImage): Promise<number> {
  let asked = 0;
  const engine: Engine = {
    endpoint: { kind: "unix", path: "/nowhere", from: "the test" },
    async request() {
      asked++;
      return Response.json({ Id: imageId, RepoTags: [], Size: 1, Config: { WorkingDir: "/" } });
    },
  };
  const sources = at.projectFiles.artifacts[0]?.sources;
  if (sources === undefined) throw new Error("the model has one artifact");
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "default" } };
  await takeBackOverlays(
    {
      identity,
      artifacts: [{ image: artifact, readMoment: () => 0, inspect: async () => ({ sources }) as never }],
      places: [
        {
          target: { ...place, cluster: at.pods.cluster } as DeployTarget,
          scopes: [undefined],
          deployed: () => [{ object: pod } as never],
        },
      ],
      store: { tree: (digest) => (digest === tree ? (inputs as never) : undefined), documents: at.store },
      engine,
      sources: noSources,
      channel: at.pods.channel,
      clock: systemClock,
      emit: (event) => void at.events.push(event),
    },
    new Map<string, Json>([
      [`build:${artifact}`, { imageId }],
      [`hash:${artifact}`, treeMark(tree)],
      [`deliver:${artifact}`, { reference }],
    ]),
    signal,
  );
  return asked;
}

test("containers of an image that did not change get its own files back, and lose those that it has not", async () => {
  const { at, image } = await endedSession();
  await using _ = at;
  await takeBack(at, image);
  await equal(at);
  await eventually("no overlay to be left", () => !at.documents.has(overlayName) || undefined);
});

test("without an overlay nothing is asked and nothing is sent", async () => {
  await using at = await modelArtifact({ page: "1" }, { overlayName: () => overlayName });
  const image = await at.build();
  at.rollOut(image);
  await at.save("page", "changed");
  expect(await takeBack(at, image)).toBe(0);
  expect(at.documents.size).toBe(0);
});
