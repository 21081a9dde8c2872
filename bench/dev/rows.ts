/** A table of figures, each beside the floor of the same run. */
import { type Figure, figure } from "../measure.ts";

/** Milliseconds of one thing, and of the same by hand, taken in turn. */
export interface Row {
  readonly name: string;
  readonly ours: readonly number[];
  readonly floorName: string;
  readonly floor: readonly number[];
}

export function printRows(rows: readonly Row[]): void {
  const shown = rows.map(({ name, ours, floorName, floor }) => {
    const [mine, hand] = [figure(name, ours), figure(floorName, floor)];
    return [name, spread(mine), spread(hand), `${(mine.median / hand.median).toFixed(2)}x`, floorName];
  });
  const table = [["", "devloop", "floor", "ratio", "floor: by hand"], ...shown];
  const widths = table[0]?.map((_, i) => Math.max(...table.map((cells) => cells[i]?.length ?? 0))) ?? [];
  for (const cells of table)
    console.log(
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

function spread({ median, min, max }: Figure): string {
  const digits = median < 100 ? 1 : 0;
  return `${median.toFixed(digits)} ms (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}
