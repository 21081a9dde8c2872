/** Wires what belongs to a project, its places and its limits; every reload makes them again. */

import { buildLimit, releaseLimit } from "../../build/limits.ts";
import type { Invocation } from "../../command/command.ts";
import type { OpenProject } from "../../command/project.ts";
import { identityOf } from "../../config/identity.ts";
import { type PlaceMeans, type ProjectPlaces, projectPlaces } from "../../deploy/place/project-places.ts";
import type { Limits } from "../../graph/run/limits.ts";

export interface ProjectServices {
  readonly open: OpenProject;
  /** Stable between runs: the config's real path and the project's name. */
  readonly identity: string;
  readonly limits: Limits;
  readonly places: ProjectPlaces;
}

export type ServiceMeans = { readonly invocation: Invocation } & Omit<
  PlaceMeans,
  "env" | "kubeconfig" | "kubeContext" | "push"
>;

/** @returns a function that makes the services of a project; equal parts are shared between projects */
export function projectServices({ invocation, ...means }: ServiceMeans): (open: OpenProject) => ProjectServices {
  const { env, flags } = invocation;
  const placesOf = projectPlaces({
    env,
    kubeconfig: flags.text("kubeconfig"),
    kubeContext: flags.text("kube-context"),
    push: flags.tristate("push"),
    ...means,
  });
  return (open) => ({
    open,
    identity: identityOf(open.project),
    limits: {
      build: buildLimit(open.project, flags.int("build-concurrency")),
      release: releaseLimit(open.project),
    },
    places: placesOf(open.project, open.currentContext),
  });
}
