/**
 * The text behind an address, for configurations and manifests that are named by one: over HTTP alone, within a limit of
 * time and size, from servers that other programs of the machine trust.
 */
import { Failure } from "../diag/failure.ts";
import { boundedText } from "./bytes/bounded-body.ts";
import { fileErrorWords } from "./file-error.ts";
import { TooLong } from "./text/too-long.ts";
import { isCertificateRefusal, machineAuthorities, refusalOfCertificate } from "./tls-trust.ts";
import { pastProxy } from "./url-host.ts";

/** The longest configs of the largest projects have some hundred kilobytes. */
const mostBytes = 16 << 20;
/** For the whole answer. */
const answerMs = 30_000;

/** @throws Failure; the signal's reason */
export async function fetchText(address: string, signal: AbortSignal, limitMs = answerMs): Promise<string> {
  if (!/^https?:/i.test(address)) throw new Failure(`cannot fetch ${address}: only http and https addresses are read`);
  const limit = AbortSignal.timeout(limitMs);
  const during = AbortSignal.any([signal, limit]);
  const tls = address.startsWith("https:") ? { tls: { ca: [...machineAuthorities()] } } : {};
  try {
    const response = await fetch(address, { signal: during, ...pastProxy(address), ...tls });
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
