/** v1beta8 to v1beta9: each plugin becomes the builder of the same kind. Unknown plugins are refused. */
import type { Cursor } from "../cursor.ts";
import { newMap } from "../nodes.ts";
import { type Patch, rewritePatches, type Target } from "../patches.ts";
import { match } from "../pointer.ts";
import { artifactsOf, type Step } from "../step.ts";
import type { Version } from "../versions.ts";

export const v1beta8: Step = {
  from: "v1beta8" as Version,
  edit({ root, profiles }) {
    const rootNames = namesOf(root);
    editPipeline(root);
    for (const profile of profiles) {
      const names = namesOf(profile);
      editPipeline(profile);
      const special = (patch: Patch) => named(patch, [names, rootNames]);
      rewritePatches(profile, root, { rules: [], special, edit: editPipeline });
    }
  },
};

function editPipeline(pipeline: Cursor): void {
  for (const artifact of artifactsOf(pipeline)) dissolve(artifact, "plugin", ["docker", "bazel"]);
  const build = pipeline.child("build");
  if (build) dissolve(build, "executionEnvironment", ["googleCloudBuild", "local"]);
}

/** Turns `key: {name: n, properties: p}` into `n: p`. */
function dissolve(owner: Cursor, key: string, known: readonly string[]): void {
  const plugin = owner.child(key);
  if (!plugin) return;
  const name = plugin.text("name") ?? "";
  if (!known.includes(name)) {
    owner.warn(key, `there is no ${key} ${JSON.stringify(name)} any more: it is dropped`);
    return owner.remove(key);
  }
  const properties = plugin.node("properties") ?? newMap(owner.span(key));
  owner.rename(key, name);
  if (owner.node(name) === plugin.map) owner.rewrite(name, properties);
}

/** The names of a pipeline's plugins, which are the keys of their builders now. */
interface Names {
  readonly artifacts: readonly (string | undefined)[];
  readonly environment: string | undefined;
}

function namesOf(pipeline: Cursor): Names {
  return {
    artifacts: artifactsOf(pipeline).map((artifact) => artifact.child("plugin")?.text("name")),
    environment: pipeline.down("build", "executionEnvironment")?.text("name"),
  };
}

/**
 * Turns a patch of a plugin's property into a patch of the builder. The profile's own plugins are tried before the
 * root's.
 */
function named({ cursor, segments, value }: Patch, names: readonly Names[]): Target[] | undefined {
  const [artifact, ...field] = match("/build/artifacts/*/plugin/properties/**", segments) ?? [];
  const below = match("/build/executionEnvironment/properties/**", segments);
  if (artifact === undefined && !below) return undefined;
  const first = names.find(({ artifacts, environment }) => (below ? environment : artifacts.length > 0));
  const name = below ? first?.environment : first?.artifacts[Number(artifact)];
  if (name === undefined) {
    cursor.error("path", "nothing tells which plugin this patch is for", "write the builder's own key in its path");
    return undefined;
  }
  const owner = below ? ["build", name, ...below] : ["build", "artifacts", artifact ?? "", name, ...field];
  return [{ segments: owner, ...(value ? { value } : {}) }];
}
