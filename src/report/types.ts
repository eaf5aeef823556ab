// The plain data that charts and pages are made from.

import type { Pixels } from '../worlds/plane.ts';

/** One point `[x, y]` of a curve; null or a non-finite number leaves a gap. */
export type Point = readonly [number, number | null];

/** A line of a chart. Series of one name share a colour and a label (seeds of one arm). */
export type LineSeries = {
  readonly name: string;
  readonly points: readonly Point[];
  readonly dashed?: boolean;
  /** Thin and pale, for noisy curves behind the one that matters. */
  readonly faint?: boolean;
  /** `[x, low, high]` of an area around the line, such as an interval of its mean. */
  readonly band?: readonly (readonly [number, number, number])[];
};

/** A horizontal line to compare with, labelled at its right end. */
export type Reference = { readonly label: string; readonly value: number | null };

/** What every chart takes. */
export type ChartBase = {
  /** Drawn above the chart, and read out by screen readers. */
  readonly title?: string | undefined;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly references?: readonly Reference[] | undefined;
  /** Names in the order in which colours are given out, so that charts agree; default: as they come. */
  readonly colorOrder?: readonly string[] | undefined;
  /** Pixels, at least 200; default 720. */
  readonly width?: number | undefined;
  /** Pixels, at least 120; default 320. */
  readonly height?: number | undefined;
};

export type LineChart = ChartBase & {
  readonly series: readonly LineSeries[];
  /** Logarithmic axes; points that are not positive are left out. */
  readonly logX?: boolean | undefined;
  readonly logY?: boolean | undefined;
  /** Range of y in place of the data's; what lies outside is cut off. */
  readonly yRange?: readonly [number, number] | undefined;
  /** Least and most that a value can be: neither the axis nor a band reaches beyond. */
  readonly yLimits?: readonly [number, number] | undefined;
  /** Whether x counts something: its ticks are whole numbers. */
  readonly wholeX?: boolean | undefined;
  /** Draws no names at the ends of lines, and no legend: where the title says it all. */
  readonly unlabelled?: boolean | undefined;
};

export type BarSeries = { readonly name: string; readonly values: readonly (number | null)[] };

export type BarChart = ChartBase & {
  /** One label a group of bars. */
  readonly categories: readonly string[];
  /** Every series has one value a category; null leaves its place empty. */
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

export type IntervalChart = {
  readonly title?: string | undefined;
  readonly xLabel: string;
  readonly rows: readonly IntervalRow[];
  /** The better side of zero; default `lower`. */
  readonly better?: 'lower' | 'higher' | undefined;
  /** Digits after the point of the numbers; default 4. */
  readonly digits?: number | undefined;
  /** Pixels, at least 200; default 720. */
  readonly width?: number | undefined;
};

/** A cell of a grid: a colour that follows the scheme, how strong it is from 0 to 1, and what it says. */
export type GridCell = {
  readonly color: string;
  readonly strength: number;
  readonly text: string;
  readonly hint?: string | undefined;
};

export type CellGrid = {
  readonly title?: string | undefined;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  readonly rows: readonly (readonly (GridCell | null)[])[];
  /** Pixels, at least 200; default 720. */
  readonly width?: number | undefined;
};

/** One row of a frame sheet; null is a frame that does not exist (the first is never predicted). */
export type FrameRow = {
  readonly label: string;
  readonly frames: readonly (Pixels | null)[];
  readonly note?: string | undefined;
};

export type FrameSheet = {
  readonly rows: readonly FrameRow[];
  /** One label a column; default: frame numbers from 0. */
  readonly columnLabels?: readonly string[] | undefined;
  readonly title?: string | undefined;
};

export type Cell = string | number | null;

export type Column = {
  readonly label: string;
  /** Right-aligned with tabular numerals; default: true when every cell is a number or null. */
  readonly numeric?: boolean | undefined;
  /** Cells stay on one line, such as names with dashes. */
  readonly unbroken?: boolean | undefined;
  /** Digits after the point of numbers; default 3 (whole numbers have none). */
  readonly digits?: number | undefined;
};

/** A part of a section. Everything but `svg` and `html` is plain text, and escaped. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'banner';
      readonly tone: 'good' | 'bad' | 'note';
      readonly heading: string;
      readonly items?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'figure';
      /** Markup from `lineChart`, `barChart` or `frameSheet`; it goes into the page as it is. */
      readonly svg: string;
      readonly caption?: string | undefined;
      /** Takes a row of its own; otherwise figures that follow each other stand side by side. */
      readonly wide?: boolean | undefined;
    }
  | {
      /** Small charts of one kind, side by side, as many in a row as the page is wide. */
      readonly kind: 'multiples';
      /** Markup from `lineChart`, as that of a figure. */
      readonly svgs: readonly string[];
      /** What each of them shows, below it. */
      readonly notes?: readonly string[] | undefined;
      readonly caption?: string | undefined;
    }
  | {
      readonly kind: 'table';
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Cell[])[];
      readonly caption?: string | undefined;
    }
  | { readonly kind: 'sample'; readonly prompt: string; readonly text: string }
  | { readonly kind: 'details'; readonly summary: string; readonly text: string }
  /** Markup of a report's own, in which all text from outside is escaped. */
  | { readonly kind: 'markup'; readonly html: string };

export type Section = {
  readonly heading: string;
  /** One paragraph that says what there is to see. */
  readonly text?: string | undefined;
  readonly blocks: readonly Block[];
};

export type ReportPage = {
  readonly title: string;
  /** The headline: one sentence with the result. */
  readonly subtitle: string;
  /** Key figures, `[label, value]`. */
  readonly facts: readonly (readonly [string, string])[];
  readonly sections: readonly Section[];
  readonly footer: string;
  /** Rules after those of every page. */
  readonly style?: string | undefined;
  /** What makes the page handier; it must be whole without. */
  readonly script?: string | undefined;
};
