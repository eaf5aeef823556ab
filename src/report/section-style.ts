// The style of a report's sections, on a page of their own or within another one.

import { CHART_STYLE } from '../chart/chart-style.ts';

/** Rules for what `PageSection`, `Facts` and `Terms` write. A page that has more than them nests these rules in a selector. */
export const SECTION_STYLE = `
code { font: 0.93em ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: break-word; }
code .word { display: inline-block; max-width: 100%; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: 10px; margin: 28px 0 0; }
.fact { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 14px; display: flex; flex-direction: column; justify-content: space-between; flex: 1 1 auto; min-width: 104px; max-width: 100%; }
.fact dt { font-size: 13px; line-height: 1.35; color: var(--ink-soft); }
.fact dd { margin: 2px 0 0; font-size: 20px; line-height: 1.3; font-weight: 600; overflow-wrap: break-word; }
.long-fact dd { font-size: 16px; }
.terms { margin: 12px 0 0; }
.terms summary { font-size: 14px; font-weight: 400; padding: 10px 14px; }
.terms dl { margin: 0; padding: 0 14px 12px; font-size: 14px; line-height: 1.45; }
.terms dt { font-weight: 600; margin-top: 6px; }
.terms dd { margin: 0; max-width: 60em; color: var(--ink-soft); }
.section { margin-top: 48px; }
h2 { margin: 0 0 6px; padding-top: 14px; border-top: 2px solid var(--ink); font-size: 21px; line-height: 1.3; letter-spacing: -0.005em; overflow-wrap: break-word; }
p { margin: 0 0 12px; max-width: 44em; overflow-wrap: break-word; }
.lead { color: var(--ink-soft); margin-bottom: 18px; }
.banner { margin: 16px 0; padding: 14px 18px; border-radius: 8px; border-left: 5px solid; overflow-wrap: break-word; }
.banner strong { display: block; }
.banner ul { margin: 6px 0 0; padding-left: 20px; color: var(--ink); }
.banner.good { background: var(--good-wash); border-color: var(--good); color: var(--good); }
.banner.bad { background: var(--bad-wash); border-color: var(--bad); color: var(--bad); }
.banner.bad strong { font-size: 19px; }
.banner.note { background: var(--note-wash); border-color: var(--note); color: var(--note); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 16px; margin: 16px 0; }
figure { margin: 0; min-width: 0; display: flex; flex-direction: column; justify-content: space-between; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 16px 18px 12px; }
.wide { grid-column: 1 / -1; }
.figure-body { overflow-x: auto; }
.figure-body > .drawing > svg { display: block; max-width: 100%; min-width: 600px; height: auto; }
.drawing img { max-width: 100%; outline: 1px solid var(--edge); }
.frames { container-type: inline-size; }
.frame-grid { display: grid; grid-template-columns: 150px repeat(var(--columns), minmax(24px, var(--largest))); gap: 14px 8px; align-items: start; padding: 1px; }
.frame-grid img { display: block; width: 100%; height: auto; image-rendering: pixelated; }
.no-frame { outline: 1px dashed var(--edge); }
.frame-label { margin: 0; font-size: 13px; line-height: 1.35; }
.frame-label b { display: block; }
.frame-label span { display: block; margin-top: 2px; font-size: 12px; color: var(--ink-soft); }
.column-label { font-size: 12px; line-height: 1; text-align: center; color: var(--ink-soft); overflow-wrap: anywhere; }
@container (max-width: 640px) {
  .frame-grid { grid-template-columns: repeat(var(--columns), minmax(20px, min(var(--largest), 240px))); gap: 6px 4px; }
  .frame-corner { display: none; }
  .frame-label { grid-column: 1 / -1; margin-top: 8px; }
}
.multiples { margin: 16px 0; }
.panels { display: grid; grid-template-columns: repeat(12, 1fr); gap: 18px 12px; }
.panels > div { min-width: 0; }
.in-1 { grid-column: span 12; }
.in-2 { grid-column: span 6; }
.in-3 { grid-column: span 4; }
.in-4 { grid-column: span 3; }
@media (max-width: 1020px) {
  .panels > div { grid-column: span 6; }
  .panels > div:last-child:nth-child(odd) { grid-column: span 12; }
}
@media (max-width: 600px) { .panels > div { grid-column: span 12; } }
.panels .note { margin: 4px 0 0; font-size: 13px; line-height: 1.4; color: var(--ink-soft); }
figcaption { margin-top: 8px; font-size: 14px; line-height: 1.45; color: var(--ink-soft); max-width: 62em; overflow-wrap: break-word; }
.table { margin: 16px 0; padding: 4px 0 10px; }
.table > figcaption { padding: 0 18px; }
.scroller { overflow-x: auto; padding: 0 18px; border-radius: 8px; }
.scroller, .figure-body {
  background:
    linear-gradient(to right, var(--card) 30%, transparent) left / 48px 100% no-repeat local,
    linear-gradient(to left, var(--card) 30%, transparent) right / 48px 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / 16px 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) right / 16px 100% no-repeat scroll,
    var(--card);
}
.scroller:focus-visible, .figure-body:focus-visible { outline-offset: -3px; }
table { width: 100%; border-collapse: collapse; font-size: 15px; line-height: 1.4; }
th { text-align: left; font-size: 13px; font-weight: 600; color: var(--ink-soft); vertical-align: bottom; }
tbody th { font-size: inherit; font-weight: 400; color: inherit; vertical-align: inherit; }
th, td { padding: 9px 20px 9px 0; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child > * { border-bottom: 0; }
th.numeric, td.numeric { text-align: right; }
tbody .numeric, tbody .unbroken { white-space: nowrap; }
tbody .long { min-width: 11em; white-space: normal; }
tbody .torn { overflow-wrap: anywhere; }
tbody .numeric.long { min-width: 6.5em; }
.dense table { font-size: 14px; }
.dense th:not(:last-child), .dense td:not(:last-child) { padding-right: 12px; }
tbody > tr > * { overflow-wrap: break-word; }
.sample { display: block; margin: 12px 0; padding: 14px 18px; }
.sample figcaption { margin: 0 0 6px; }
.sample blockquote { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 15px/1.6 ui-serif, Georgia, serif; }
.sample b { font-weight: 650; background: var(--note-wash); border-radius: 3px; padding: 1px 3px; }
details { margin: 12px 0; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
summary { cursor: pointer; padding: 12px 18px; font-weight: 600; }
pre { margin: 0; padding: 0 18px 16px; overflow-x: auto; font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
${CHART_STYLE}@media (max-width: 600px) {
  .facts { gap: 8px; }
  .fact dd { font-size: 18px; }
  .long-fact dd { font-size: 15px; }
  figure:not(.table), .sample, .scroller, .table > figcaption { padding-left: 12px; padding-right: 12px; }
  th:not(:last-child), td:not(:last-child) { padding-right: 12px; }
  table { font-size: 14px; }
  tbody .long { min-width: 6.5em; }
}
`;
