// The learner that SMT is compared with: the same cell and readout, trained by backpropagation through time.

import { type NdArray, type ParamSpec, UserError } from '../../core/index.ts';
import { type MemoryConfig, type RecurrentParams, recurrentSpecs } from '../../nn/index.ts';
import type { Device, Tensor } from '../../tensor/index.ts';
import type { Learner, NamedArrays } from '../learner.ts';
import { lazily, numberParts } from '../memory/learner-parts.ts';
import { measureMemories } from '../memory/measure-memories.ts';
import { openRollout, type Rollout } from '../memory/rollout.ts';
import { type SequenceBatch, weightsOf } from '../memory/sequence-batch.ts';
import type { OptimizerOptions } from '../train-step.ts';
import { openTrainer, type TrainerOptions } from '../trainer.ts';
import { bpttBatchSpecs, bpttForward } from './bptt-forward.ts';

export type BpttOptions = {
  readonly config: MemoryConfig;
  readonly batchSize: number;
  /** Inputs of a sequence, and steps of the unrolled network. */
  readonly time: number;
  /** Steps between the places where gradients are cut; full backpropagation where absent. */
  readonly truncation?: number | undefined;
  /** Whether the initial state is learned; it stays as it is (zero, as published) otherwise. */
  readonly learnInitial: boolean;
  readonly optimizer: OptimizerOptions;
};

export type BpttLearner = Learner<SequenceBatch> & {
  /** The network, for so many sequences at a time (one). */
  rollout(rows?: number): Promise<Rollout>;
  params(): Promise<RecurrentParams<NdArray>>;
};

/**
 * The step.
 *
 * @throws UserError for a truncation that is no positive integer
 */
export function bpttTrainer(options: BpttOptions): TrainerOptions<RecurrentParams<ParamSpec>> {
  const { config, truncation } = options;
  if (truncation !== undefined && !(Number.isInteger(truncation) && truncation >= 1)) {
    throw new UserError(`BPTT: truncation is ${truncation}`, { hint: 'use a positive integer' });
  }
  return {
    params: recurrentSpecs(config),
    batch: bpttBatchSpecs(options),
    forward: (params, batch) =>
      bpttForward(params as RecurrentParams<Tensor>, config, batch, truncation),
    optimizer: options.optimizer,
    frozen: ({ role }) => role === 'memory' && !options.learnInitial,
  };
}

/**
 * The learner. A step reports `memoryGradients` (see `bpttForward`).
 *
 * @param initial parameters (`initRecurrent`), and the optimizer's arrays of a snapshot to go on from
 */
export async function openBpttLearner(
  device: Device,
  options: BpttOptions,
  initial: { readonly params: RecurrentParams<NdArray>; readonly optimizer?: NamedArrays },
): Promise<BpttLearner> {
  const { config, batchSize, time } = options;
  const shape = { batchSize, time };
  const trainer = await openTrainer(device, bpttTrainer(options), initial);
  const open = (rows: number) => openRollout(device, config, rows, trainer.state);
  const rollout = lazily(() => open(batchSize));
  const measure = async (batches: Iterable<SequenceBatch>) =>
    measureMemories(batches, shape, await rollout.get());
  return {
    async step(batch, step) {
      const asIds = (data: Int32Array) =>
        ({ dtype: 'int32', shape: [batchSize, time], data }) as const;
      const { memoryGradients, ...numbers } = await trainer.step(
        {
          inputs: asIds(batch.inputs),
          targets: asIds(batch.targets),
          weights: weightsOf(batch, shape),
        },
        step,
      );
      const { loss, gradientNorm } = numberParts(numbers);
      const series = { memoryGradients: Array.from(memoryGradients!.data as Float32Array) };
      return { loss: loss!, gradientNorm: gradientNorm!, series };
    },
    async evaluate(batches) {
      return (await measure(batches)).parts.rolledOutLoss!;
    },
    measure,
    rollout: (rows = 1) => open(rows),
    params: async () => (await trainer.state.read()) as unknown as RecurrentParams<NdArray>,
    snapshot: () => trainer.snapshot(),
    async close() {
      await Promise.all([trainer.close(), rollout.close()]);
    },
  };
}
