/** One kaniko artifact of a test: its sections as they are written, and what a build of it would be told. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ArtifactSetting } from "../../../src/build/builder.ts";
import { kanikoSection } from "../../../src/build/kaniko/section.ts";
import { type KanikoSpec, kanikoSpec } from "../../../src/build/kaniko/spec.ts";
import { loadProject } from "../../../src/config/load/load.ts";
import type { Module } from "../../../src/config/project.ts";
import { expandTemplated } from "../../../src/config/templated.ts";
import { Failure } from "../../../src/diag/failure.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

export interface KanikoArtifact extends AsyncDisposable {
  /** Where the configuration lies; the context is `web` in it. */
  readonly root: string;
  readonly module: Module;
  /** @param required references by alias */
  spec(tag?: string, required?: Readonly<Record<string, string>>): KanikoSpec;
}

/** @param kaniko and `cluster` in flow style, without braces; undefined `kaniko`: the artifact has no builder's section */
export async function kanikoArtifact(
  kaniko: string | undefined,
  cluster = "",
  files: Readonly<Record<string, string>> = { "web/Dockerfile": "FROM scratch\n" },
): Promise<KanikoArtifact> {
  const folder = await tempFolder();
  const root = folder.path;
  const section = kaniko === undefined ? "" : `, kaniko: {${kaniko}}`;
  const all = {
    ...files,
    "skaffold.yaml": `apiVersion: skaffold/v4beta13\nkind: Config\nbuild:\n  artifacts:\n    - {image: example.test/team/web, context: web${section}}\n  cluster: {${cluster}}\n  insecureRegistries: [plain.test:5000]\n`,
  };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const { project, environment, diagnostics } = await loadProject({
    cwd: root,
    environment: { GREETING: "hello" },
    command: "build",
    acting: true,
    signal: new AbortController().signal,
  });
  const [error] = diagnostics.filter(({ severity }) => severity === "error");
  const module = project?.modules[0];
  const artifact = module?.artifacts[0];
  if (!module || !artifact || error) throw new Failure(error ?? "the configuration cannot be read");
  const details = module.build.cluster;
  if (details === undefined) throw new Error("nothing is built in the cluster");
  const setting: ArtifactSetting = {
    artifact,
    repository: artifact.image,
    mode: "run",
    local: module.build.local,
    cluster: details,
    insecureRegistries: module.build.insecureRegistries,
    notes: { read: async () => undefined, write: async () => undefined },
    expand: (template, variables) => expandTemplated(template, variables, environment),
  };
  return {
    root,
    module,
    spec: (tag = "v1", required = {}) => kanikoSpec(kanikoSection(artifact), details, setting, tag, required),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
