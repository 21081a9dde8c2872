/** Wires the artifacts of a world: their builders to its engine and store, and build hooks around their builds. */

import type { Module } from "../../config/project.ts";
import { placeOf } from "../../deploy/place/project-places.ts";
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import { aroundBuild } from "../../phase/image/build-hooks.ts";
import { composeImages } from "../../phase/image/composed-artifacts.ts";
import type { World } from "./world.ts";

export function composeWork(world: World): ComposedArtifact[] {
  const { invocation, store, emit, open, engine, places, builders } = world;
  const { flags, command } = invocation;
  const pushes = async () => {
    const targets = await Promise.all(places.map((place) => place.delivers()));
    return targets.some(({ kind }) => kind === "registry");
  };
  const options = {
    defaultRepo: flags.text("default-repo"),
    tag: flags.text("tag"),
    only: flags.list("build-image"),
    mode: command,
    secret: store.secret,
    files: store,
    place: { engine, layout: store.layout, pushes },
    notes: store.documents,
    emit,
    clusterOf: (module: Module) => placeOf(places, module).builds.clusterOf(module),
    around: aroundBuild({ workDir: open.project.cwd, pushes, emit }),
  };
  return composeImages(open, options, builders);
}
