/**
 * Uploads one blob to a registry, as Docker's own client does: an upload is begun, its bytes follow in one request, and
 * the digest ends it. The registry checks the digest. An upload without progress ends, however long the whole may take.
 * Bytes are sent once: how much a registry has of a broken upload is unknown, so another upload begins from the start.
 */
import { Failure } from "../../diag/failure.ts";
import { streamOf } from "../../std/bytes/stream-of.ts";
import type { Reference } from "../reference.ts";
import type { PushedBlob } from "./registry.ts";
import { type RegistryRequests, refusal, refusedBy } from "./registry-requests.ts";

/** Time without progress, or without an answer once all bytes are sent. */
const stalledMs = 60_000;

/** @throws Failure where the registry refuses or stops taking bytes; the signal's reason */
export async function uploadBlob(
  { send, once }: RegistryRequests,
  reference: Reference,
  blob: PushedBlob,
  signal: AbortSignal,
): Promise<void> {
  const start = `/v2/${reference.repository}/blobs/uploads/`;
  const began = await accepted(send(reference, start, { method: "POST" }, signal), reference);
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stalledMs);
  const octets = { "Content-Type": "application/octet-stream" };
  try {
    const during = AbortSignal.any([signal, stalled.signal]);
    const patch = () => ({
      method: "PATCH",
      headers: octets,
      body: streamOf(blob.chunks(), () => void timer.refresh()),
    });
    const sent = await accepted(once(reference, locationIn(began, reference), patch, during), reference);
    const end = new URL(locationIn(sent, reference), "http://registry");
    end.searchParams.set("digest", blob.digest);
    timer.refresh();
    await accepted(
      send(reference, `${end.pathname}${end.search}`, { method: "PUT", headers: octets }, during),
      reference,
    );
  } catch (thrown) {
    signal.throwIfAborted();
    if (!stalled.signal.aborted) throw thrown;
    const message = `the registry ${reference.registry} took nothing of an upload for ${stalledMs / 1000} s`;
    throw new Failure({ severity: "error", message, passing: true });
  } finally {
    clearTimeout(timer);
  }
}

async function accepted(answer: Promise<Response>, reference: Reference): Promise<Response> {
  const response = await answer;
  if (!response.ok) throw refusedBy(reference, response.status, await refusal(response));
  await response.body?.cancel();
  return response;
}

/** Path and query where an upload continues. The host is ignored, because it is the same registry under any name. */
function locationIn({ headers }: Response, { registry }: Reference): string {
  const location = headers.get("location") ?? "";
  const url = URL.canParse(location, "http://registry") ? new URL(location, "http://registry") : undefined;
  if (location === "" || url === undefined)
    throw new Failure(`the registry ${registry} does not say where an upload goes on`);
  return `${url.pathname}${url.search}`;
}
