// One stage of a recipe on a device, with the keys, batches, losses and predictions that `primordia train` has.

import { nextToken, openLearner } from '../../../src/algorithms/index.ts';
import {
  countElements,
  flattenTree,
  foldIn,
  initParams,
  isParamSpec,
  keyFromSeed,
  mean,
  type ParamSpec,
} from '../../../src/core/index.ts';
import { measureBaselines, openTokenLosses } from '../../../src/eval/index.ts';
import { createModel, MODELS } from '../../../src/nn/index.ts';
import {
  createOptimizer,
  OPTIMIZERS,
  type Schedule,
  scheduleFactor,
} from '../../../src/optim/index.ts';
import type { Device } from '../../../src/tensor/tracing.ts';
import { worldAsData } from '../../../src/training/data/world-data.ts';
import { type AnyWorld, type Plane, WORLDS } from '../../../src/worlds/index.ts';
import type { ComparedFrame } from '../../parts/compare-frames.ts';
import type { Baseline } from './choose-baselines.ts';
import type { NanoRecipe } from './nano-recipe.ts';

/** The name of the stage, from which its keys follow. */
const STAGE = 'source';

/** Defaults of recipes. */
const SCHEDULE: Schedule = { kind: 'cosine', warmup: 0.1, final: 0.05 };
const CLIP_NORM = 1;

export type Evaluation = {
  /** Mean loss of held-out targets, nats. */
  readonly loss: number;
  /** Share of held-out targets whose most probable token was right. */
  readonly accuracy: number;
  /** A held-out sequence, each token predicted from those before it. */
  readonly frames: readonly ComparedFrame[];
};

export type Training = {
  /** Numbers that are trained. */
  readonly parameters: number;
  readonly vocabSize: number;
  /** Takes step number `step`, from 0, and returns its loss. */
  step(step: number): Promise<number>;
  evaluate(): Promise<Evaluation>;
  close(): Promise<void>;
};

/** The data of the recipe: a pure function of it. */
function openData({ seed, data: { kind, ...options }, ...recipe }: NanoRecipe) {
  const definition = worldAsData(WORLDS[kind], WORLDS);
  const key = foldIn(keyFromSeed(seed), STAGE);
  const { contextLength, batchSize, heldOutSequences, steps } = recipe;
  return definition.open(definition.options.parse(options), {
    directory: null,
    seed,
    key,
    contextLength,
    batchSize,
    heldOutSequences,
    steps,
    place: 'data',
  });
}

/**
 * Compiles the recipe's step on a device.
 *
 * @throws UserError for sizes that do not fit
 */
export async function openTraining(device: Device, recipe: NanoRecipe): Promise<Training> {
  const data = await openData(recipe);
  const key = foldIn(keyFromSeed(recipe.seed), STAGE);
  const { kind, ...options } = recipe.model;
  const { vocabSize, contextLength, batchSize, firstPosition, order, weighted } = data;
  const model = createModel(MODELS, kind, options, { vocabSize, contextLength });
  const learner = await openLearner(nextToken, {
    device,
    model,
    data: { vocabSize, contextLength, batchSize, firstPosition, order, weighted },
    options: nextToken.options.parse({}),
    key,
    artifacts: {},
    accumulate: 1,
    optimizer: createOptimizer(OPTIMIZERS, 'adamw', {}),
    clipNorm: CLIP_NORM,
    initial: { params: initParams(model.params, foldIn(key, 'model')) },
  });
  const losses = await openTokenLosses(device, model, data);
  const world = data.world!;
  return {
    parameters: countElements(
      flattenTree<ParamSpec>(model.params, isParamSpec).map(([, leaf]) => leaf),
    ),
    vocabSize,
    async step(step) {
      const learningRate = recipe.learningRate * scheduleFactor(SCHEDULE, step, recipe.steps);
      const { loss } = await learner.step(await data.batch(step), { step, learningRate });
      return loss;
    },
    async evaluate() {
      const means: number[] = [];
      let [hits, count] = [0, 0];
      let shown: readonly ComparedFrame[] = [];
      for (const batch of data.heldOut) {
        const out = await losses.run(learner.model.state as never, batch);
        means.push(mean(out.losses));
        const rows = readRows(batch.targets, contextLength, firstPosition);
        rows.forEach((token, i) => {
          hits += Number(token === Number(out.predictions[i]));
        });
        count += rows.length;
        if (shown.length > 0) continue;
        const first = data.gate!.heldOutSequences[0]!;
        const targets = contextLength - firstPosition;
        shown = compareFrames(world, first, Array.from(out.predictions.slice(0, targets), Number));
      }
      return { loss: mean(means), accuracy: hits / count, frames: shown };
    },
    async close() {
      await Promise.all([learner.close(), losses.close(), data.close()]);
    },
  };
}

/** Targets that count, row by row. */
function readRows(targets: Int32Array, time: number, first: number): number[] {
  return Array.from(targets).filter((_, i) => i % time >= first);
}

/** Frames of a sequence beside those of the most probable tokens; what is not predicted is the truth. */
function compareFrames(
  world: AnyWorld,
  tokens: Int32Array,
  predicted: readonly number[],
): ComparedFrame[] {
  const { firstTarget, frameLength } = world;
  const drawn = Int32Array.from(tokens);
  drawn.set(predicted, firstTarget);
  // A frame that the sequence cuts is left out.
  const whole = Math.floor(tokens.length / frameLength) * frameLength;
  const planes = (some: Int32Array) =>
    world.planes(world.decode(some.subarray(0, whole))).map(copyPlane);
  const given = Math.ceil(firstTarget / frameLength);
  const predictions = planes(drawn);
  return planes(tokens).map((truth, i) => ({
    truth,
    prediction: i < given ? null : predictions[i]!,
  }));
}

/** Planes are views of one array, which would be sent with each of them. */
function copyPlane({ width, height, cells }: Plane): Plane {
  return { width, height, cells: Uint8Array.from(cells) };
}

/** A held-out sequence before anything is predicted. */
export async function previewWorld(recipe: NanoRecipe): Promise<readonly ComparedFrame[]> {
  const { gate } = await openData(recipe);
  const tokens = gate!.heldOutSequences[0]!;
  const targets = tokens.subarray(gate!.world.firstTarget);
  return compareFrames(gate!.world, tokens, Array.from(targets)).map(({ truth }) => ({
    truth,
    prediction: null,
  }));
}

/** The losses of the gate's predictors on the recipe's held-out sequences. */
export async function measureNanoBaselines(recipe: NanoRecipe): Promise<Baseline[]> {
  const { gate } = await openData(recipe);
  const { world, trainingSample, heldOutSequences } = gate!;
  const { baselines } = measureBaselines(world, await trainingSample(), heldOutSequences);
  return baselines.map(({ name, kind, loss }) => ({ name, kind, loss }));
}
