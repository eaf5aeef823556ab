// A part of a section, whatever its kind.

import type { Block } from '../types.ts';
import { Banner } from './banner.tsx';
import { DataTable } from './data-table.tsx';
import { type DrawChart, Figure, Multiples } from './figure.tsx';
import { Sample } from './sample.tsx';

export function BlockView({
  block,
  name,
  isWide,
  drawChart,
}: {
  readonly block: Block;
  /** What screen readers call it. */
  readonly name: string;
  /** Of a figure: whether it takes a row of its own. */
  readonly isWide: boolean;
  readonly drawChart: DrawChart;
}) {
  switch (block.kind) {
    case 'text':
      return <p>{block.text}</p>;
    case 'banner':
      return <Banner {...block} />;
    case 'figure':
      return <Figure block={block} name={name} isWide={isWide} drawChart={drawChart} />;
    case 'multiples':
      return <Multiples block={block} drawChart={drawChart} />;
    case 'table':
      return <DataTable {...block} name={name} />;
    case 'sample':
      return <Sample {...block} />;
    case 'details':
      return (
        <details>
          <summary>{block.summary}</summary>
          <pre>{block.text}</pre>
        </details>
      );
    case 'markup':
      return <div class="markup" dangerouslySetInnerHTML={{ __html: block.html }} />;
  }
}
