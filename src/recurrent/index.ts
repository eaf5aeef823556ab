// Public surface of `primordia/recurrent`: runs of recurrent networks by SMT and DMT, or by BPTT.

export { readImages } from '../training/data/read-images.ts';
export * from './judge-task.ts';
export * from './load-recipe.ts';
export * from './measure-rollout.ts';
export * from './ngram-losses.ts';
export * from './open-network.ts';
export { type PreparedRecurrent, prepareRecurrent } from './prepare.ts';
export {
  isRecurrentInput,
  parseRecurrentRecipe,
  RECURRENT_STAGES,
  type RecurrentInput,
  type RecurrentRecipe,
  type RecurrentStage,
  recurrentJsonSchema,
  STAGE_NAMES,
} from './recipe.ts';
export { type LoadedRecurrent, loadRecurrent } from './recurrent-checkpoint.ts';
export {
  baselinesPath,
  isRecurrentFolder,
  readRecurrentRecipe,
  rolloutPath,
  samplePath,
  stageDirectory,
} from './recurrent-folder.ts';
export * from './run-recurrent.ts';
export * from './sample.ts';
export * from './stage-facts.ts';
export { chooseRates, planChosen, type TriedRate, type Tuned } from './study/choose-rates.ts';
export { loadRecurrentStudy } from './study/load-study.ts';
export {
  planRuns,
  planTuning,
  type RecurrentJob,
  type StudyPlace,
} from './study/plan-study.ts';
export * from './study/run-study.ts';
export {
  isRecurrentStudyFolder,
  readRecurrentStudy,
  recurrentJobDirectory,
} from './study/study-folder.ts';
export {
  isRecurrentStudyInput,
  parseRecurrentStudy,
  type RecurrentStudy,
  type RecurrentStudyInput,
} from './study/study-recipe.ts';
export * from './study/summarize-study.ts';
export * from './summary.ts';
