// Public surface of `primordia/run`: recipes, runs, their folders and checkpoints.

export { readTextInfo, type TextInfo } from '../training/data/prepare-text.ts';
export { readArmGates } from './arm-gates.ts';
export * from './arms.ts';
export * from './artifacts.ts';
export {
  type Checkpoint,
  findLatestCheckpoint,
  findWholeCheckpoint,
  listCheckpoints,
  readCheckpoint,
  saveCheckpoint,
} from './checkpoint.ts';
export * from './compare-arms.ts';
export * from './events.ts';
export { gatePath, readGate } from './gate-record.ts';
export * from './judge-source.ts';
export * from './learner-checkpoint.ts';
export {
  applySetting,
  listRecipes,
  loadOverlay,
  loadRecipe,
  loadStudy,
  recipeFolder,
} from './load-recipe.ts';
export type { GateExample, GateRecord } from './measure-gate.ts';
export { type MetricsRow, MetricsWriter, readMetrics } from './metrics.ts';
export { type LoadedModel, loadModel, type ModelContent, saveModel } from './model-files.ts';
export { type FindModelOptions, findModelFolder } from './model-folder.ts';
export * from './plugin-paths.ts';
export {
  collectProvenance,
  describeMachine,
  type PluginRecord,
  type Provenance,
  readProvenance,
} from './provenance.ts';
export { parseRecipe, type Recipe, type RecipeInput, recipeJsonSchema } from './recipe.ts';
export {
  isRunFolder,
  nextRunDirectory,
  type RunPaths,
  runPaths,
  STAGES,
  type StageName,
  stageFolder,
  textFolder,
} from './run-folder.ts';
export {
  isShippedSource,
  listSources,
  openShippedSource,
  type ShippedSource,
} from './shipped-source.ts';
export { createSourceWorld } from './source-stage.ts';
export { planStudy, type StudyJob } from './study/plan-study.ts';
export * from './study/run-study.ts';
export { isStudyFolder, jobDirectory, readStudy } from './study/study-folder.ts';
export { isStudyInput, parseStudy, type Study, type StudyInput } from './study/study-recipe.ts';
export * from './study/summarize-study.ts';
export * from './summary.ts';
export * from './train-run.ts';
export { findTransferMisfit } from './transfer-misfit.ts';
export { readTransferRecord, type TransferRecord } from './transfer-origin.ts';
