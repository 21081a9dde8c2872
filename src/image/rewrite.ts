/**
 * `--default-repo`: the name under which an image of skaffold.yaml is built and pushed.
 * Decides as the reference tool does, including its surprises (a plain text prefix counts as "already inside"), because
 * registries and clusters have images under these names. Names that are no image references are refused.
 */
import { parseReference } from "./reference.ts";

const longest = 255;
/** Registry host, a project id in the form of Google's registries, and a slash behind it. */
const projectPrefix =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?\/[a-z][a-z0-9-]{4,28}[a-z0-9]\/?/;

/**
 * The image's name under `defaultRepo`; tag and digest are kept. An empty `defaultRepo` changes nothing. `multiLevel`
 * says that the registry accepts nested paths although its name does not show it.
 * @throws Failure where `image` is no reference
 */
export function underDefaultRepo(defaultRepo: string, image: string, multiLevel = false): string {
  if (defaultRepo === "") return image;
  const { written, tag, digest } = parseReference(image.replace(/^ko:\/\//, ""));
  const name = rename(defaultRepo, written.toLowerCase(), multiLevel).slice(0, longest);
  return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function rename(defaultRepo: string, name: string, multiLevel: boolean): string {
  if (name.startsWith(defaultRepo)) return name;
  const repoPrefix = prefixOf(defaultRepo);
  const nests = multiLevel || repoPrefix.includes("gcr.io") || repoPrefix.includes("-docker.pkg.dev");
  if (!nests) return `${defaultRepo}/${name.replace(/[/._:@]/g, "_")}`;
  const namePrefix = prefixOf(name);
  const shared = namePrefix !== "" && namePrefix === repoPrefix;
  return `${defaultRepo}/${shared ? name.slice(namePrefix.length) : name}`;
}

function prefixOf(name: string): string {
  return projectPrefix.exec(name)?.[0] ?? "";
}
