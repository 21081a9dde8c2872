/**
 * The environment of a build command, with the reference tool's names. These variables override those of the same name
 * in the user's own environment, because a stray `IMAGE` there would make the command build another image.
 */
import { parseReference } from "../../image/reference.ts";
import type { Required } from "../builder.ts";

export interface CommandFacts {
  /** The name of the image to build, with tag. */
  readonly reference: string;
  /** Whether the command must push it. */
  readonly push: boolean;
  /** Absolute. */
  readonly context: string;
  /** `os/arch`, several joined by commas. */
  readonly platforms: string;
  readonly required: Required;
}

/** `IMAGE_REPO` is the whole name, as in the reference tool for this builder only. */
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
