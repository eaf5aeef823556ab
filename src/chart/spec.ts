// What a chart shows, as plain JSON: the same specification is drawn in Node and in a browser, and written as a table.

/** One point `[x, y]` of a curve; null or a non-finite number leaves a gap. */
export type Point = readonly [number, number | null];

/** A line of a chart. Series of one name share a color and a label (seeds of one arm). */
export type LineSeries = {
  readonly name: string;
  readonly points: readonly Point[];
  /** The name whose color it has; default: its own. Lines of one subject share it, and differ in their dash. */
  readonly colorOf?: string | undefined;
  readonly dash?: 'dashed' | 'dotted' | undefined;
  /** Thin and pale, for noisy curves behind the one that matters. */
  readonly faint?: boolean | undefined;
  /** Only a backdrop, such as the raw values behind their average: neither labeled nor read out. */
  readonly background?: boolean | undefined;
  /** `[x, low, high]` of an area around the line, such as an interval of its mean. */
  readonly band?: readonly (readonly [number, number, number])[] | undefined;
};

/** A horizontal line to compare with, labeled at its right end. */
export type Reference = { readonly label: string; readonly value: number | null };

/** What charts with two axes take. */
type ChartBase = {
  /** Drawn above the chart, and read out by screen readers. */
  readonly title?: string | undefined;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly references?: readonly Reference[] | undefined;
  /** Names in the order in which colors are given out, so that charts agree; default: as they come. See `shareColors`. */
  readonly colorOrder?: readonly string[] | undefined;
  /** Pixels, at least 120; default 320. */
  readonly height?: number | undefined;
};

export type LineChart = ChartBase & {
  readonly kind: 'line';
  readonly series: readonly LineSeries[];
  /** Logarithmic axes; points that are not positive are left out. */
  readonly logX?: boolean | undefined;
  readonly logY?: boolean | undefined;
  /** Range of y in place of the data's; what lies outside is cut off. */
  readonly yRange?: readonly [number, number] | undefined;
  /** Least and most that a value can be, null for no limit: neither the axis nor a band reaches beyond. */
  readonly yLimits?: readonly [number | null, number | null] | undefined;
  /** Whether x counts something: its ticks are whole numbers. Default: whether all x are whole numbers. */
  readonly wholeX?: boolean | undefined;
  /** Draws no names at the ends of lines, and no legend: where the title says it all. */
  readonly unlabelled?: boolean | undefined;
};

export type BarSeries = {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** The name whose color it has; default: its own. */
  readonly colorOf?: string | undefined;
};

export type BarChart = ChartBase & {
  readonly kind: 'bar';
  /** One label per group of bars. */
  readonly categories: readonly string[];
  /** Every series has one value per category; null leaves its place empty. */
  readonly series: readonly BarSeries[];
  /** Values are fractions, written as percentages. */
  readonly percent?: boolean | undefined;
};

/** One row of an interval chart. */
export type IntervalRow = {
  readonly label: string;
  /** Null where there is no estimate: the row says why in `note`. */
  readonly mean: number | null;
  readonly interval: readonly [number, number] | null;
  /** The interval adjusted for other comparisons, a thinner line. */
  readonly adjusted?: readonly [number, number] | null | undefined;
  /** Draws the point filled. */
  readonly strong?: boolean | undefined;
  readonly note?: string | undefined;
  /** Writes the note as a warning. */
  readonly alert?: boolean | undefined;
};

/** Estimates with their intervals, a row each, against zero. */
export type IntervalChart = {
  readonly kind: 'interval';
  readonly title?: string | undefined;
  readonly xLabel: string;
  readonly rows: readonly IntervalRow[];
  /** The better side of zero; default `lower`. */
  readonly better?: 'lower' | 'higher' | undefined;
  /** Digits after the point of the numbers; default 4. */
  readonly digits?: number | undefined;
};

/** A cell of a grid: a color that follows the scheme, how strong it is from 0 to 1, and what it says. */
export type GridCell = {
  readonly color: string;
  readonly strength: number;
  readonly text: string;
  readonly hint?: string | undefined;
};

/** A grid of colored cells: a heat map, or a matrix of outcomes. */
export type CellGrid = {
  readonly kind: 'cells';
  readonly title?: string | undefined;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  /** From top to bottom; null is an empty cell. */
  readonly rows: readonly (readonly (GridCell | null)[])[];
};

export type ChartSpec = LineChart | BarChart | IntervalChart | CellGrid;
