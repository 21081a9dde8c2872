/**
 * The text of the root config, for commands that work on the file itself: from a path, an address, or standard input.
 */

import { readFile } from "node:fs/promises";
import { rootConfig, shownPath } from "../config/load/find.ts";
import { Failure } from "../diag/failure.ts";
import { boundedText } from "../std/bytes/bounded-body.ts";
import { fileErrorWords } from "../std/file-error.ts";
import { TooLong } from "../std/text/too-long.ts";
import { isCertificateRefusal, machineAuthorities, refusalOfCertificate } from "../std/tls-trust.ts";
import type { Invocation } from "./command.ts";

export interface ConfigText {
  /** Absolute path, address, or `-`. */
  readonly file: string;
  /** The name in messages. */
  readonly shown: string;
  readonly text: string;
}

/** @throws Failure where it cannot be read */
export async function configText({ flags, cwd, signal }: Invocation): Promise<ConfigText> {
  const file = rootConfig(cwd, flags.text("filename"));
  const shown = shownPath(file, cwd);
  if (file === "-") return { file, shown, text: await Bun.stdin.text() };
  if (file.includes("://")) return { file, shown, text: await fetchConfig(file, signal) };
  try {
    return { file, shown, text: await readFile(file, "utf8") };
  } catch (cause) {
    throw new Failure(`cannot read ${shown}: ${fileErrorWords(cause)}`);
  }
}

/** The longest configs of the largest projects have some hundred kilobytes. */
const mostBytes = 16 << 20;
/** For the whole answer. */
const answerMs = 30_000;

/** @throws Failure; the signal's reason */
export async function fetchConfig(address: string, signal: AbortSignal, limitMs = answerMs): Promise<string> {
  const limit = AbortSignal.timeout(limitMs);
  const during = AbortSignal.any([signal, limit]);
  const tls = address.startsWith("https:") ? { tls: { ca: [...machineAuthorities()] } } : {};
  try {
    const response = await fetch(address, { signal: during, ...tls });
    if (response.ok) return await boundedText(response, mostBytes, "its text", during);
    throw new Failure(`cannot fetch ${address}: the server answered ${response.status}`);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof Failure) throw cause;
    const why = limit.aborted ? `the server did not answer within ${limitMs / 1000} s` : wordsOf(cause);
    throw new Failure(`cannot fetch ${address}: ${why}`);
  }
}

function wordsOf(cause: unknown): string {
  if (isCertificateRefusal(cause)) return `the server is not trusted: ${refusalOfCertificate(cause)}`;
  return cause instanceof TooLong ? cause.message : fileErrorWords(cause);
}
