// The style sheet of charts within a page. It takes its colors from the page.

/** How much of a page's width a chart takes: all of it, half, or a panel of a third or a quarter. */
export type ChartSize = 'full' | 'half' | 'panel';

/** The widths that a chart of each size is drawn for, in pixels, the largest first. */
export const CHART_WIDTHS: Readonly<Record<ChartSize, readonly number[]>> = {
  full: [1010, 640, 320],
  half: [490, 320],
  panel: [320, 240],
};

/** A drawing is not made smaller than this, so that 12 pixels of type stay above 11, nor larger. */
const SCALES = [0.92, 1.4] as const;

const limits = [...new Set(Object.values(CHART_WIDTHS).flat())].map(
  (width) => `.w${width} > svg { max-width: ${Math.round(SCALES[1] * width)}px; }`,
);

const choices = Object.entries(CHART_WIDTHS).flatMap(([size, widths]) =>
  widths.slice(1).map((width, i) => {
    const larger = widths[i]!;
    return `@container (max-width: ${Math.ceil(SCALES[0] * larger) - 1}px) { .size-${size} .w${larger} { display: none; } .size-${size} .w${width} { display: block; } }`;
  }),
);

/** Rules for what `chartMarkup` writes. */
export const CHART_STYLE = `
.chart-box { min-width: 0; display: flex; flex-direction: column; }
.chart-title { margin: 0 0 4px; max-width: none; font-size: 15px; line-height: 1.35; font-weight: 600; overflow-wrap: anywhere; }
.chart-legend { display: flex; flex-wrap: wrap; gap: 0 6px; margin: 0 0 2px -6px; }
.chart-box button { font: inherit; font-size: 13px; line-height: 1.4; color: inherit; background: none; border: 1px solid transparent; border-radius: 5px; padding: 3px 6px; cursor: pointer; text-align: left; overflow-wrap: anywhere; }
.chart-box button:disabled { color: inherit; cursor: default; }
.chart-box button:hover:enabled { border-color: var(--rule, #dde1e6); }
.chart-series { display: inline-flex; align-items: center; gap: 6px; }
.chart-series svg { flex: none; }
.chart-series[aria-pressed="false"] { color: var(--ink-soft, #5b6472); text-decoration: line-through; }
.chart-series[aria-pressed="false"] svg { opacity: 0.25; }
.chart-tools { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 4px 12px; min-height: 28px; font-size: 13px; color: var(--ink-soft, #5b6472); }
.chart-tools .needs-script { display: inline-flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; }
.chart-box:not(.has-tools) .needs-script { visibility: hidden; }
.chart-box .chart-toggle { border-color: var(--rule, #dde1e6); }
.chart-box .chart-toggle[aria-pressed="true"] { color: var(--ink, #1b2027); border-color: currentColor; background: var(--note-wash, #eaeff5); }
.chart-smoothing { display: inline-flex; align-items: center; gap: 6px; }
.chart-smoothing input { width: 88px; margin: 0; }
.chart-csv { color: inherit; padding: 3px 2px; }
.chart-box .chart-save { padding: 3px 2px; text-decoration: underline; text-underline-offset: 2px; }
.chart-body { container-type: inline-size; position: relative; }
.chart-static { display: none; }
.chart-static:first-child { display: block; }
.chart-static > svg { display: block; width: 100%; height: auto; }
${limits.join('\n')}
${choices.join('\n')}
.chart text, .chart tspan { white-space: pre; }
.chart-live { position: absolute; inset: 0; touch-action: pan-y; }
.chart-box.is-live .chart-static { visibility: hidden; }
.chart-tip { position: absolute; top: 0; z-index: 2; pointer-events: none; max-width: min(300px, 85%); padding: 6px 10px; font-size: 13px; line-height: 1.4; color: var(--ink, #1b2027); background: var(--card, #ffffff); border: 1px solid var(--rule, #dde1e6); border-radius: 6px; box-shadow: 0 2px 8px rgb(0 0 0 / 0.15); }
.chart-tip[hidden] { display: none; }
.chart-tip strong { display: block; font-weight: 600; }
.chart-tip span { display: flex; align-items: baseline; gap: 6px; overflow-wrap: anywhere; }
.chart-tip i { flex: none; width: 10px; height: 10px; border-radius: 2px; }
@media print {
  .chart-tools, .chart-live, .chart-tip { display: none; }
  .chart-box.is-live .chart-static { visibility: visible; }
}
`;
