// What a step of each stage is like: how many parameters it trains, and its sequential depth.

import type { StepFacts } from '../algorithms/index.ts';
import { type PreparedRecurrent, planStage, stageOptions } from './prepare.ts';
import type { RecurrentStage } from './recipe.ts';

/** The options with which a stage's learner is opened, and what its step is like. */
export function stepOptions(prepared: PreparedRecurrent, stage: RecurrentStage) {
  return { options: stageOptions(prepared, stage), ...describeStep(prepared, stage) };
}

/** Traces a stage's step; nothing is compiled. */
export function describeStep(prepared: PreparedRecurrent, stage: RecurrentStage): StepFacts {
  const { definition, plan, given } = planStage(prepared, stage);
  return definition.facts!(plan, given);
}
