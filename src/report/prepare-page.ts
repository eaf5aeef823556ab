// What a page needs before it is drawn, on paper or in the studio.

import { type ChartSpec, shareColors } from '../chart/index.ts';
import { keepUnitsOfPage } from './keep-units.ts';
import { listTerms } from './list-terms.ts';
import type { Block, ReportPage, Section } from './types.ts';

/** The page with numbers beside their units, one color per name in all of its charts, and its terms explained. */
export function preparePage(given: ReportPage): ReportPage {
  const page = keepUnitsOfPage(given);
  return { terms: listTerms(page), ...page, sections: agreeOnColors(page.sections) };
}

export function chartsOf(block: Block): readonly ChartSpec[] {
  if (block.kind === 'multiples') return block.charts;
  return block.kind === 'figure' && 'chart' in block ? [block.chart] : [];
}

/** A name has one color in all charts of the page. */
function agreeOnColors(sections: readonly Section[]): Section[] {
  const charts = shareColors(sections.flatMap(({ blocks }) => blocks.flatMap(chartsOf)));
  let next = 0;
  const takeCharts = (block: Block): Block => {
    const own = charts.slice(next, next + chartsOf(block).length);
    next += own.length;
    if (block.kind === 'multiples') return { ...block, charts: own };
    return block.kind === 'figure' && 'chart' in block ? { ...block, chart: own[0]! } : block;
  };
  return sections.map((section) => ({ ...section, blocks: section.blocks.map(takeCharts) }));
}
