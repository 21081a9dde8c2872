/**
 * The effective configuration of a whole project as YAML, a document for each module, required ones first. With
 * `templates` every template is expanded whose variables are known now; one that reads a variable that is not set, or
 * an image's name or tag, stays as it is written.
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

/** @throws Failure for a template that is none */
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

/** What stands for a variable that is not set, where that is no error. */
const noValue = "<no value>";

/** A template that cannot even be parsed reads nothing: expanding it tells what is wrong. */
function readsLater(text: string, environment: Environment): boolean {
  try {
    return namesRead(text, environment.functions()).some((name) => later.test(name));
  } catch {
    return false;
  }
}
