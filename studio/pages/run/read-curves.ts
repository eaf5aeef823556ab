// Curves out of the rows of a run's metrics.

export type MetricsRow = Readonly<Record<string, unknown>>;

/** What a curve is drawn over. */
export type XAxis = 'steps' | 'tokens' | 'seconds' | 'depth';

export const X_LABELS: Readonly<Record<XAxis, string>> = {
  steps: 'optimizer steps',
  tokens: 'tokens',
  seconds: 'seconds',
  depth: 'depth: operations one behind the other',
};

export type Curve = {
  readonly name: string;
  /** Rising. */
  readonly x: readonly number[];
  /** As long as `x`; null where a value is missing. */
  readonly y: readonly (number | null)[];
};

/** What can be drawn: a name of a row's numbers, and what they are. */
const DRAWN: readonly { readonly key: string; readonly label: string; readonly unit: string }[] = [
  { key: 'heldOutLoss', label: 'Held-out loss', unit: 'nats per target' },
  { key: 'loss', label: 'Training loss', unit: 'nats per target' },
  { key: 'gradientNorm', label: 'Gradient norm', unit: 'before clipping' },
  { key: 'learningRate', label: 'Learning rate', unit: '' },
  { key: 'tokensPerSecond', label: 'Speed', unit: 'tokens per second' },
];

export type Panel = {
  readonly label: string;
  readonly unit: string;
  readonly curves: readonly Curve[];
};

/**
 * A panel for each number that the rows have, with a curve for each stage.
 *
 * @param hidden stages that are left out
 */
export function readPanels(
  rows: readonly MetricsRow[],
  axis: XAxis,
  hidden: readonly string[] = [],
): Panel[] {
  const positions = placeRows(rows, axis);
  const all = [...new Set(rows.map(({ stage }) => String(stage)))];
  const stages = all.filter((stage) => !hidden.includes(stage));
  return DRAWN.flatMap(({ key, label, unit }) => {
    const curves = stages.flatMap((stage): Curve[] => {
      const x: number[] = [];
      const y: (number | null)[] = [];
      rows.forEach((row, i) => {
        const position = positions[i];
        if (String(row.stage) !== stage || !(key in row) || position === null) return;
        x.push(position!);
        y.push(numberOf(row[key]));
      });
      return x.length > 0 ? [{ name: stage, x, y }] : [];
    });
    return curves.length > 0 ? [{ label, unit, curves }] : [];
  });
}

/** Where each row lies, stages one behind the other; null where the row does not say. */
function placeRows(rows: readonly MetricsRow[], axis: XAxis): (number | null)[] {
  if (axis === 'seconds') {
    // Rows of evaluations have no time of their own: they come after the step before them.
    let seconds = 0;
    return rows.map((row) => {
      seconds = numberOf(row.elapsedSeconds) ?? seconds;
      return seconds;
    });
  }
  const key = axis === 'tokens' ? 'tokens' : 'step';
  let [stage, before, last] = ['', 0, 0];
  // A stage says once how deep its steps are.
  let depth: number | null = null;
  return rows.map((row) => {
    if (String(row.stage) !== stage) {
      stage = String(row.stage);
      before += last;
      last = 0;
      depth = null;
    }
    depth ??= numberOf(row.depth);
    const factor = axis === 'depth' ? depth : 1;
    const count = numberOf(row[key]);
    if (count === null || factor === null) return null;
    const value = count * factor;
    last = value;
    return before + value;
  });
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The mean over `window` values around each; missing values stay missing. */
export function smoothCurve({ name, x, y }: Curve, window: number): Curve {
  if (window <= 1) return { name, x, y };
  const half = Math.floor(window / 2);
  const sums = new Float64Array(y.length + 1);
  const counts = new Float64Array(y.length + 1);
  y.forEach((value, i) => {
    sums[i + 1] = sums[i]! + (value ?? 0);
    counts[i + 1] = counts[i]! + (value === null ? 0 : 1);
  });
  const smoothed = y.map((value, i) => {
    if (value === null) return null;
    const [from, to] = [Math.max(0, i - half), Math.min(y.length, i + half + 1)];
    return (sums[to]! - sums[from]!) / (counts[to]! - counts[from]!);
  });
  return { name, x, y: smoothed };
}
