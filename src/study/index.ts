// Studies: cells of any axes by seeds, run in pairs and compared.

export type { CellMean, Difference } from './compare-runs.ts';
export { EXECUTORS, type ExecutorName, executorOf, executorOfFolder } from './create-executor.ts';
export { findArm, findArms } from './find-arm.ts';
export { loadStudy } from './load-study.ts';
export { describeMetric } from './metric.ts';
export { isStudyInput, parseStudy } from './parse-study.ts';
export {
  type ExecutorContext,
  readStudySummary,
  resumeStudy,
  runStudy,
  type StudyOptions,
} from './run-study.ts';
export { type JobOptions, runStudyJob } from './run-study-job.ts';
export { compareArms } from './statistics.ts';
export { isStudyFolder, readStudy, type StagedExperiment } from './study-folder.ts';
export { type Study, type StudyInput, studyJsonSchema } from './study-schema.ts';
export type {
  StudyCell,
  StudyContrast,
  StudySummary,
} from './summarize-study.ts';
export { wordMean, wordSpeedUp } from './word-estimates.ts';
