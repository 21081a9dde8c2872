/**
 * The grammar of image names in the configuration: a registry and a path, without tag and digest. Resolving a name is
 * left to `image/`.
 */

const component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const host =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::\d+)?$/;

/** What is wrong with a name, in one sentence; undefined for a valid name. */
export function imageNameFault(name: string): string | undefined {
  if (name.startsWith("ko://")) return undefined;
  if (name.includes("{{")) return "an image name is no template";
  if (name.includes("@")) return "an image name has no digest";
  const parts = name.split("/");
  const last = parts.at(-1) ?? "";
  if (last.includes(":")) return "an image name has no tag; the tag policy gives it";
  const first = parts[0] ?? "";
  const hasHost = parts.length > 1 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  if (hasHost && !host.test(first)) return `${JSON.stringify(first)} is no registry`;
  const path = hasHost ? parts.slice(1) : parts;
  if (path.some((part) => part !== part.toLowerCase())) return "an image name is lower-case";
  const wrong = path.find((part) => !component.test(part));
  if (wrong !== undefined)
    return wrong === "" ? "a part of the name is empty" : `${JSON.stringify(wrong)} is not possible in a name`;
  return path.join("/").length > 255 ? "the name is longer than 255 characters" : undefined;
}
