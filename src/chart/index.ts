// Public surface of `primordia/chart`.
export { chartMarkup } from './chart-markup.ts';
export { CHART_STYLE, type ChartSize } from './chart-style.ts';
export { chartToCsv } from './chart-to-csv.ts';
export { shareColors } from './legend.ts';
export { type RenderOptions, renderChart } from './render-chart.ts';
export type * from './spec.ts';
