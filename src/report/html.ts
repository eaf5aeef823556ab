// The report page: one HTML file that loads nothing from anywhere.

import { createHash } from 'node:crypto';
import { escapeMarkup, formatNumber } from '../chart/format.ts';
import { type ChartSize, type ChartSpec, chartMarkup, shareColors } from '../chart/index.ts';
import { readLiveScript } from './live-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { Block, Cell, Column, Figure, ReportPage, Section } from './types.ts';

/** The browser is told to load and run nothing either, whatever a caller's text may contain. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * A page as HTML text, self-contained: style, charts and images are inside it, and no script but its own, by their
 * hashes. All text is escaped; only `svg` and `html` of blocks is markup and goes in as it is.
 */
export function renderReport(page: ReportPage): string {
  const facts = page.facts.map(
    ([label, value]) =>
      `<div class="fact"><dt>${escapeMarkup(label)}</dt><dd>${escapeMarkup(value)}</dd></div>`,
  );
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
${sections.map(renderSection).join('\n')}
</main>
<footer>${escapeMarkup(page.footer)}</footer>
</div>
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

function renderSection({ heading, text, blocks }: Section): string {
  const parts: string[] = [];
  let figures: Figure[] = [];
  // Figures that follow each other share a grid: side by side where the page is wide enough.
  const closeGrid = () => {
    if (figures.length > 0) parts.push(`<div class="figures">${renderFigures(figures)}</div>`);
    figures = [];
  };
  for (const block of blocks) {
    if (block.kind === 'figure') figures.push(block);
    else {
      closeGrid();
      parts.push(renderBlock(block));
    }
  }
  closeGrid();
  const lead = text === undefined ? '' : `<p>${escapeMarkup(text)}</p>`;
  return `<section>\n<h2>${escapeMarkup(heading)}</h2>\n${lead}\n${parts.join('\n')}\n</section>`;
}

/** Two figures per row; one that has no neighbor takes a row of its own, so that no place stays empty. */
function renderFigures(figures: readonly Figure[]): string {
  let isLeft = true;
  return figures
    .map((figure, i) => {
      const next = figures[i + 1];
      const isAlone = isLeft && (next === undefined || next.wide === true);
      const isWide = figure.wide === true || isAlone;
      isLeft = isWide || !isLeft;
      return renderFigure(figure, isWide);
    })
    .join('\n');
}

function renderFigure(figure: Figure, isWide: boolean): string {
  const body =
    'chart' in figure
      ? chartMarkup(figure.chart, isWide ? 'full' : 'half')
      : `<div class="figure-body">${figure.svg}</div>`;
  return `<figure${isWide ? ' class="wide"' : ''}>${body}${renderCaption(figure.caption)}</figure>`;
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

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeMarkup(block.text)}</p>`;
    case 'banner': {
      const items = (block.items ?? []).map((item) => `<li>${escapeMarkup(item)}</li>`).join('');
      const role = block.tone === 'bad' ? ' role="alert"' : '';
      return `<div class="banner ${block.tone}"${role}><strong>${escapeMarkup(block.heading)}</strong>${items === '' ? '' : `<ul>${items}</ul>`}</div>`;
    }
    case 'figure':
      return renderFigure(block, block.wide === true);
    case 'multiples': {
      const neighbors = countNeighbors(block.charts.length);
      const cells = block.charts.map((chart, i) => {
        const note = block.notes?.[i];
        const count = neighbors[i]!;
        const panel = chartMarkup(chart, PANEL_SIZES[count - 1]!);
        return `<div class="in-${count}">${panel}${note ? `<p class="note">${escapeMarkup(note)}</p>` : ''}</div>`;
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
