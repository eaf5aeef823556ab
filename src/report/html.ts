// The report page: one HTML file that loads nothing from anywhere.

import { createHash } from 'node:crypto';
import { escapeMarkup, formatNumber } from '../chart/format.ts';
import { renderChart } from '../chart/index.ts';
import { FULL_WIDTH, HALF_WIDTH, PAGE_STYLE, PANEL_WIDTH } from './page-style.ts';
import type { Block, Cell, Column, ReportPage, Section } from './types.ts';

/** The browser is told to load and run nothing either, whatever a caller's text may contain. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * A page as HTML text, self-contained: style, charts and images are inside it, and no script but the page's own, by its
 * hash. All text is escaped; only `svg` and `html` of blocks is markup and goes in as it is.
 */
export function renderReport(page: ReportPage): string {
  const facts = page.facts.map(
    ([label, value]) =>
      `<div class="fact"><dt>${escapeMarkup(label)}</dt><dd>${escapeMarkup(value)}</dd></div>`,
  );
  const { style = '', script = '' } = page;
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = script === '' ? POLICY : `${POLICY}; script-src 'sha256-${hash}'`;
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
<div class="page">
<header>
<p class="title">${escapeMarkup(page.title)}</p>
<h1 class="headline">${escapeMarkup(page.subtitle)}</h1>
${facts.length === 0 ? '' : `<dl class="facts">${facts.join('')}</dl>`}
</header>
<main>
${page.sections.map(renderSection).join('\n')}
</main>
<footer>${escapeMarkup(page.footer)}</footer>
</div>
${script === '' ? '' : `<script>${script}</script>\n`}</body>
</html>
`;
}

function renderSection({ heading, text, blocks }: Section): string {
  const parts: string[] = [];
  let figures: string[] = [];
  // Figures that follow each other share a grid: side by side where the page is wide enough.
  const closeGrid = () => {
    if (figures.length > 0) parts.push(`<div class="figures">${figures.join('\n')}</div>`);
    figures = [];
  };
  for (const block of blocks) {
    if (block.kind === 'figure') figures.push(renderBlock(block));
    else {
      closeGrid();
      parts.push(renderBlock(block));
    }
  }
  closeGrid();
  const lead = text === undefined ? '' : `<p>${escapeMarkup(text)}</p>`;
  return `<section>\n<h2>${escapeMarkup(heading)}</h2>\n${lead}\n${parts.join('\n')}\n</section>`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeMarkup(block.text)}</p>`;
    case 'banner': {
      const items = (block.items ?? []).map((item) => `<li>${escapeMarkup(item)}</li>`).join('');
      const role = block.tone === 'bad' ? ' role="alert"' : '';
      return `<div class="banner ${block.tone}"${role}><strong>${escapeMarkup(block.heading)}</strong>${items === '' ? '' : `<ul>${items}</ul>`}</div>`;
    }
    case 'figure': {
      const { wide = false } = block;
      const width = wide ? FULL_WIDTH : HALF_WIDTH;
      const body = 'chart' in block ? renderChart(block.chart, { width }) : block.svg;
      return `<figure${wide ? ' class="wide"' : ''}><div class="figure-body">${body}</div>${renderCaption(block.caption)}</figure>`;
    }
    case 'multiples': {
      const cells = block.charts.map((chart, i) => {
        const svg = renderChart(chart, { width: PANEL_WIDTH });
        const note = block.notes?.[i];
        return `<div>${svg}${note ? `<p class="note">${escapeMarkup(note)}</p>` : ''}</div>`;
      });
      return `<figure class="multiples"><div class="panels">${cells.join('')}</div>${renderCaption(block.caption)}</figure>`;
    }
    case 'table':
      return renderTable(block.columns, block.rows, block.caption);
    case 'sample':
      return `<div class="sample"><b>${escapeMarkup(block.prompt)}</b>${escapeMarkup(block.text)}</div>`;
    case 'markup':
      return block.html;
    case 'details':
      return `<details><summary>${escapeMarkup(block.summary)}</summary><pre>${escapeMarkup(block.text)}</pre></details>`;
  }
}

function renderCaption(caption: string | undefined): string {
  return caption === undefined ? '' : `<figcaption>${escapeMarkup(caption)}</figcaption>`;
}

function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  caption: string | undefined,
): string {
  const classes = columns.map(({ numeric, unbroken }, c) => {
    const values = rows.map((row) => row[c] ?? null);
    const numbers = values.every((value) => value === null || typeof value === 'number');
    if (numeric ?? (numbers && rows.length > 0)) return ' class="numeric"';
    return unbroken === true ? ' class="unbroken"' : '';
  });
  const head = columns.map(
    ({ label }, c) => `<th scope="col"${classes[c]}>${escapeMarkup(label)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = columns.map(
      (column, c) => `<td${classes[c]}>${escapeMarkup(formatCell(row[c] ?? null, column))}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  const legend = caption === undefined ? '' : `<caption>${escapeMarkup(caption)}</caption>`;
  return `<div class="table"><table>${legend}<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function formatCell(value: Cell, { digits }: Column): string {
  if (typeof value === 'string') return value;
  return formatNumber(value, digits ?? (Number.isInteger(value) ? 0 : 3));
}
