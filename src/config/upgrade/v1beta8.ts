/** v1beta8 to v1beta9: plugins become the builders that they stood for. Of any other plugin nothing can be kept. */
import type { Cursor } from "./cursor.ts";
import { newMap } from "./nodes.ts";
import { artifactsOf, pipelineStep } from "./step.ts";

export const v1beta8 = pipelineStep(
  "v1beta8",
  (pipeline) => {
    for (const artifact of artifactsOf(pipeline)) dissolve(artifact, "plugin", ["docker", "bazel"]);
    const build = pipeline.child("build");
    if (build) dissolve(build, "executionEnvironment", ["googleCloudBuild", "local"]);
  },
  [
    {
      from: "/build/executionEnvironment/properties/**",
      refuse: "name the builder: /build/local or /build/googleCloudBuild",
    },
    { from: "/build/artifacts/*/plugin/properties/**", refuse: "name the builder: docker or bazel" },
  ],
);

/** `key: {name: n, properties: p}` becomes `n: p`. */
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
