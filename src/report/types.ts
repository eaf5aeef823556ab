// The plain data that charts, pages and the run report are made from.

import type { GateResult } from '../eval/index.ts';
import type { Pixels } from '../worlds/plane.ts';
import type { Learnable } from '../worlds/world.ts';

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

/** One arm under one seed. Arms of one name with different seeds are repetitions. */
export type ReportArm = {
  readonly name: string;
  readonly seed: number;
  /** Final held-out text loss, nats per token; null while there is none. */
  readonly textLoss: number | null;
  readonly bitsPerByte?: number | null | undefined;
  /** Held-out text loss by text tokens seen. */
  readonly curve: readonly Point[];
  /** Training loss by text tokens seen. */
  readonly trainCurve: readonly Point[];
};

/** What the gate found: what the source's model has learned, before any transfer is believed. */
export type ReportGate = GateResult;

export type ReportSource = {
  /** The arm that begins with it, where there are several. */
  readonly name?: string | undefined;
  /** Of a source that comes with the package: it was trained before, and judged in this run. */
  readonly shipped?:
    | {
        readonly description: string;
        readonly commit: string | null;
        readonly tokens: number;
        /** Of the weights. */
        readonly sha256: string;
      }
    | undefined;
  /** Whether its arm was not trained on text, because it has learned less than is required. */
  readonly refused?: boolean | undefined;
  readonly world: string;
  /** What a model can learn of the world; default `in-context`. */
  readonly learnable?: Learnable | undefined;
  /** Whether rules of held-out sequences were not in training; default true. */
  readonly freshRules?: boolean | undefined;
  /** Whether its sequences consist of frames; default true. */
  readonly framed?: boolean | undefined;
  /** Losses in nats per token by source tokens seen. */
  readonly trainCurve: readonly Point[];
  readonly curve: readonly Point[];
  readonly gate: ReportGate;
  readonly frames?: FrameSheet | undefined;
};

export type RunReportData = {
  readonly title: string;
  /** Wall time of the run. */
  readonly seconds: number | null;
  /** The resolved recipe, any JSON. */
  readonly recipe: unknown;
  /** Versions, commit, machine, dates: a line each. */
  readonly provenance: Readonly<Record<string, unknown>>;
  /** The command that repeats the run. */
  readonly command: string;
  readonly arms: readonly ReportArm[];
  /** What arms begin with, in their order. */
  readonly sources: readonly ReportSource[];
  readonly samples?: readonly { readonly prompt: string; readonly text: string }[] | undefined;
  /** What the number of seeds can and cannot show, in one honest sentence. */
  readonly sentence: string;
};
