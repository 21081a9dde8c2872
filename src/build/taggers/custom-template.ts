/**
 * `customTemplate`: one tag made from the tags of other policies. Only the components that the template reads are
 * asked, so that a tag without the commit needs no repository. The template sees neither the environment nor functions
 * beyond the template language's own; the caller expands it, as for `envTemplate`.
 */
import { Failure } from "../../diag/failure.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { dateTimeTagger } from "./date-time.ts";
import { gitCommitTagger } from "./git-commit.ts";
import { inputDigestTagger } from "./input-digest.ts";
import { sha256Tagger } from "./sha256.ts";
import { checkTag, type Tagger } from "./tagger.ts";

export interface CustomTemplateOptions {
  /** Declared components; one with the name of a built-in component replaces it. */
  readonly components: ReadonlyMap<string, Tagger>;
  /** Names that the template reads. */
  readonly reads: readonly string[];
  /** Expands the template with these values and nothing else. */
  expand(values: Readonly<Record<string, string>>): string;
}

/** Components that need no declaration. */
function builtInComponents(): Map<string, Tagger> {
  return new Map<string, Tagger>([
    ["GIT", gitCommitTagger({ variant: "Tags", prefix: "", ignoreChanges: false })],
    ["DATE", dateTimeTagger({ format: "", timezone: "" })],
    ["SHA", sha256Tagger()],
    ["INPUT_DIGEST", inputDigestTagger()],
  ]);
}

/** @throws Failure for a template that reads a name which is no component */
export function customTemplateTagger({ components, reads, expand }: CustomTemplateOptions): Tagger {
  const known = new Map([...builtInComponents(), ...components]);
  const used = [...new Set(reads)].map((name) => {
    const tagger = known.get(name);
    if (tagger === undefined) throw unknownComponent(name, [...known.keys()]);
    return [name, tagger] as const;
  });
  return {
    name: "customTemplate",
    fromKey: used.some(([, tagger]) => tagger.fromKey),
    async tag(request, signal) {
      const tags = await Promise.all(used.map(([, tagger]) => tagger.tag(request, signal)));
      const values = Object.fromEntries(used.map(([name], i) => [name, tags[i]?.tag ?? ""]));
      const notices = tags.flatMap(({ notice }) => notice ?? []);
      const tag = checkTag(expand(values), "customTemplate");
      return notices.length === 0 ? { tag } : { tag, notice: notices.join("; ") };
    },
  };
}

function unknownComponent(name: string, known: readonly string[]): Failure {
  const near = closest(name, known);
  return new Failure({
    severity: "error",
    message: `the customTemplate reads ${name}, which is no component`,
    suggestion: near ? `did you mean ${near}?` : `declare it under components, or use one of ${known.join(", ")}`,
  });
}
