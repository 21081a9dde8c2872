/** An old file and its hand-written new form are the same project, with every profile of theirs as well. */
import { describe, expect, test } from "bun:test";
import { loadProject } from "../../../src/config/load/load.ts";
import type { Module, Project } from "../../../src/config/project.ts";
import { dockerOf } from "../../rig/config-files.ts";
import { parse, type Sample, samples } from "./corpus.ts";

interface Outcome {
  readonly project: unknown;
  /** Every final value by its path. */
  readonly values: readonly string[];
  /** Errors without their places. */
  readonly errors: readonly string[];
}

async function load(text: string, profiles: readonly string[]): Promise<Outcome> {
  const { project, diagnostics, explain } = await loadProject({
    cwd: "/work-tree",
    file: "-",
    text,
    environment: { USER: "me", TOKEN: "t" },
    command: "dev",
    profiles,
    autoActivation: false,
    checkFiles: false,
    currentContext: () => "kind",
    signal: new AbortController().signal,
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  const values = explain().map(({ path, value }) => `${path}: ${JSON.stringify(value)}`);
  return {
    project: withoutPlaces(project && withSections(project)),
    values: values.sort(),
    errors: [...new Set(errors)].sort(),
  };
}

/** Sections of builders as the builder reads them; those of others are among the values. */
function withSections({ modules, ...project }: Project): unknown {
  const artifacts = (module: Module) =>
    module.artifacts.map(({ builder: { kind }, ...artifact }, i) => ({
      ...artifact,
      builder: kind === "docker" ? dockerOf(module, i) : kind,
    }));
  return { ...project, modules: modules.map((module) => ({ ...module, artifacts: artifacts(module) })) };
}

/** The project but for where its values are written. */
function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== "object" || value === null) return value;
  if ("column" in value) return "a place";
  const kept = Object.entries(value).filter(([key]) => key !== "lines");
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutPlaces(inner)]));
}

function profilesOf({ newest }: Sample): readonly string[][] {
  const names = parse(newest).flatMap((document) => {
    const { profiles = [] } = document.toJS() as { profiles?: { name: string }[] };
    return profiles.map(({ name }) => name);
  });
  return [[], ...[...new Set(names)].map((name) => [name])];
}

describe("the same project", () => {
  for (const sample of samples)
    for (const profiles of profilesOf(sample))
      test([sample.name, ...profiles].join(" "), async () => {
        const [old, newest] = [await load(sample.old, profiles), await load(sample.newest, profiles)];
        expect(old).toEqual(newest);
        if (!sample.old.includes("\nrequires:")) expect(old.values.length).toBeGreaterThan(0);
      });
});
