/** Wires registries for a project. */
import type { Destination } from "../../image/destination.ts";
import { type Registry, registryClient } from "../../image/registry/registry.ts";
import { registryDestination } from "../../image/registry/registry-push.ts";
import { sourcesOver } from "../../image/source/open-source.ts";
import { systemClock } from "../../std/clock.ts";
import type { World } from "./world.ts";

/** A client for the registry in each image's name. */
export function registryOf({ credentials, open }: World): Registry {
  const insecure = open.project.modules.flatMap(({ build }) => build.insecureRegistries);
  return registryClient(credentials, insecure, systemClock);
}

/** The registry from which builds outside of the engine take required images. */
export function registryForBuilds(world: World): Destination {
  const { engine, credentials, store, emit } = world;
  const registry = registryOf(world);
  const notice = (text: string) => emit({ type: "notice", level: "warning", text });
  const means = { sources: sourcesOver(registry), scratch: store.scratch };
  return registryDestination(engine, registry, credentials, notice, means);
}
