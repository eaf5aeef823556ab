// Public surface of `primordia/recurrent`: runs of recurrent networks by SMT and DMT, or by BPTT.
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
export * from './sample-tokens.ts';
export * from './stage-facts.ts';
export { loadRecurrentStudy } from './study/load.ts';
export {
  type Cell,
  planRuns,
  planTuning,
  type RecurrentJob,
  recurrentJobDirectory,
} from './study/plan.ts';
export * from './study/run.ts';
export {
  isRecurrentStudyInput,
  parseRecurrentStudy,
  type RecurrentStudy,
  type RecurrentStudyInput,
} from './study/study-recipe.ts';
export * from './study/summarize.ts';
export * from './summary.ts';
