/**
 * `gitCommit`: a tag that names the commit. Git is asked in the artifact's context, so a context in a submodule gets
 * the submodule's commit. A context with uncommitted changes gets the suffix `-dirty` unless that is switched off.
 */
import { Failure } from "../../diag/failure.ts";
import { currentBranch, describeTags, headCommit, headTree, isDirty } from "../../tool/git/git.ts";
import { checkTag, sanitizeTag, type Tagger } from "./tagger.ts";

export const gitVariants = ["Tags", "CommitSha", "AbbrevCommitSha", "TreeSha", "AbbrevTreeSha", "Branches"] as const;
export type GitVariant = (typeof gitVariants)[number];

export interface GitTagOptions {
  readonly variant: GitVariant;
  readonly prefix: string;
  readonly ignoreChanges: boolean;
}

/** The variant for a configured name, in any case; undefined for an unknown one. Empty means `Tags`. */
export function gitVariant(name: string): GitVariant | undefined {
  return name === "" ? "Tags" : gitVariants.find((variant) => variant.toLowerCase() === name.toLowerCase());
}

export function gitCommitTagger({ variant, prefix, ignoreChanges }: GitTagOptions): Tagger {
  return {
    name: "gitCommit",
    fromKey: false,
    async tag({ context }, signal) {
      const [ref, dirty] = await Promise.all([
        refOf(variant, context, signal),
        ignoreChanges ? false : isDirty(context, signal),
      ]);
      if (ref === "")
        throw new Failure({
          severity: "error",
          message: `git names nothing for ${context}: the variant ${variant} needs at least one commit`,
        });
      const clean = sanitizeTag(ref);
      const tag = checkTag(`${prefix}${clean}${dirty ? "-dirty" : ""}`, "gitCommit");
      return clean === ref ? { tag } : { tag, notice: `${JSON.stringify(ref)} is no valid tag and became ${clean}` };
    },
  };
}

function refOf(variant: GitVariant, context: string, signal: AbortSignal): Promise<string> {
  switch (variant) {
    case "Tags":
      return describeTags(context, signal);
    case "CommitSha":
      return headCommit(context, false, signal);
    case "AbbrevCommitSha":
      return headCommit(context, true, signal);
    case "TreeSha":
      return headTree(context, false, signal);
    case "AbbrevTreeSha":
      return headTree(context, true, signal);
    case "Branches":
      return branchOrCommit(context, signal);
  }
}

/** The branch, or the abbreviated commit where the head is detached. */
async function branchOrCommit(context: string, signal: AbortSignal): Promise<string> {
  return (await currentBranch(context, signal)) || headCommit(context, true, signal);
}
