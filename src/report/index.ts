// Public surface of `primordia/report`.
export { barChart, lineChart } from './charts.ts';
export { collectReport, writeReport } from './collect.ts';
export { frameSheet } from './frames.ts';
export { renderReport } from './html.ts';
export { encodePng, pngDataUri } from './png.ts';
export { buildRunReport } from './run-report.ts';
export type * from './types.ts';
