// The learner of both stages of a run: next-token training of a Llama decoder, which can also tell its losses token by token.

import {
  type DataFacts,
  type Learner,
  type NamedArrays,
  nextToken,
  openLearner,
  type ParamFilter,
} from '../algorithms/index.ts';
import { lazily } from '../algorithms/learner-parts.ts';
import type { ArraySpec, Key, NdArray, Tree } from '../core/index.ts';
import { openTokenLosses } from '../eval/index.ts';
import { createLlama, type LlamaConfig, type LlamaParams } from '../nn/index.ts';
import { createOptimizer, OPTIMIZERS } from '../optim/index.ts';
import type { Device, DeviceState } from '../tensor/index.ts';
import type { JudgedModel } from './open-judged-model.ts';
import type { Recipe } from './recipe.ts';

export type LanguageModelOptions = {
  readonly config: LlamaConfig;
  /** Sequences a step; with `accumulate` they are cut into that many parts, one after the other. */
  readonly batchSize: number;
  readonly contextLength: number;
  readonly accumulate: number;
  /** Inputs before this position have no target that counts. */
  readonly firstPosition: number;
  readonly optimizer: Pick<
    NonNullable<Recipe['text']>['optimizer'],
    'betas' | 'epsilon' | 'weightDecay' | 'decay' | 'clipNorm'
  >;
  /** Parameters that training leaves alone. */
  readonly frozen?: ParamFilter;
  /** Randomness of training (dropout). */
  readonly key: Key;
};

/** The learner, and what only a language model can tell. */
export type LanguageModelLearner = Learner &
  Pick<JudgedModel, 'tokenLosses'> & {
    /** The parameters on the device, as they are at any moment. */
    readonly state: DeviceState<LlamaParams<ArraySpec>>;
    /** A copy of the parameters. */
    params(): Promise<LlamaParams<NdArray>>;
  };

/**
 * Compiles the programs and puts parameters on the device.
 *
 * @param initial parameters, and the optimizer's arrays of a snapshot to go on from (else they start at zero)
 */
export async function openLanguageModel(
  device: Device,
  options: LanguageModelOptions,
  initial: { readonly params: LlamaParams<NdArray>; readonly optimizer?: NamedArrays },
): Promise<LanguageModelLearner> {
  const { config, batchSize, contextLength, firstPosition, accumulate, key, frozen } = options;
  const { betas, epsilon, weightDecay, decay, clipNorm } = options.optimizer;
  const model = createLlama(config);
  const data: DataFacts = {
    ...{ vocabSize: config.vocabSize, contextLength, batchSize, firstPosition },
    ...{ order: 'independent', weighted: false },
  };
  const learner = await openLearner(nextToken, {
    ...{ device, model, data, accumulate, key, clipNorm, frozen, artifacts: {} },
    options: nextToken.options.parse({}),
    optimizer: createOptimizer(OPTIMIZERS, 'adamw', { betas, epsilon, weightDecay, decay }),
    initial: { ...initial, params: initial.params as unknown as Tree<NdArray> },
  });
  const { state } = learner.model;
  const judge = lazily(() => openTokenLosses(device, model, data));
  return {
    ...learner,
    state: state as DeviceState<LlamaParams<ArraySpec>>,
    tokenLosses: async (batch) => (await judge.get()).run(state as never, batch),
    params: async () => (await state.read()) as unknown as LlamaParams<NdArray>,
    async close() {
      await Promise.all([judge.close(), learner.close()]);
    },
  };
}
