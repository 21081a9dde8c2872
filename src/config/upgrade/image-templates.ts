/**
 * v2beta29 to v3alpha1, inside a release: `artifactOverrides` gave images to a chart, in the form that `imageStrategy`
 * chose; templates replace both. An entry with the same key among the templates is replaced.
 */
import { isMap, isScalar, isSeq, type Node, type Pair, Scalar } from "yaml";
import type { Cursor } from "./cursor.ts";
import { isAbsent, keyOf, newPair, spanOf, textOf } from "./nodes.ts";

/** How a chart takes an image: as one value, or in parts. */
export type ImageStrategy = "fqn" | "helm" | "helm with registry";

export function strategyOf(release: Cursor): ImageStrategy {
  const helm = release.down("imageStrategy", "helm");
  if (!helm) return "fqn";
  return helm.text("explicitRegistry") === "true" ? "helm with registry" : "helm";
}

/** The suffix of an override's key, and the template of its value. */
export function templatesFor(image: string, strategy: ImageStrategy): readonly (readonly [string, string])[] {
  const name = image.replaceAll(/[./:-]/g, "_");
  const variable = (what: string): string => `{{.IMAGE_${what}_${name}}}`;
  if (strategy === "fqn") return [["", variable("FULLY_QUALIFIED")]];
  const tag = [".tag", `${variable("TAG")}@${variable("DIGEST")}`] as const;
  if (strategy === "helm") return [tag, [".repository", variable("REPO")]];
  return [tag, [".registry", variable("DOMAIN")], [".repository", variable("REPO_NO_DOMAIN")]];
}

/** Leaf values of nested maps and lists by dotted keys, as Helm's `--set` names them. */
function flattened(node: Node, path = ""): { key: string; value: Node; pair?: Pair }[] {
  if (isMap(node))
    return node.items.flatMap((pair) => {
      const key = path === "" ? (keyOf(pair) ?? "") : `${path}.${keyOf(pair) ?? ""}`;
      if (isAbsent(pair.value)) return [];
      if (isScalar(pair.value)) return [{ key, value: pair.value, pair }];
      return flattened(pair.value as Node, key);
    });
  if (isSeq(node))
    return node.items.flatMap((item, i) => (isAbsent(item) ? [] : flattened(item as Node, `${path}[${i}]`)));
  return [{ key: path, value: node }];
}

/** The entries of `setValueTemplates` for a tree of overrides, comments kept where a value stays one value. */
export function templatePairs(overrides: Node, strategy: ImageStrategy): Pair[] {
  return flattened(overrides).flatMap(({ key, value, pair }) => {
    const span = spanOf(pair?.key ?? value, spanOf(overrides, [0, 0]));
    return templatesFor(textOf(value) ?? "", strategy).map(([suffix, template], i) => {
      const made = newPair(key + suffix, templateNode(value, template), span);
      if (i === 0 && pair && isScalar(pair.key)) keepComments(pair, made);
      return made;
    });
  });
}

/** A template node in the position of an image. */
export function templateNode(image: Node, template: string): Scalar {
  const node = new Scalar<unknown>(template);
  node.type = Scalar.QUOTE_DOUBLE;
  const span = spanOf(image, [0, 0]);
  node.range = [span[0], span[1], span[1]];
  return node;
}

function keepComments(from: Pair, to: Pair): void {
  const [key, value] = [from.key as Scalar, from.value as Scalar];
  const [newKey, newValue] = [to.key as Scalar, to.value as Scalar];
  if (typeof key.commentBefore === "string") newKey.commentBefore = key.commentBefore;
  if (key.spaceBefore === true) newKey.spaceBefore = true;
  if (typeof value.comment === "string") newValue.comment = value.comment;
}

/** Rewrites overrides and strategy of one release. */
export function editRelease(release: Cursor): void {
  const overrides = release.child("artifactOverrides");
  if (overrides) {
    const pairs = templatePairs(overrides.map, strategyOf(release));
    const templates = release.child("setValueTemplates");
    if (templates) {
      const span = release.span("artifactOverrides");
      release.take("artifactOverrides");
      const keys = new Set(pairs.map(keyOf));
      templates.map.items = [...templates.map.items.filter((pair) => !keys.has(keyOf(pair))), ...pairs];
      release.note("moved", "artifactOverrides", templates.path, span);
    } else {
      overrides.map.items = pairs;
      release.rename("artifactOverrides", "setValueTemplates");
      release.note(
        "rewritten",
        "artifactOverrides",
        release.at("setValueTemplates"),
        release.span("setValueTemplates"),
      );
    }
  }
  release.remove("imageStrategy");
}
