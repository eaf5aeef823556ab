// The style sheet of the report page: light and dark, phone and paper.

import { LIGHT_THEME, THEME_STYLE } from '../chart/theme.ts';
import { SECTION_STYLE } from './section-style.ts';

/** The whole style sheet, to be put into the page's `<style>`. */
export const PAGE_STYLE = `
${THEME_STYLE}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 12px; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums;
}
:focus-visible { outline: 3px solid var(--series-1); outline-offset: 2px; border-radius: 3px; }
a { color: var(--series-1); text-underline-offset: 2px; }
.page { max-width: 1100px; margin: 0 auto; padding: 40px 24px 32px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 12px; top: 8px; padding: 6px 12px; background: var(--card); z-index: 2; }
.title { margin: 0; font-size: 15px; font-weight: 600; color: var(--ink-soft); overflow-wrap: break-word; }
.origin { margin: 0; font-size: 14px; color: var(--ink-soft); }
.headline { margin: 10px 0 0; max-width: 34em; font-size: 28px; line-height: 1.3; font-weight: 650; letter-spacing: -0.01em; text-wrap: pretty; overflow-wrap: break-word; }
.contents { margin: 24px 0 0; font-size: 15px; }
.contents ol { margin: 0; padding: 0 0 0 22px; columns: 2 300px; column-gap: 40px; }
.contents li { break-inside: avoid; padding-left: 2px; }
${SECTION_STYLE}footer { margin-top: 56px; padding-top: 12px; border-top: 1px solid var(--rule); font-size: 14px; color: var(--ink-soft); overflow-wrap: break-word; }
@media (max-width: 600px) {
  .page { padding: 24px 14px; }
  .headline { font-size: 22px; }
}
@media print {
  :root { color-scheme: light; ${LIGHT_THEME} --paper: #ffffff; }
  body { font-size: 11pt; }
  .page { max-width: none; padding: 0; }
  .skip, .contents { display: none; }
  .section { margin-top: 28px; }
  h2 { break-after: avoid; }
  figure:not(.multiples, .table), .panels > div, .banner, .fact { break-inside: avoid; }
  .figure-body, .scroller { overflow: visible; }
  .figure-body > .drawing > svg { min-width: 0; }
  .banner, .sample b { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  pre { white-space: pre-wrap; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
