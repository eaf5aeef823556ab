// Where labels go: side by side along one axis without overlap, and in rows of a legend.

/**
 * Positions for labels that each want to be at `wanted[i]`: at least `gap` apart, in the same order,
 * within `[low, high]` where there is room, and with the least squared displacement otherwise
 * (pool adjacent violators: a cluster that collides moves as one block).
 */
export function spreadLabels(
  wanted: readonly number[],
  gap: number,
  low: number,
  high: number,
): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  // Without the gaps the constraint is only that positions do not decrease.
  const blocks: { sum: number; count: number }[] = [];
  order.forEach((index, rank) => {
    let block = { sum: wanted[index]! - rank * gap, count: 1 };
    for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
      if (last.sum / last.count <= block.sum / block.count) break;
      block = { sum: last.sum + block.sum, count: last.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  });
  const ceiling = Math.max(low, high - (wanted.length - 1) * gap);
  const positions = new Array<number>(wanted.length);
  let rank = 0;
  for (const { sum, count } of blocks) {
    const base = Math.min(ceiling, Math.max(low, sum / count));
    for (let i = 0; i < count; i++, rank++) positions[order[rank]!] = base + rank * gap;
  }
  return positions;
}

/**
 * Baselines for labels that each want to be at `wanted[i]`, or higher where the label below is closer than `gap`; within
 * `[low, high]` where there is room, as `spreadLabels` has it.
 */
export function stackLabels(
  wanted: readonly number[],
  gap: number,
  low: number,
  high: number,
): number[] {
  const positions = new Array<number>(wanted.length);
  let below = Number.POSITIVE_INFINITY;
  for (const index of wanted.map((_, i) => i).sort((a, b) => wanted[b]! - wanted[a]! || b - a)) {
    below = Math.min(wanted[index]!, below - gap);
    positions[index] = below;
  }
  return below >= low ? positions : spreadLabels(wanted, gap, low, high);
}

/** Estimated width of text in a system font, in pixels; errs on the wide side. */
export function estimateTextWidth(text: string, fontSize: number): number {
  let units = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code > 0x2e80) units += 1;
    else if (/[MWmw@%]/.test(character)) units += 0.9;
    else if (/[iljtfr.,:;'|! ()[\]]/.test(character)) units += 0.36;
    else if (/[A-Z]/.test(character)) units += 0.69;
    else units += 0.59;
  }
  return Math.ceil(units * fontSize);
}

/** Left and row (from 0) of items of the given widths, filled row by row. */
export function flowRows(
  widths: readonly number[],
  available: number,
): { left: number; row: number }[] {
  let left = 0;
  let row = 0;
  return widths.map((width) => {
    if (left > 0 && left + width > available) {
      left = 0;
      row += 1;
    }
    const place = { left, row };
    left += width;
    return place;
  });
}
