// Next-token prediction by any model; for a recurrent one it is backpropagation through time, full or truncated.

import { z } from 'zod';
import {
  type ArraySpec,
  type NdArray,
  type ParamSpec,
  type Tree,
  UserError,
} from '../../core/index.ts';
import type { Model } from '../../nn/index.ts';
import { type DeviceState, slice } from '../../tensor/tracing.ts';
import type { TracedWorld } from '../../worlds/traced-world.ts';
import {
  batchSpecs,
  type DataFacts,
  defineAlgorithm,
  type Learner,
  type LearnerContext,
  type NamedArrays,
  type StepBatch,
  type StepPlan,
} from '../algorithm.ts';
import { constantStepping, firstState } from '../first-state.ts';
import { openHeldOutJudge } from '../held-out-judge.ts';
import { lazily, numberParts } from '../learner-parts.ts';
import { MEMORY_GRADIENTS, ROLLED_OUT_METRICS } from '../memory/memory-metrics.ts';
import { type BatchSource, describeStep, type TrainStepOptions } from '../train-step.ts';
import { nameArrays, openTrainer } from '../trainer.ts';
import { nextTokenForward } from './next-token-forward.ts';

const options = z.strictObject({
  truncate: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'For models with a state of constant size: tokens per segment, at whose borders gradients are cut (truncated backpropagation through time). null: no truncation.',
    ),
  checkpointEvery: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'Tokens between the states that are kept for the backward pass; those in between are recomputed, which takes less memory and more time. null: nothing is recomputed.',
    ),
  learnInitial: z
    .boolean()
    .default(true)
    .describe(
      'Whether the initial state of a recurrent network is trained. It never is on streams, whose rows continue from batch to batch.',
    ),
});

export type NextTokenOptions = z.output<typeof options>;

/** Cross-entropy of the next token; through time for models whose state has a constant size (Werbos 1990). */
export const nextToken = defineAlgorithm({
  kind: 'next-token',
  source: 'Werbos 1990 (through time); Radford et al. 2019 (decoders)',
  description:
    'Cross-entropy of the next token. For recurrent models this is backpropagation through time, full or truncated.',
  options,
  metrics: { ...ROLLED_OUT_METRICS, memoryGradients: MEMORY_GRADIENTS },
  accepts(model, _data, { truncate, checkpointEvery }) {
    if ((truncate === null && checkpointEvery === null) || constantStepping(model)) return null;
    const does = truncate === null ? 'keeps checkpoints of' : 'truncates';
    return `next-token ${does} models whose state has a constant size; ${model.stepping ? `${model.kind}'s grows with the context` : `${model.kind} has none`}`;
  },
  drawsOnDevice: true,
  specs: (model) => model.params,
  facts: (plan) => describeStep(nextTokenStep(plan)),
  open: openNextToken,
});

/** The state carried from step to step, if there is one. */
function carriedSpecs(model: Model, { order, batchSize }: DataFacts): Tree<ArraySpec> | undefined {
  if (order !== 'stream') return undefined;
  return constantStepping(model)?.specs({ batch: batchSize, capacity: 1 });
}

/** The step. */
function nextTokenStep(plan: StepPlan<NextTokenOptions>): TrainStepOptions {
  const { model, data, options: given, frozen } = plan;
  const carried = carriedSpecs(model, data);
  const keepsInitial = carried !== undefined || !given.learnInitial;
  return {
    params: model.params,
    batch: batchSpecs(data),
    forward: (params, part) =>
      nextTokenForward(model, params, part, {
        firstPosition: data.firstPosition,
        truncate: given.truncate,
        checkpointEvery: given.checkpointEvery,
      }),
    optimizer: plan.optimizer,
    clipNorm: plan.clipNorm,
    accumulate: plan.accumulate,
    frozen: (leaf: ParamSpec) => (keepsInitial && leaf.role === 'memory') || !!frozen?.(leaf),
    ...(carried ? { carried } : {}),
  };
}

async function openNextToken(context: LearnerContext<NextTokenOptions>): Promise<Learner> {
  const { device, data, initial } = context;
  const tables = context.source?.tables();
  const source = context.source && tables && batchSource(context.source, tables, data);
  const step = { ...nextTokenStep(context), source };
  const carried =
    step.carried && !initial.optimizer ? await beginning(context, initial.params) : undefined;
  const trainer = await openTrainer(
    device,
    { ...step, key: context.key },
    { ...initial, carried, tables },
  );
  const live = { state: trainer.state };
  const judge = lazily(() => openHeldOutJudge(context, live.state));
  return {
    model: live,
    peakBytes: trainer.facts.peakBytes,
    async step(batch, options) {
      const { memoryGradients, ...numbers } = await trainer.step(batchArrays(batch, data), options);
      const { loss, gradientNorm } = numberParts(numbers);
      const series = memoryGradients && {
        memoryGradients: addRows(memoryGradients, data.contextLength),
      };
      return { loss: loss!, gradientNorm: gradientNorm!, ...(series ? { series } : {}) };
    },
    evaluate: async (batches) => (await judge.get()).evaluate(batches),
    snapshot: () => trainer.snapshot(),
    finish: async () => ({
      model: { arrays: nameArrays((await trainer.state.read()) as Tree<NdArray>) },
    }),
    async close() {
      await Promise.all([trainer.close(), judge.close()]);
    },
  };
}

/** The initial state of a stream. */
async function beginning(
  { device, model, data }: LearnerContext<NextTokenOptions>,
  params: Tree<NdArray>,
): Promise<Tree<NdArray>> {
  const state = (await device.createState<Tree<ArraySpec>>(params)) as DeviceState<Tree<ArraySpec>>;
  const first = await firstState(device, model, state, data.batchSize);
  await state.drop();
  return first;
}

/** Batches that the step draws: inputs, and targets one token on. */
function batchSource(
  world: TracedWorld,
  tables: NamedArrays,
  { batchSize, contextLength }: DataFacts,
): BatchSource {
  return {
    tables,
    draw: (traced, key) => {
      const tokens = world.draw(traced, key, batchSize);
      return {
        inputs: slice(tokens, 1, 0, contextLength),
        targets: slice(tokens, 1, 1, contextLength + 1),
      };
    },
  };
}

/**
 * The arrays of a step's batch.
 *
 * @throws UserError if a batch has weights, or only a key, and the data's facts say otherwise, or vice versa
 */
function batchArrays(batch: StepBatch, data: DataFacts): NamedArrays {
  if ('key' in batch !== (data.drawnOnDevice ?? false)) {
    throw new UserError(
      `a batch ${'key' in batch ? 'is a key' : 'has tokens'}, unlike the data's facts`,
    );
  }
  if ('key' in batch) {
    return { key: { dtype: 'int32', shape: [2], data: Int32Array.from(batch.key) } };
  }
  const { inputs, targets, weights } = batch;
  if (!weights !== !data.weighted) {
    throw new UserError(`a batch ${weights ? 'has' : 'has no'} weights, unlike the data's facts`);
  }
  const shape = [data.batchSize, data.contextLength];
  return {
    inputs: { dtype: 'int32', shape, data: inputs },
    targets: { dtype: 'int32', shape, data: targets },
    ...(weights ? { weights: { dtype: 'float32', shape, data: weights } as const } : {}),
  };
}

function addRows({ data }: NdArray, time: number): number[] {
  const sums = new Array<number>(time).fill(0);
  (data as Float32Array).forEach((x, i) => {
    sums[i % time]! += x;
  });
  return sums;
}
