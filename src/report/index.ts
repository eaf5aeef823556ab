// Public surface of `primordia/report`.
export { cellGrid } from './cell-grid.ts';
export { barChart, lineChart } from './charts.ts';
export { collectReport, writeReport } from './collect.ts';
export { collectRecurrentReport, collectRecurrentStudy } from './collect-recurrent.ts';
export { collectRedQueenReport, writeRedQueenReport } from './collect-red-queen.ts';
export { collectStudyReport } from './collect-study.ts';
export { frameSheet } from './frames.ts';
export { buildHillReport, writeHillReport } from './hill-report.ts';
export { renderReport } from './html.ts';
export { intervalChart } from './interval-chart.ts';
export { buildRecurrentReport, type RecurrentReportData } from './recurrent-report.ts';
export {
  buildRecurrentStudyReport,
  type RecurrentStudyReportData,
} from './recurrent-study-report.ts';
export { buildRunReport } from './run-report.ts';
export { buildStudyReport, type StudyReportData } from './study-report.ts';
export type * from './types.ts';
export {
  checkRolloutFile,
  encodeRollouts,
  ROLLOUT_FORMATS,
  type RolloutFormat,
  type RolloutStyle,
  rolloutFormatOf,
  writeRollouts,
} from './write-rollouts.ts';
