/** Kinds of objects, besides the built-in ones, in which image names are replaced and labels set. */
import { field, group, list, object, string, strings } from "../type.ts";

const filter = object("ResourceFilter", {
  groupKind: field(string, "`Kind.group`, such as `Rollout.argoproj.io`.", { required: true }),
  image: field(strings, "Dotted paths of image fields; `.*` is any."),
  labels: field(strings, "Dotted paths of label maps; `.*` is any."),
  podSpec: field(strings, "Dotted paths of pod specs."),
});

export const resourceSelector = group("ResourceSelectorConfig", {
  allow: field(list(filter), "Objects to change."),
  deny: field(list(filter), "Objects to leave alone."),
});
