// Public surface of `primordia/report`.
export { buildComparisonPage } from './build-comparison-page.ts';
export { buildRunPage } from './build-run-page.ts';
export { collectRedQueenReport } from './collect-red-queen.ts';
export { collectStudyReport } from './collect-study.ts';
export { collectTrainingReport } from './collect-training.ts';
export { frameSheet } from './frames.ts';
export { buildHillReport, writeHillReport } from './hill-report.ts';
export { renderReport } from './html.ts';
export { preparePage } from './prepare-page.ts';
export type { StudyReportData, StudySource } from './study-data.ts';
export { buildStudyPage } from './study-report.ts';
export type { ReportStage, TrainingReportData } from './training-data.ts';
export { buildTrainingPage } from './training-report.ts';
export type * from './types.ts';
export { writeComparison } from './write-comparison.ts';
export { writeRedQueenReport } from './write-red-queen-report.ts';
export { writeReport } from './write-report.ts';
export {
  checkRolloutFile,
  encodeRollouts,
  ROLLOUT_FORMATS,
  type RolloutFormat,
  type RolloutStyle,
  rolloutFormatOf,
  writeRollouts,
} from './write-rollouts.ts';
