/**
 * The `Status` object that an API server sends instead of the requested one, read tolerantly: a field of an unexpected
 * type counts as absent.
 */
import { isJsonRecord, type Json } from "../../std/data/json.ts";

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface KubeStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly StatusCause[];
  };
}

/** `status` is `Success` or `Failure`. Undefined where the value is no object. */
export function readStatus(value: unknown): (KubeStatus & { readonly status?: string }) | undefined {
  const raw = value as Json | undefined;
  if (!isJsonRecord(raw)) return undefined;
  const { details } = raw;
  return {
    ...texts(raw, ["status", "reason", "message"]),
    ...numbers(raw, ["code"]),
    ...(isJsonRecord(details)
      ? {
          details: {
            ...texts(details, ["name", "kind", "uid"]),
            ...numbers(details, ["retryAfterSeconds"]),
            ...(Array.isArray(details.causes)
              ? {
                  causes: details.causes
                    .filter(isJsonRecord)
                    .map((cause) => texts(cause, ["reason", "message", "field"])),
                }
              : {}),
          },
        }
      : {}),
  };
}

/** As `readStatus`, from a text. */
export function parseStatus(text: string): ReturnType<typeof readStatus> {
  try {
    return readStatus(JSON.parse(text));
  } catch {
    return undefined;
  }
}

type Raw = { readonly [field: string]: Json };

function texts(raw: Raw, fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(fields.flatMap((field) => (typeof raw[field] === "string" ? [[field, raw[field]]] : [])));
}

function numbers(raw: Raw, fields: readonly string[]): Record<string, number> {
  return Object.fromEntries(fields.flatMap((field) => (typeof raw[field] === "number" ? [[field, raw[field]]] : [])));
}
