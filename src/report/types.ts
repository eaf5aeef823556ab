// The plain data that pages are made from.

import type { ChartSpec } from '../chart/index.ts';
import type { Pixels } from '../worlds/plane.ts';

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
  /** Cells are code, which readers may copy. */
  readonly code?: boolean | undefined;
  /** Digits after the point of numbers; default 3 (whole numbers have none). */
  readonly digits?: number | undefined;
};

/** A chart, or a picture such as markup from `frameSheet`, which goes into the page as it is. */
export type Figure = {
  readonly kind: 'figure';
  readonly caption?: string | undefined;
  /** Takes a row of its own; otherwise figures that follow each other stand side by side. */
  readonly wide?: boolean | undefined;
} & ({ readonly chart: ChartSpec } | { readonly svg: string });

/** A part of a section. Everything but `svg` and `html` is plain text, and escaped. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'banner';
      readonly tone: 'good' | 'bad' | 'note';
      readonly heading: string;
      readonly items?: readonly string[] | undefined;
    }
  | Figure
  | {
      /** Small charts of one kind, side by side, as many in a row as the page is wide. */
      readonly kind: 'multiples';
      readonly charts: readonly ChartSpec[];
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
  | {
      readonly kind: 'sample';
      readonly prompt: string;
      readonly text: string;
      /** The arm or run whose model wrote it, where that is not said elsewhere. */
      readonly source?: string | undefined;
    }
  | { readonly kind: 'details'; readonly summary: string; readonly text: string }
  /** Markup of a report's own, in which all text from outside is escaped. */
  | { readonly kind: 'markup'; readonly html: string };

export type Section = {
  readonly heading: string;
  /** One paragraph that says what there is to see. */
  readonly text?: string | undefined;
  readonly blocks: readonly Block[];
};

/** A word that not every reader knows, and what it means here. */
export type Term = { readonly term: string; readonly definition: string };

export type ReportPage = {
  readonly title: string;
  /** The name of the folder that the page is made from, without those above it. */
  readonly folder?: string | undefined;
  /** When what the page shows was begun, ISO 8601. */
  readonly date?: string | undefined;
  /** The headline: one sentence with the result. */
  readonly subtitle: string;
  /** Key figures, `[label, value]`. */
  readonly facts: readonly (readonly [string, string])[];
  /** What an unfinished run lacks, a sentence each; empty where nothing is missing. */
  readonly missing?: readonly string[] | undefined;
  /** Words of this page with their meaning. */
  readonly terms?: readonly Term[] | undefined;
  readonly sections: readonly Section[];
  readonly footer: string;
  /** Rules after those of every page. */
  readonly style?: string | undefined;
  /** What makes the page handier; it must be whole without. */
  readonly script?: string | undefined;
};
