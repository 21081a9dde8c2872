/** Base64 and base32 as Go encodes and decodes them: strict, line breaks skipped, and an error names the byte. */

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function encodeBase32(bytes: Uint8Array): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  const groups = bits.match(/.{1,5}/g) ?? [];
  const encoded = groups.map((group) => base32[Number.parseInt(group.padEnd(5, "0"), 2)]).join("");
  return encoded.padEnd(Math.ceil(encoded.length / 8) * 8, "=");
}

/** The bytes, or the position of the first invalid byte. */
export function decodeBase64(text: string): Buffer | number {
  return decode(text, base64, 6, 4, [2, 3]);
}

/** The bytes, or the position of the first invalid byte. */
export function decodeBase32(text: string): Buffer | number {
  // Go's positions in base32 do not count line breaks.
  return decode(text.replace(/[\r\n]/g, ""), base32, 5, 8, [2, 4, 5, 7]);
}

/** @param partial how many characters a last group may have before its padding */
function decode(
  text: string,
  alphabet: string,
  size: number,
  group: number,
  partial: readonly number[],
): Buffer | number {
  const bytes = Buffer.from(text);
  const out: number[] = [];
  let [bits, held, filled] = [0, 0, 0];
  for (let i = 0; i < bytes.length; i++) {
    const c = String.fromCharCode(bytes[i] ?? 0);
    if (c === "\r" || c === "\n") continue;
    if (c === "=") {
      const wrong = padding(bytes, i, group - filled, partial.includes(filled));
      return wrong ?? Buffer.from(out);
    }
    const value = alphabet.indexOf(c);
    if (value < 0) return i;
    held = (held << size) | value;
    bits += size;
    if (bits >= 8) {
      bits -= 8;
      out.push((held >> bits) & 0xff);
      held &= (1 << bits) - 1;
    }
    filled = (filled + 1) % group;
  }
  return filled === 0 ? Buffer.from(out) : bytes.length - filled;
}

/** @returns the position of the first error in the padding that begins at `at` */
function padding(bytes: Buffer, at: number, wanted: number, allowed: boolean): number | undefined {
  if (!allowed) return at;
  let seen = 0;
  let i = at;
  for (; i < bytes.length && seen < wanted; i++) {
    const c = String.fromCharCode(bytes[i] ?? 0);
    if (c === "=") seen++;
    else if (c !== "\r" && c !== "\n") return i - 1;
  }
  if (seen < wanted) return bytes.length;
  const rest = bytes.subarray(i).findIndex((byte) => byte !== 13 && byte !== 10);
  return rest < 0 ? undefined : i + rest;
}
