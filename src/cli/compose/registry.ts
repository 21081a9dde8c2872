/** Registries as this project reaches them. */
import { type Registry, registryClient } from "../../image/registry/registry.ts";
import { systemClock } from "../../std/clock.ts";
import type { World } from "./world.ts";

/** Speaks to whichever registry an image's name has. */
export function registryOf({ credentials, open }: World): Registry {
  const insecure = open.project.modules.flatMap(({ build }) => build.insecureRegistries);
  return registryClient(credentials, insecure, systemClock);
}
