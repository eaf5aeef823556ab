// Public surface of `primordia/chart`.
export { renderChart } from './render-chart.ts';
export type * from './spec.ts';
