// The report page: one HTML file that loads nothing from anywhere.

import { createHash } from 'node:crypto';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { cleanText, escapeMarkup } from '../chart/format.ts';
import { chartMarkup, renderChart } from '../chart/index.ts';
import { Page } from './components/page.tsx';
import { readLiveScript } from './live-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { chartsOf, preparePage } from './prepare-page.ts';
import type { ReportPage } from './types.ts';

/** The browser is told to load and run nothing either, whatever a caller's text may contain. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * A page as HTML text, self-contained: style, charts and images are inside it, and no script but its own, by their
 * hashes. All text is escaped; only `svg` and `html` of blocks is markup and goes in as it is.
 */
export function renderReport(given: ReportPage): string {
  const page = preparePage(given);
  const { style = '', script = '' } = page;
  const hasCharts = page.sections.some(({ blocks }) =>
    blocks.some((block) => chartsOf(block).length > 0),
  );
  const scripts = [script, hasCharts ? readLiveScript() : ''].filter((text) => text !== '');
  const hashes = scripts.map(
    (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  const policy = hashes.length === 0 ? POLICY : `${POLICY}; script-src ${hashes.join(' ')}`;
  const body = h(Page, { page, drawChart: (chart, size) => chartMarkup(chart, size, renderChart) });
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
