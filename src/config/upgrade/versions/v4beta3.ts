/**
 * v4beta3 to v4beta4: a container for verification is reduced from a whole Kubernetes container to the fields in use.
 */
import { isMap, type YAMLMap } from "yaml";
import { Cursor } from "../cursor.ts";
import { keyOf } from "../nodes.ts";
import { pipelineStep } from "../step.ts";

const containerKeys = ["name", "image", "command", "args", "env"];
const variableKeys = ["name", "value"];

export const v4beta3 = pipelineStep("v4beta3", (pipeline) => {
  for (const test of pipeline.items("verify")) {
    const container = test.child("container");
    if (!container || container.log.lenient) continue;
    narrow(container, containerKeys);
    for (const variable of container.list("env")?.items ?? [])
      if (isMap(variable)) narrow(new Cursor(container.log, variable, container.at("env")), variableKeys);
  }
});

function narrow(cursor: Cursor, keys: readonly string[]): void {
  for (const key of (cursor.map as YAMLMap).items.map((pair) => keyOf(pair) ?? "")) {
    if (key === "" || key === "<<" || keys.includes(key)) continue;
    cursor.warn(key, `${key} of a container for verification is dropped`);
    cursor.remove(key);
  }
}
