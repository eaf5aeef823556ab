// What a recurrent run needs before its first step: everything that bad input can break is tried here.

import { drawBatch, smt } from '../algorithms/index.ts';
import { type ArraySpec, foldIn, type Key, type Tree, UserError } from '../core/index.ts';
import { createRecurrent } from '../nn/index.ts';
import { requireBatchFits } from '../run/recipe-parts.ts';
import { requireModelFits } from '../run/require-memory.ts';
import type { TokenBatch } from '../text/index.ts';
import {
  type BpttOptions,
  checkPlan,
  type DmtOptions,
  deriveRecurrentConfig,
  planBptt,
  planDmt,
  planSmt,
  type RecurrentConfig,
  type SmtOptions,
  type StagePlan,
} from './open-learners.ts';
import {
  type BpttRecipe,
  type DmtRecipe,
  type RecurrentRecipe,
  type RecurrentStage,
  type SmtRecipe,
  stagesOf,
} from './recipe.ts';
import { DEFAULT_CONTEXT_LENGTH, openTask, type Task, type TaskWorlds } from './task.ts';

export type PreparedRecurrent = {
  readonly recipe: RecurrentRecipe;
  readonly task: Task;
  readonly config: RecurrentConfig;
  /** Tokens that are read of a sequence. */
  readonly time: number;
  readonly worlds: TaskWorlds;
  readonly key: Key;
};

/**
 * Opens the task and derives the model. The options of every stage are checked.
 *
 * @param directory of the run, for what the task keeps there; null where there is none yet
 * @param task the recipe's, where it is open already
 * @throws UserError for whatever does not fit
 */
export function prepareRecurrent(
  recipe: RecurrentRecipe,
  directory: string | null,
  key: Key,
  task: Task = openTask(recipe.task, directory),
): PreparedRecurrent {
  const time = chooseTime(recipe.contextLength, task);
  const worlds = task.worlds(time + 1);
  const config = deriveRecurrentConfig(recipe.model, worlds.training.vocabSize);
  requireBatchFits(recipe.name, { batchSize: recipe.batchSize, contextLength: time });
  const model = createRecurrent(config);
  const { encoder, encoderLayers } = config;
  const teacher = smt.options.parse({ encoder, encoderLayers });
  requireModelFits(smt.specs(model, teacher) as Tree<ArraySpec>, 'model');
  const prepared = { recipe, task, config, time, worlds, key };
  for (const stage of stagesOf(recipe)) checkStage(prepared, stage);
  task.worlds(rolloutLength(prepared) + 1);
  return prepared;
}

function chooseTime(contextLength: number | null | undefined, { sequenceLength }: Task): number {
  if (sequenceLength === undefined) return contextLength ?? DEFAULT_CONTEXT_LENGTH;
  if (contextLength == null || contextLength === sequenceLength - 1) return sequenceLength - 1;
  throw new UserError(
    `contextLength is ${contextLength}, and the task's sequences have ${sequenceLength} tokens`,
    { hint: 'leave contextLength out' },
  );
}

function checkStage(prepared: PreparedRecurrent, stage: RecurrentStage): void {
  checkPlan(planStage(prepared, stage));
  if (stage === 'dmt') prepared.task.worlds(dmtOptions(prepared).time + 1);
}

/** The algorithm of a stage, and what its step follows from. */
export function planStage(prepared: PreparedRecurrent, stage: RecurrentStage): StagePlan {
  switch (stage) {
    case 'smt':
      return planSmt(smtOptions(prepared));
    case 'dmt':
      return planDmt(dmtOptions(prepared));
    case 'bptt':
      return planBptt(bpttOptions(prepared));
  }
}

/** The options with which a stage's learner is opened. */
export function stageOptions(prepared: PreparedRecurrent, stage: RecurrentStage) {
  return { smt: smtOptions, dmt: dmtOptions, bptt: bpttOptions }[stage](prepared);
}

const optimizerOf = ({ optimizer }: SmtRecipe | DmtRecipe | BpttRecipe) => {
  const { learningRate: _, schedule: __, ...rest } = optimizer;
  return rest;
};

export function smtOptions({ recipe, config, time, key }: PreparedRecurrent): SmtOptions {
  const smt = recipe.smt!;
  return {
    ...{ config, time, batchSize: recipe.batchSize, key: foldIn(key, 'smt') },
    ...{ supervision: smt.supervision, weights: smt.weights, optimizer: optimizerOf(smt) },
  };
}

export function dmtOptions({ recipe, config, time }: PreparedRecurrent): DmtOptions {
  const dmt = recipe.dmt!;
  return {
    ...{ config, time: dmt.contextLength ?? time, batchSize: recipe.batchSize },
    supervision: recipe.smt!.supervision,
    schedule: { every: dmt.every, gradientSteps: dmt.gradientSteps },
    ...{ weights: dmt.weights, optimizer: optimizerOf(dmt) },
  };
}

export function bpttOptions({ recipe, config, time }: PreparedRecurrent): BpttOptions {
  const bptt = recipe.bptt!;
  return {
    ...{ config, time, batchSize: recipe.batchSize, learnInitial: bptt.learnInitial },
    ...{ truncation: bptt.truncation ?? undefined, optimizer: optimizerOf(bptt) },
  };
}

/** Tokens that the finished network is rolled out over. */
export function rolloutLength({ recipe, time }: PreparedRecurrent): number {
  return recipe.rollout.length ?? time;
}

/**
 * The batch of a stage's step: a pure function of key and step. DMT goes on in the order of sequences where SMT ended,
 * so that BPTT with as many steps as both sees the same sequences (where all have one length).
 */
export function stageBatch(
  prepared: PreparedRecurrent,
  stage: RecurrentStage,
  step: number,
): TokenBatch {
  const { recipe, key } = prepared;
  const before = stage === 'dmt' ? recipe.smt!.steps : 0;
  const { training } = stageWorlds(prepared, stage);
  return drawBatch(training, foldIn(key, 'train'), before + step, recipe.batchSize);
}

/** Held-out batches of a stage, of the size of training ones. */
export function heldOutBatches(prepared: PreparedRecurrent, stage: RecurrentStage): TokenBatch[] {
  const { heldOut } = stageWorlds(prepared, stage);
  const { batchSize, heldOutSequences } = prepared.recipe;
  const key = foldIn(prepared.key, 'held-out');
  return Array.from({ length: Math.ceil(heldOutSequences / batchSize) }, (_, i) =>
    drawBatch(heldOut, key, i, batchSize),
  );
}

/** Tokens that a stage reads of a sequence. */
export function stageTime(prepared: PreparedRecurrent, stage: RecurrentStage): number {
  return stage === 'dmt' ? dmtOptions(prepared).time : prepared.time;
}

function stageWorlds(prepared: PreparedRecurrent, stage: RecurrentStage): TaskWorlds {
  const time = stageTime(prepared, stage);
  return time === prepared.time ? prepared.worlds : prepared.task.worlds(time + 1);
}
