/** Seconds, bytes and counts as text. Every view uses these functions. */

/** `0.31 s`, `4.2 s`, `1 min 12 s`. */
export function seconds(value: number): string {
  if (value < 0.001) return "0.001 s";
  if (value < 10) return `${Number(value.toPrecision(2))} s`;
  if (value < 60) return `${value.toFixed(1)} s`;
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

/** `512 B`, `1.2 MB`; powers of ten, as registries and disks count. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let size = value;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toPrecision(3)} ${units[unit]}`;
}

/** `1 file`, `3 files`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
