/** Artifacts of a project as the graph's work, for tests that build nothing: no engine, no hooks, no events. */
import type { Builders } from "../../src/build/builders.ts";
import type { Environment } from "../../src/config/environment.ts";
import type { Project } from "../../src/config/project.ts";
import { engineAt } from "../../src/image/engine/engine.ts";
import type { ComposedArtifact } from "../../src/phase/image/artifact-work.ts";
import { composeImages, type ImageOptions } from "../../src/phase/image/composed-artifacts.ts";
import type { Store } from "../../src/store/store.ts";

export function composedFor(
  open: { readonly project: Project; readonly environment: Environment },
  store: Store,
  more: Partial<ImageOptions> = {},
  builders?: Builders,
): ComposedArtifact[] {
  const options: ImageOptions = {
    mode: "build",
    secret: "test",
    files: store,
    place: {
      engine: engineAt({ kind: "unix", path: "/nowhere", from: "the test" }),
      layout: store.layout,
      pushes: async () => false,
    },
    notes: store.documents,
    emit: () => undefined,
    around: (_artifact, _reference, work) => work(),
    ...more,
  };
  return composeImages(open, options, builders);
}
