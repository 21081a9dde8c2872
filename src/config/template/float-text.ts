/**
 * Floats formatted as Go does: `e`, `f` and `g` with a precision, or with the fewest digits that read back as the same
 * value. Exact for every value and precision: a tie is rounded to the even digit, unlike in the runtime's own
 * functions.
 */

/** From this exponent on, a float with the fewest digits is written with an exponent. */
const shortestMost = 6;

/**
 * The result of Go's `strconv` for a format; precision -1 asks for the fewest digits. Infinities have a sign, as in Go.
 */
export function formatFloat(value: number, format: "e" | "f" | "g", precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (format === "f") return sign + (precision < 0 ? plain(shortest(size)) : fixed(size, precision));
  if (format === "e") {
    const digits = precision < 0 ? shortest(size) : rounded(size, precision + 1);
    return sign + scientific(digits);
  }
  const digits = precision < 0 ? shortest(size) : trimmed(rounded(size, Math.max(1, precision)));
  const most = precision < 0 ? shortestMost : Math.max(1, precision);
  return sign + (digits.exponent < -4 || digits.exponent >= most ? scientific(digits) : plain(digits));
}

/** The decimal digits of a value d.ddd x 10^exponent. */
interface Digits {
  readonly digits: string;
  readonly exponent: number;
}

function shortest(size: number): Digits {
  const [mantissa = "0", exponent = "0"] = size.toExponential().split("e");
  return { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}

function rounded(size: number, count: number): Digits {
  if (size === 0) return { digits: "0".repeat(count), exponent: 0 };
  const { exponent } = shortest(size);
  const digits = String(scaled(size, count - 1 - exponent));
  // Rounding can add a digit: 9.99 becomes 10.
  return digits.length > count ? { digits: digits.slice(0, count), exponent: exponent + 1 } : { digits, exponent };
}

function trimmed({ digits, exponent }: Digits): Digits {
  return { digits: digits.replace(/0+$/, "") || "0", exponent };
}

function fixed(size: number, places: number): string {
  const digits = String(scaled(size, places)).padStart(places + 1, "0");
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

function scientific({ digits, exponent }: Digits): string {
  const fraction = digits.slice(1);
  const power = `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return `${digits.charAt(0)}${fraction === "" ? "" : `.${fraction}`}e${power}`;
}

function plain({ digits, exponent }: Digits): string {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** The integer nearest to the exact value times a power of ten; a tie is rounded to the even integer. */
function scaled(size: number, power: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, size);
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const mantissa = (raw & 0xfffffffffffffn) | (biased === 0 ? 0n : 0x10000000000000n);
  const two = Math.max(biased, 1) - 1075;
  const above = mantissa * 2n ** BigInt(Math.max(two, 0)) * 10n ** BigInt(Math.max(power, 0));
  const below = 2n ** BigInt(Math.max(-two, 0)) * 10n ** BigInt(Math.max(-power, 0));
  const quotient = above / below;
  const twice = (above % below) * 2n;
  return twice > below || (twice === below && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
