// Public surface of `primordia/run`, shared by all kinds of runs: recipes as written, folders, metrics, checkpoints.
export * from './artifacts.ts';
export {
  type Checkpoint,
  findLatestCheckpoint,
  findWholeCheckpoint,
  listCheckpoints,
  readCheckpoint,
  saveCheckpoint,
} from './checkpoint.ts';
export * from './events.ts';
export * from './experiment.ts';
export * from './learner-checkpoint.ts';
export {
  applySetting,
  listRecipes,
  loadOverlay,
  mergeOverlays,
  type Overlay,
  type RecipeKind,
  recipeFolder,
  recipeKindOf,
  requireRecipeKind,
  resolveBase,
} from './load-recipe.ts';
export { type MetricsRow, MetricsWriter, readMetrics } from './metrics.ts';
export { type LoadedModel, loadModel, type ModelContent, saveModel } from './model-files.ts';
export { type EngineRecipe, openRunDevice } from './open-run-device.ts';
export * from './plugin-paths.ts';
export {
  collectProvenance,
  describeMachine,
  type PluginRecord,
  type Provenance,
  readProvenance,
} from './provenance.ts';
export { isRunFolder, nextRunDirectory, type RunPaths, runPaths } from './run-folder.ts';
export { readKind } from './run-record.ts';
export { withProcesses } from './with-processes.ts';
