/**
 * Files that buildpacks of a development mode allow to change in a running container. These buildpacks leave rules
 * (globs and folders) in the image's metadata, and start the program under a watcher that restarts it.
 */
import { posix } from "node:path";
import { type Placer, unplaced } from "../placement.ts";
import { syncGlob } from "../sync-glob.ts";

/** The variable that asks buildpacks for the mode; buildpacks without the mode ignore it. */
export const devModeVariable = "GOOGLE_DEVMODE";

const metadataLabel = "io.buildpacks.build.metadata";
const rulesKey = "devmode.sync";

interface DevModeRule {
  readonly src: string;
  readonly dest: string;
}

/** @param labels of the last built image; read at every path, because a rebuild may change them */
export function devModePlacer(labels: () => Readonly<Record<string, string>> | undefined): Placer {
  let read: { readonly text: string | undefined; readonly rules: ReturnType<typeof compiled> } | undefined;
  return (path, kind) => {
    const all = labels();
    if (all === undefined) return unplaced("which files its buildpacks sync is not known before it was built");
    const text = all[metadataLabel];
    if (read?.text !== text || read === undefined) read = { text, rules: compiled(rulesIn(text)) };
    const { rules } = read;
    if (rules.length === 0) return unplaced("its buildpacks sync no files");
    const matching = rules.filter(({ matches }) => matches(path));
    if (matching.length === 0) return unplaced("no rule of its buildpacks matches");
    if (kind === "symlink") return unplaced("its buildpacks may have replaced the link");
    const destinations = new Set(matching.map(({ dest }) => posix.join("/", dest, path)));
    const rule = `sync.auto ${matching.map(({ src }) => JSON.stringify(src)).join(", ")}`;
    return { kind: "placed", rule, destinations: [...destinations] };
  };
}

function compiled(rules: readonly DevModeRule[]) {
  return rules.map(({ src, dest }) => ({ src, dest, matches: syncGlob(src) }));
}

/** Metadata of another form has no rules, because an image's label may hold any text. */
function rulesIn(text: string | undefined): readonly DevModeRule[] {
  let metadata: unknown;
  try {
    metadata = JSON.parse(text ?? "{}");
  } catch {
    return [];
  }
  return listIn(metadata, "bom").flatMap((entry) =>
    listIn(fieldOf(entry, "metadata"), rulesKey).flatMap((rule) => {
      const [src, dest] = [fieldOf(rule, "src"), fieldOf(rule, "dest")];
      return typeof src === "string" && typeof dest === "string" && dest.startsWith("/") ? [{ src, dest }] : [];
    }),
  );
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}
