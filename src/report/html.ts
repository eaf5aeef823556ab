// The report page: one HTML file that loads nothing from anywhere.

import { createHash } from 'node:crypto';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { cleanText, escapeMarkup } from '../chart/format.ts';
import { type ChartSpec, chartMarkup, shareColors } from '../chart/index.ts';
import { Page } from './components/page.tsx';
import { keepUnitsOfPage } from './keep-units.ts';
import { listTerms } from './list-terms.ts';
import { readLiveScript } from './live-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { Block, ReportPage, Section } from './types.ts';

/** The browser is told to load and run nothing either, whatever a caller's text may contain. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * A page as HTML text, self-contained: style, charts and images are inside it, and no script but its own, by their
 * hashes. All text is escaped; only `svg` and `html` of blocks is markup and goes in as it is.
 */
export function renderReport(given: ReportPage): string {
  const page = keepUnitsOfPage(given);
  const { style = '', script = '' } = page;
  const sections = agreeOnColors(page.sections);
  const hasCharts = sections.some(({ blocks }) =>
    blocks.some((block) => chartsOf(block).length > 0),
  );
  const scripts = [script, hasCharts ? readLiveScript() : ''].filter((text) => text !== '');
  const hashes = scripts.map(
    (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  const policy = hashes.length === 0 ? POLICY : `${POLICY}; script-src ${hashes.join(' ')}`;
  const shown = { terms: listTerms(page), ...page, sections };
  const body = h(Page, { page: shown, drawChart: chartMarkup });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(page.title)}</title>
<style>${PAGE_STYLE}${style}</style>
</head>
<body>
${cleanText(renderToString(body))}
${scripts.map((text) => `<script>${text}</script>\n`).join('')}</body>
</html>
`;
}

function chartsOf(block: Block): readonly ChartSpec[] {
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
