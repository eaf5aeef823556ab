// Public surface of `primordia/training`: recipes, runs, and what they found.
export * from './data/index.ts';
export { createTraining } from './experiment.ts';
export { isControl, readGate } from './gate-record.ts';
export * from './judge.ts';
export { loadTraining } from './load-training.ts';
export type { GateExample, GateRecord } from './measure-gate.ts';
export type { RolloutMeasures } from './measure-rollout.ts';
export {
  type MemoryTrace,
  memoryTracePath,
  readMemoryTrace,
  traceMemory,
} from './memory-trace.ts';
export type { NgramBaselines } from './ngram-losses.ts';
export { openModel } from './open-model.ts';
export { openStageModel } from './open-stage-model.ts';
export { type Prepared, type PreparedStage, prepare } from './prepare.ts';
export { readRecipe } from './read-recipe.ts';
export {
  listStages,
  optimizerOptions,
  parseRecipe,
  type Recipe,
  type RecipeInput,
  type ResolvedStage,
  recipeJsonSchema,
  startOf,
} from './recipe.ts';
export { type KindOptions, REGISTRIES, type Registries } from './registries.ts';
export { drawSamples, readSample, type Sample, type SampleOptions } from './sample.ts';
export { shipSource } from './ship-source.ts';
export {
  isShippedSource,
  listSources,
  openShippedSource,
  type ShippedSource,
} from './shipped-source.ts';
export { findStageModel, requireStageModel, type StageModel } from './stage-models.ts';
export { readStartRecord, type StartRecord } from './start-record.ts';
export * from './summary.ts';
export { resumeTraining, startTraining, type TrainingOptions } from './train.ts';
export * from './training-folder.ts';
export { loosenRecipeSchema, writtenRecipeSchema } from './written-schema.ts';
