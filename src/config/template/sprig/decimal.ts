/**
 * Exact decimal arithmetic for sprig's `addf` and similar functions, where 0.1 + 0.2 is 0.3. Quotients have 16 places.
 */
import { FunctionError } from "../value.ts";

/** units x 10^-scale */
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

export type Operation = "add" | "sub" | "mul" | "div";
const places = 16;

/** Applies the operation from left to right, and rounds the exact result to the nearest float. */
export function decimalFold(values: readonly number[], operation: Operation): number {
  if (values.some((value) => !Number.isFinite(value))) throw new FunctionError("a decimal is neither infinite nor NaN");
  const [first, ...rest] = values.map(read);
  if (first === undefined) return 0;
  const { units, scale } = rest.reduce((all, next) => apply(all, next, operation), first);
  return Number(`${units}e${-scale}`);
}

function read(value: number): Decimal {
  const [mantissa = "0", power = "0"] = value.toExponential().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const scale = fraction.length - Number(power);
  const units = BigInt(whole + fraction);
  return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale };
}

function apply(a: Decimal, b: Decimal, operation: Operation): Decimal {
  if (operation === "mul") return { units: a.units * b.units, scale: a.scale + b.scale };
  if (operation === "div") return divide(a, b);
  const scale = Math.max(a.scale, b.scale);
  const at = ({ units, scale: own }: Decimal) => units * 10n ** BigInt(scale - own);
  return { units: operation === "add" ? at(a) + at(b) : at(a) - at(b), scale };
}

/** A tie is rounded away from zero. */
function divide(a: Decimal, b: Decimal): Decimal {
  if (b.units === 0n) throw new FunctionError("decimal division by 0");
  const above = a.units * 10n ** BigInt(b.scale + places);
  const below = b.units * 10n ** BigInt(a.scale);
  const negative = above < 0n !== below < 0n;
  const [top, bottom] = [above < 0n ? -above : above, below < 0n ? -below : below];
  const size = top / bottom + ((top % bottom) * 2n >= bottom ? 1n : 0n);
  return { units: negative ? -size : size, scale: places };
}
