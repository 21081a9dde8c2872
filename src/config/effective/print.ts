/**
 * The effective configuration of a whole project as YAML: one document per module, required modules first. With
 * `templates` every template is expanded whose variables are known now; a template that reads an unset variable, or an
 * image's name or tag, stays as it is written.
 */
import { Failure } from "../../diag/failure.ts";
import type { Environment } from "../environment.ts";
import type { LoadedModule } from "../load/load.ts";
import { namesRead } from "../template/syntax/reads.ts";
import { checkTemplated, expandTemplated, templated } from "../templated.ts";
import type { ScalarNode } from "../yaml/tree.ts";
import { type EffectiveOptions, effectiveConfig } from "./config.ts";
import { yamlText } from "./yaml-text.ts";

export interface PrintOptions {
  readonly home: string;
  readonly environment: Environment;
  readonly templates: boolean;
}

/** @throws Failure for an invalid template */
export function effectiveYaml(modules: readonly LoadedModule[], { home, environment, templates }: PrintOptions) {
  const expand = (node: ScalarNode, missing: "print" | "error") => expanded(node, missing, environment);
  const options: EffectiveOptions = templates ? { home, expand } : { home };
  const documents = modules.map(({ tree, module }) => effectiveConfig(tree, module, options));
  return documents.map(yamlText).join("---\n");
}

/** Variables that exist only while an image is tagged or built. */
const later = /^(?:IMAGE_|DIGEST|GIT$|DATE$|SHA$|INPUT_DIGEST$)/;

function expanded(node: ScalarNode, missing: "print" | "error", environment: Environment): string {
  if (!node.text.includes("{{")) return node.text;
  if (readsLater(node.text, environment)) return node.text;
  try {
    const text = expandTemplated(templated(node, missing), {}, environment);
    return text.includes(noValue) ? node.text : text;
  } catch (thrown) {
    if (thrown instanceof Failure && checkTemplated(templated(node, missing), environment) === undefined)
      return node.text;
    throw thrown;
  }
}

/** The text that an unset variable becomes where it is no error. */
const noValue = "<no value>";

/**
 * Whether the template reads variables that exist later. One that cannot be parsed reads none, so that expanding it
 * reports the error.
 */
function readsLater(text: string, environment: Environment): boolean {
  try {
    return namesRead(text, environment.functions()).some((name) => later.test(name));
  } catch {
    return false;
  }
}
