// The learner of next tokens: a Llama decoder under AdamW, one compiled program a step.

import {
  type ArraySpec,
  foldIn,
  type Key,
  mean as meanOf,
  type NdArray,
  spec,
} from '../core/index.ts';
import {
  type LlamaConfig,
  type LlamaParams,
  llamaLosses,
  llamaSpecs,
  namedTensors,
} from '../nn/index.ts';
import { adamwScalars } from '../optim/index.ts';
import { type Device, type DeviceState, mean, type Tensor } from '../tensor/index.ts';
import type { TokenBatch } from '../text/batches.ts';
import type { Learner, LearnerSnapshot, NamedArrays } from './learner.ts';
import { initialMoments, nameMoments } from './moments.ts';
import {
  type OptimizerOptions,
  type ParamFilter,
  trainedParams,
  trainStepProgram,
} from './train-step.ts';

export type LanguageModelOptions = {
  readonly config: LlamaConfig;
  /** Sequences a step; with `accumulate` they are cut into that many parts, one after the other. */
  readonly batchSize: number;
  readonly contextLength: number;
  readonly accumulate: number;
  /** Inputs before this position have no target that counts. */
  readonly firstPosition: number;
  readonly optimizer: OptimizerOptions;
  /** Parameters that training leaves alone. */
  readonly frozen?: ParamFilter;
  /** Randomness of training (dropout). */
  readonly key: Key;
};

/** Losses and most probable tokens of every target of a batch, row-major `[batch, time − firstPosition]`. */
export type TokenLosses = { readonly losses: Float32Array; readonly predictions: BigInt64Array };

/** The learner, and what only a language model can tell. */
export type LanguageModelLearner = Learner<TokenBatch> & {
  /** Per-token losses of one batch, without training. */
  tokenLosses(batch: TokenBatch): Promise<TokenLosses>;
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
  const { config, batchSize, contextLength, firstPosition } = options;
  const specs = llamaSpecs(config);
  const trained = trainedParams(specs, options.frozen);
  const batch = {
    inputs: spec('int32', [batchSize, contextLength]),
    targets: spec('int32', [batchSize, contextLength]),
  };
  const trainProgram = await device.compile(
    trainStepProgram({
      params: specs,
      batch,
      loss: (params, { inputs, targets }, key) =>
        mean(
          llamaLosses(params as unknown as LlamaParams<Tensor>, config, inputs!, targets!, {
            firstPosition,
            dropoutKey: key,
          }).losses,
        ),
      optimizer: options.optimizer,
      accumulate: options.accumulate,
      ...(options.frozen ? { frozen: options.frozen } : {}),
    }),
  );
  const evaluateProgram = await device.compile({
    states: { params: specs },
    inputs: { batch },
    build: (states, inputs) => ({
      outputs: llamaLosses(states.params, config, inputs.batch.inputs, inputs.batch.targets, {
        firstPosition,
      }),
    }),
  });
  const params = await device.createState<LlamaParams<ArraySpec>>(initial.params, {
    transfer: true,
  });
  const moments = await device.createState(initialMoments(trained, initial.optimizer), {
    transfer: true,
  });

  const asArrays = ({ inputs, targets }: TokenBatch) => {
    const shape = [batchSize, contextLength];
    return {
      inputs: { dtype: 'int32', shape, data: inputs } satisfies NdArray,
      targets: { dtype: 'int32', shape, data: targets } satisfies NdArray,
    };
  };
  const tokenLosses = async (tokens: TokenBatch): Promise<TokenLosses> => {
    const out = await evaluateProgram.run({ params }, { batch: asArrays(tokens) });
    return {
      losses: out.losses.data as Float32Array,
      predictions: out.predictions.data as BigInt64Array,
    };
  };

  return {
    state: params,
    tokenLosses,
    async step(tokens, { step, learningRate }) {
      const out = await trainProgram.run({ params: params as never, moments }, {
        batch: asArrays(tokens),
        scalars: adamwScalars(options.optimizer, step, learningRate),
        key: { dtype: 'int32', shape: [2], data: Int32Array.from(foldIn(options.key, step)) },
      } as never);
      return { loss: Number(out.loss.data[0]), gradientNorm: Number(out.gradientNorm.data[0]) };
    },
    async evaluate(batches) {
      const means: number[] = [];
      for (const tokens of batches) means.push(meanOf((await tokenLosses(tokens)).losses));
      return meanOf(means);
    },
    async snapshot() {
      return {
        params: namedTensors(await params.read()),
        optimizer: nameMoments(trained, await moments.read()),
      } satisfies LearnerSnapshot;
    },
    params: async () => (await params.read()) as LlamaParams<NdArray>,
    async close() {
      await Promise.all([
        params.drop(),
        moments.drop(),
        trainProgram.close(),
        evaluateProgram.close(),
      ]);
    },
  };
}
