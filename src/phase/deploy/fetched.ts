/**
 * Manifests behind addresses, as tasks: each is fetched once in a session, because nobody tells of its changes, and a
 * failure has the place of the address in the configuration.
 */
import { Source } from "../../config/yaml/source.ts";
import type { ManifestSource } from "../../deploy/manifests/manifest-files.ts";
import { type Manifest, readManifests } from "../../deploy/manifests/read-manifest.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import type { DeriveTask, Inputs } from "../../graph/task.ts";
import { fetchText } from "../../std/fetch-text.ts";

export interface FetchWork {
  readonly module: string;
  readonly sources: readonly ManifestSource[];
  seal(value: string): string;
}

type Fetched = { readonly text: string };

/** Their ids, in the order of the sources, each once. */
export function fetchedIds(work: FetchWork): string[] {
  return addresses(work).map(({ pattern }) => idOf(work, pattern));
}

export function fetchTasks(work: FetchWork): DeriveTask[] {
  return addresses(work).map(({ pattern, at }) => ({
    id: idOf(work, pattern),
    kind: "derive",
    mode: "derive",
    deps: [],
    keyParts: () => ({ address: work.seal(pattern) }),
    lasts: () => false,
    async run(_inputs, { signal }): Promise<Fetched> {
      try {
        return { text: await fetchText(pattern, signal) };
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown;
        throw new Failure({ ...thrown.diagnostics[0], at });
      }
    },
  }));
}

/** The objects behind all addresses. */
export function fetchedManifests(
  work: FetchWork,
  inputs: Inputs,
  report: (diagnostic: Diagnostic) => void,
): Manifest[] {
  return addresses(work).flatMap(({ pattern }) => {
    const { text } = inputs.get<Fetched>(idOf(work, pattern));
    return readManifests(new Source(pattern, pattern, text), report);
  });
}

function addresses({ sources }: FetchWork): readonly ManifestSource[] {
  const all = sources.filter(({ kind }) => kind === "address");
  return all.filter(({ pattern }, i) => all.findIndex((other) => other.pattern === pattern) === i);
}

function idOf({ module }: FetchWork, address: string): string {
  return `fetched:${module}/${address}`;
}
