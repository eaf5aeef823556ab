// Trains a small Llama on fixed data on the engine, and tells every loss.

import { trainedParams, trainStepProgram } from '../../src/algorithms/train-step.ts';
import {
  arrayOf,
  castFloats,
  flattenTree,
  foldIn,
  isNdArray,
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
import { adamwScalars, adamwSpecs } from '../../src/optim/index.ts';
import { type Device, mean, type ProgramSpec, type Tensor } from '../../src/tensor/index.ts';

export type Training = {
  readonly config: LlamaConfig;
  readonly batch: number;
  readonly time: number;
  readonly steps: number;
  readonly dtype: 'float32' | 'float64';
  readonly chunks?: { attentionChunk?: number; lossChunk?: number };
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

/** One optimizer step as a program. */
export function trainingProgram({ config, batch, time, dtype, chunks }: Training) {
  const program = trainStepProgram({
    params: withDtype(llamaSpecs(config), dtype),
    batch: { tokens: spec('int32', [batch, time]), targets: spec('int32', [batch, time]) },
    loss: (params, { tokens, targets }, dropoutKey) =>
      mean(
        llamaLosses(params as unknown as LlamaParams<Tensor>, config, tokens!, targets!, {
          ...chunks,
          dropoutKey,
        }).losses,
      ),
    optimizer: OPTIMIZER,
  });
  // biome-ignore lint/suspicious/noExplicitAny: the trees are known to the caller only
  return program as unknown as ProgramSpec<any, any, any>;
}

/** Losses and gradient norms of all steps; parameters and first moments after the last. */
export async function trainLlama(device: Device, training: Training) {
  const { config, batch, time, steps, dtype } = training;
  const program = await device.compile(trainingProgram(training));
  const params = await device.createState(initialParams(training) as unknown as Tree<NdArray>);
  const leaves = trainedParams(withDtype(llamaSpecs(config), dtype)).map(([, leaf]) => leaf);
  const moments = await device.createState(adamwSpecs(leaves));
  const losses: number[] = [];
  const norms: number[] = [];
  for (let step = 0; step < steps; step++) {
    const ids = (name: string) =>
      arrayOf('int32', [batch, time], idsOf(training, `${name} ${step}`));
    const out = (await program.run(
      { params, moments } as never,
      {
        batch: { tokens: ids('tokens'), targets: ids('targets') },
        scalars: adamwScalars(OPTIMIZER, step, learningRateOf(step), dtype),
        key: arrayOf('int32', [2], [9, step]),
      } as never,
    )) as { loss: NdArray; gradientNorm: NdArray };
    losses.push(Number(out.loss.data[0]));
    norms.push(Number(out.gradientNorm.data[0]));
  }
  const values = flattenTree<NdArray>((await params.read()) as Tree<NdArray>, isNdArray);
  const { m } = await moments.read();
  await program.close();
  await params.drop();
  await moments.drop();
  return { losses, norms, params: new Map(values), firstMoments: m };
}
