/**
 * Advice that shortens the loop, for every builder: files that should not count, files that could be synced. It is
 * derived from the artifact's own files; each hint says what to write instead.
 */
import type { Artifact } from "../config/project.ts";
import { manualHints } from "../dev/sync/manual.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";

/** Above this number of files, reading the inputs takes noticeable time. */
const many = 1000;
/** Folders that no build needs from the host. */
const strangers = [".git", "node_modules", ".venv", "__pycache__"];

/** Inputs that make reading slower and cause needless builds. */
export function inputHints(image: string, inputs: readonly string[]): Diagnostic[] {
  const found = strangers.filter((folder) => inputs.some((path) => path.split("/").includes(folder)));
  const hints: Diagnostic[] = found.map((folder) => ({
    severity: "hint",
    message: `files of ${folder} are inputs of ${image}`,
    suggestion: `add ${folder} to .dockerignore: a change in it rebuilds the image`,
  }));
  if (inputs.length > many)
    hints.push({
      severity: "hint",
      message: `${image} has ${inputs.length} input files`,
      suggestion: "name what the image does not need in .dockerignore, or copy fewer folders",
    });
  return hints;
}

/** Files that running programs usually read again after a change. */
const syncable = /\.(?:html?|css|js|mjs|jsx|tsx?|vue|py|rb|php|svg|json)$/;

export function syncHints({ image, sync, at }: Artifact, inputs: readonly string[], placed: number): Diagnostic[] {
  if (sync?.kind === "manual") return [...manualHints(sync.rules)];
  if (sync?.kind === "infer" && placed === 0)
    return [
      {
        severity: "hint",
        message: `no input of ${image} has a place in the container by sync.infer`,
        at: sync.at,
        suggestion: "write sync.manual rules, or COPY the files in the Dockerfile's last stage",
      },
    ];
  const example = sync === undefined ? inputs.find((path) => syncable.test(path)) : undefined;
  if (example === undefined) return [];
  return [
    {
      severity: "hint",
      message: `a save of ${example} rebuilds ${image}`,
      at,
      suggestion: `where the program reads it again, add sync: {infer: ["**/*${example.slice(example.lastIndexOf("."))}"]}`,
    },
  ];
}
