/**
 * What a build command is told, by the reference tool's names. They win over variables of the same name in the user's own
 * environment: a stray `IMAGE` there would make the command build something else.
 */
import { parseReference } from "../../image/reference.ts";
import type { Required } from "../builder.ts";

export interface CommandFacts {
  /** What the image has to be called, with tag. */
  readonly reference: string;
  /** Whether the command has to push it. */
  readonly push: boolean;
  /** Absolute. */
  readonly context: string;
  /** `os/arch`, several joined by commas. */
  readonly platforms: string;
  readonly required: Required;
}

/** `IMAGE_REPO` is the whole name, as the reference tool has it for this builder alone. */
export function commandEnvironment({ reference, push, context, platforms, required }: CommandFacts) {
  const { written, tag } = parseReference(reference);
  return {
    ...required,
    IMAGE: reference,
    PUSH_IMAGE: String(push),
    BUILD_CONTEXT: context,
    PLATFORMS: platforms,
    SKIP_TEST: "false",
    IMAGE_REPO: written,
    IMAGE_TAG: tag ?? "",
  };
}
