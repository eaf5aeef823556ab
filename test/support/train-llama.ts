// Trains a small Llama on fixed data on the engine, and tells every loss.

import type { LearnerSnapshot } from '../../src/algorithms/index.ts';
import { type TrainStepOptions, trainStepProgram } from '../../src/algorithms/train-step.ts';
import { arraysToTree, openTrainer } from '../../src/algorithms/trainer.ts';
import {
  arrayOf,
  castFloats,
  foldIn,
  keyFromSeed,
  type NdArray,
  randomBits,
  spec,
  type Tree,
  withDtype,
} from '../../src/core/index.ts';
import {
  initLlama,
  type LlamaConfig,
  type LlamaParams,
  llamaLosses,
  llamaSpecs,
} from '../../src/nn/index.ts';
import { createOptimizer, OPTIMIZERS } from '../../src/optim/index.ts';
import { type Device, mean, type Tensor } from '../../src/tensor/index.ts';

export type Training = {
  readonly config: LlamaConfig;
  readonly batch: number;
  readonly time: number;
  readonly steps: number;
  readonly dtype: 'float32' | 'float64';
  /** Parts of a batch. */
  readonly accumulate?: number;
};

export const OPTIMIZER = {
  betas: [0.9, 0.95],
  epsilon: 1e-8,
  weightDecay: 0.1,
  clipNorm: 3,
} as const;

/** The learning rate of a step: a short warm-up. */
export const learningRateOf = (step: number) => 3e-3 * Math.min(1, (step + 1) / 4);

const KEY = keyFromSeed(77);

/** Ids of a step; skewed like language: small ids are frequent. */
export function idsOf(training: Training, name: string): Int32Array {
  const bits = randomBits(foldIn(KEY, name), training.batch * training.time);
  return Int32Array.from(bits, (b) => Math.floor(training.config.vocabSize * (b / 2 ** 32) ** 3));
}

export function initialParams({ config, dtype }: Training): LlamaParams<NdArray> {
  const params = initLlama(config, KEY) as unknown as Tree<NdArray>;
  return castFloats(params, dtype) as unknown as LlamaParams<NdArray>;
}

/** One optimizer step. */
function trainingStep({ config, batch, time, dtype, accumulate }: Training): TrainStepOptions {
  const { clipNorm, ...options } = OPTIMIZER;
  return {
    params: withDtype(llamaSpecs(config), dtype),
    batch: { tokens: spec('int32', [batch, time]), targets: spec('int32', [batch, time]) },
    forward: (params, { batch: { tokens, targets }, key: dropoutKey }) => ({
      loss: mean(
        llamaLosses(params as unknown as LlamaParams<Tensor>, config, tokens!, targets!, {
          dropoutKey,
        }).losses,
      ),
    }),
    optimizer: createOptimizer(OPTIMIZERS, 'adamw', options),
    clipNorm,
    ...(accumulate === undefined ? {} : { accumulate }),
  };
}

/** The step as a program. */
export function trainingProgram(training: Training, options: Partial<TrainStepOptions> = {}) {
  return trainStepProgram({ ...trainingStep(training), ...options });
}

type Place = {
  /** The first of the steps. */
  readonly first?: number;
  /** What it goes on from; `params` else. */
  readonly snapshot?: LearnerSnapshot;
  /** By default `initialParams`. */
  readonly params?: LlamaParams<NdArray>;
};

/** Losses and gradient norms of all steps; parameters and first moments after the last. */
export async function trainLlama(
  device: Device,
  training: Training,
  { first = 0, snapshot, params: begun = initialParams(training) }: Place = {},
) {
  const { batch, time, steps } = training;
  const initial = structuredClone(
    snapshot
      ? {
          params: arraysToTree(trainingStep(training).params, snapshot.params) as Tree<NdArray>,
          optimizer: snapshot.optimizer,
        }
      : { params: begun as unknown as Tree<NdArray> },
  );
  const trainer = await openTrainer(device, { ...trainingStep(training), key: KEY }, initial);
  const losses: number[] = [];
  const norms: number[] = [];
  for (let step = first; step < steps; step++) {
    const ids = (name: string) =>
      arrayOf('int32', [batch, time], idsOf(training, `${name} ${step}`));
    const out = await trainer.step(
      { tokens: ids('tokens'), targets: ids('targets') },
      { step, learningRate: learningRateOf(step) },
    );
    losses.push(Number(out.loss!.data[0]));
    norms.push(Number(out.gradientNorm!.data[0]));
  }
  const made = await trainer.snapshot();
  const { params, optimizer } = made;
  await trainer.close();
  const firstMoments = Object.entries(optimizer).flatMap(([name, m]) =>
    name.startsWith('m.') ? [m] : [],
  );
  return {
    losses,
    norms,
    params: new Map(Object.entries(params)),
    firstMoments,
    snapshot: made,
  };
}
