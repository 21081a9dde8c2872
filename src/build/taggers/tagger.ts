/**
 * The interface of taggers. One file per policy implements it; a tagger gives only the tag, and the caller appends it
 * to the image's name. A tagger that fails gives the reason; the caller decides on a fallback.
 */
import { Failure } from "../../diag/failure.ts";

export interface TagRequest {
  /** The artifact's image name as configured, possibly with a tag. */
  readonly image: string;
  /** Absolute; where the artifact's files are. */
  readonly context: string;
  /** Key of the build, 64 hex digits; absent when the tagger does not need it. */
  readonly buildKey?: string;
  /** Digest of the input files alone, 64 hex digits. */
  readonly inputDigest?: string;
}

export interface Tag {
  readonly tag: string;
  /** Additional tags that are moved to the same image. */
  readonly also?: readonly string[];
  /** One line for the user where the tag is not exactly the requested one. */
  readonly notice?: string;
}

export interface Tagger {
  /** The policy's name in the configuration: `gitCommit`. */
  readonly name: string;
  /**
   * True when the tag is made from the build's key: then `{{.IMAGE_TAG}}` must stay symbolic while keys are computed.
   */
  readonly fromKey: boolean;
  /** @throws Failure saying why there is no tag */
  tag(request: TagRequest, signal: AbortSignal): Promise<Tag>;
}

const longest = 128;

/** The text as a tag: forbidden characters become `_`, as does a leading `-` or `.`; cut at 128 characters. */
export function sanitizeTag(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]/gu, "_")
    .replace(/^[.-]+/, (lead) => "_".repeat(lead.length))
    .slice(0, longest);
}

/** @throws Failure for a text that no registry accepts as a tag */
export function checkTag(tag: string, tagger: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(tag)) return tag;
  throw new Failure({
    severity: "error",
    message: `the tagger ${tagger} gives ${JSON.stringify(tag)}, which is not a valid tag`,
    suggestion:
      "a tag has 1 to 128 letters, digits, dots, dashes and underscores, and does not begin with a dot or dash",
  });
}
