// Studies: cells of any axes by seeds, run in pairs and compared.

export { EXECUTORS, type ExecutorName, executorOf } from './create-executor.ts';
export { loadStudy } from './load-study.ts';
export { describeMetric } from './metric.ts';
export {
  type ExecutorContext,
  readStudySummary,
  resumeStudy,
  runStudy,
  type StudyOptions,
} from './run-study.ts';
export { type JobOptions, runStudyJob } from './run-study-job.ts';
export { isStudyFolder, readStudy, type StagedExperiment } from './study-folder.ts';
export { isStudyInput, parseStudy, type Study, type StudyInput } from './study-recipe.ts';
export type {
  Difference,
  Estimate,
  StudyCell,
  StudyContrast,
  StudySummary,
} from './summarize-study.ts';
