// Public surface of `primordia`: what it takes to define a kind of one's own and to run a recipe with it. Everything else is in
// the subpaths, by concept: `primordia/tensor`, `primordia/nn`, `primordia/worlds`, …

export { type AlgorithmDefinition, defineAlgorithm, type Learner } from './algorithms/index.ts';
export { foldIn, type Key, keyFromSeed, type NdArray, randomInt, UserError } from './core/index.ts';
export { defineModel, type Model, type ModelDefinition } from './nn/index.ts';
export { defineOptimizer, type Optimizer, type OptimizerDefinition } from './optim/index.ts';
export {
  addPlugin,
  KINDS,
  type Kinds,
  loadRecipeKinds,
  loadRunKinds,
  type Plugin,
} from './plugins/index.ts';
export { defineMutator, type MutatorDefinition } from './redqueen/index.ts';
export type { RunEvent } from './run/index.ts';
export { openDevice, type Tensor } from './tensor/index.ts';
export {
  defineData,
  loadTraining,
  parseRecipe,
  type Recipe,
  type RecipeInput,
  resumeTraining,
  startTraining,
  type TrainingSummary,
} from './training/index.ts';
export {
  createTaskWorld,
  createWorldOf,
  defineWorld,
  drawSequence,
  type World,
  type WorldDefinition,
} from './worlds/index.ts';
