// Charts and pictures with what is said of them.

import type { ChartSize } from '../../chart/chart-style.ts';
import type { ChartSpec } from '../../chart/spec.ts';
import type { Block } from '../types.ts';
import { Scroller } from './scroller.tsx';

type FigureBlock = Extract<Block, { kind: 'figure' }>;
type MultiplesBlock = Extract<Block, { kind: 'multiples' }>;

/** A chart as markup, all text in it escaped. */
export type DrawChart = (chart: ChartSpec, size: ChartSize) => string;

export function Figure({
  block,
  name,
  isWide,
  drawChart,
}: {
  readonly block: FigureBlock;
  /** What screen readers call it where it scrolls. */
  readonly name: string;
  /** Whether it takes a row of its own. */
  readonly isWide: boolean;
  readonly drawChart: DrawChart;
}) {
  return (
    <figure class={isWide ? 'wide' : undefined}>
      {'chart' in block ? (
        <Drawing markup={drawChart(block.chart, isWide ? 'full' : 'half')} />
      ) : (
        <Scroller kind="figure-body" name={name}>
          <Drawing markup={block.svg} />
        </Scroller>
      )}
      <Caption text={block.caption} />
    </figure>
  );
}

/** Panels per row, at most. */
const MOST_PANELS = 4;
const PANEL_SIZES: readonly ChartSize[] = ['full', 'half', 'panel', 'panel'];

/** The number of panels in the row of each: rows differ by one panel at most, and have no empty places. */
function countNeighbors(panels: number): number[] {
  const rows = Math.ceil(panels / MOST_PANELS);
  return Array.from({ length: rows }, (_, row) => {
    const count = Math.floor(panels / rows) + (row < panels % rows ? 1 : 0);
    return new Array<number>(count).fill(count);
  }).flat();
}

/** Small charts of one kind, side by side. */
export function Multiples({
  block: { charts, notes, caption },
  drawChart,
}: {
  readonly block: MultiplesBlock;
  readonly drawChart: DrawChart;
}) {
  const neighbors = countNeighbors(charts.length);
  return (
    <figure class="multiples">
      <div class="panels">
        {charts.map((chart, i) => (
          <div key={i} class={`in-${neighbors[i]}`}>
            <Drawing markup={drawChart(chart, PANEL_SIZES[neighbors[i]! - 1]!)} />
            {notes?.[i] && <p class="note">{notes[i]}</p>}
          </div>
        ))}
      </div>
      <Caption text={caption} />
    </figure>
  );
}

function Drawing({ markup }: { readonly markup: string }) {
  return <div class="drawing" dangerouslySetInnerHTML={{ __html: markup }} />;
}

function Caption({ text }: { readonly text: string | undefined }) {
  return text === undefined ? null : <figcaption>{text}</figcaption>;
}
