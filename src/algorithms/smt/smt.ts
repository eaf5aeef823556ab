// Supervised Memory Training (arXiv 2606.06479): a teacher learns what to remember and a cell learns to remember it, jointly.

import { z } from 'zod';
import { foldIn, type NdArray, type ParamSpec, type Tree } from '../../core/index.ts';
import { type RecurrentParams, readoutOf } from '../../nn/index.ts';
import type { Tensor } from '../../tensor/tracing.ts';
import type { TokenBatch } from '../../text/batches.ts';
import {
  type Artifacts,
  defineAlgorithm,
  type Learner,
  type LearnerContext,
  type NamedArrays,
  type StepPlan,
} from '../algorithm.ts';
import { lazily, numberParts } from '../learner-parts.ts';
import { shapeOf } from '../memory/batch-shape.ts';
import { measureMemories } from '../memory/measure-memories.ts';
import { MEMORY_GRADIENTS, TAUGHT_METRICS } from '../memory/memory-metrics.ts';
import {
  explainMisfit,
  type MemoryModel,
  memoryMisfit,
  requireMemory,
} from '../memory/memory-model.ts';
import { openRollout } from '../memory/rollout.ts';
import { describeStep, type TrainStepOptions } from '../train-step.ts';
import { nameArrays, openTrainer } from '../trainer.ts';
import { cutBatch } from './cut-batch.ts';
import {
  SMT_WEIGHTS,
  type SmtParams,
  smtBatchSpecs,
  smtForward,
  taughtParams,
} from './smt-forward.ts';
import { checkEncoder, planSupervision } from './supervision.ts';
import {
  type TeacherOptions,
  teacherConfig,
  teacherOptions,
  teacherPart,
} from './teacher-artifact.ts';
import { openTeacherMemories } from './teacher-memories.ts';

const weight = z.number().nonnegative();

const options = z.strictObject({
  ...teacherOptions,
  weights: z
    .strictObject({
      decode: weight
        .default(SMT_WEIGHTS.decode)
        .describe('Weight of the loss of the futures decoded from memories.'),
      dynamics: weight
        .default(SMT_WEIGHTS.dynamics)
        .describe(
          "Weight of the error of the cell's step from one of the teacher's memories to the next.",
        ),
      uniformity: weight
        .default(SMT_WEIGHTS.uniformity)
        .describe('Weight of the uniformity loss, which keeps memories apart.'),
    })
    .prefault({})
    .describe('Weights of the three losses; the defaults are the published ones.'),
});

export type SmtOptions = z.output<typeof options>;

const METRICS = {
  ...TAUGHT_METRICS,
  memoryGradients: MEMORY_GRADIENTS,
  decode: {
    unit: 'nats',
    title: 'decode loss',
    description: 'of the futures decoded from memories',
  },
  dynamics: {
    unit: '',
    title: 'dynamics loss',
    description: "squared error of the cell's step from one of the teacher's memories to the next",
  },
  uniformity: {
    unit: '',
    title: 'uniformity loss',
    description: 'how close memory tokens lie to one another (Wang and Isola 2020)',
  },
  'gradientNorm.teacher': {
    unit: '',
    title: "teacher's gradient norm",
    description: 'before clipping',
  },
  'gradientNorm.cell': { unit: '', title: "cell's gradient norm", description: 'before clipping' },
};

/** Supervised Memory Training (arXiv 2606.06479): teacher and cell, all positions in parallel. */
export const smt = defineAlgorithm({
  kind: 'smt',
  source: 'arXiv 2606.06479',
  description:
    'Supervised Memory Training: a teacher decides what to remember, and a cell learns to remember it, in parallel over time.',
  options,
  metrics: METRICS,
  accepts: (model, data, { encoder, supervision }) =>
    memoryMisfit('smt', model) ??
    explainMisfit(() => {
      checkEncoder(encoder, supervision, data.contextLength);
      planSupervision(supervision, data.contextLength);
    }),
  specs: (model, given) => smtSpecs(requireMemory('smt', model), given),
  adopts: ['teacher'],
  adopt: ({ model, teacher }: Artifacts): NamedArrays =>
    Object.fromEntries([
      ...Object.entries(model?.arrays ?? {}).filter(([name]) => name.startsWith('cell.')),
      ...Object.entries(teacher?.arrays ?? {}).map(([name, array]) => [`teacher.${name}`, array]),
    ]),
  leaves: (given) => ({ teacher: teacherOptionsOf(given) }),
  facts: (plan) => describeStep(smtStep(plan, requireMemory('smt', plan.model))),
  open: openSmt,
});

function teacherOptionsOf({ encoder, encoderLayers, supervision }: SmtOptions): TeacherOptions {
  return { encoder, encoderLayers, supervision };
}

/** What SMT trains. */
function smtSpecs(model: MemoryModel, given: SmtOptions): SmtParams<ParamSpec> {
  const { cell } = model.params as RecurrentParams<ParamSpec>;
  return { teacher: teacherPart(teacherConfig(model, given)), cell };
}

/** The training step; gradients of teacher and cell are clipped separately. */
function smtStep(plan: StepPlan<SmtOptions>, model: MemoryModel): TrainStepOptions {
  const { data, options: given, accumulate } = plan;
  const config = teacherConfig(model, given);
  const supervised = planSupervision(given.supervision, data.contextLength);
  return {
    params: smtSpecs(model, given),
    batch: smtBatchSpecs(config, supervised, shapeOf(data), accumulate),
    forward: (params, part) =>
      smtForward(model, config, params as SmtParams<Tensor>, part, given.weights),
    optimizer: plan.optimizer,
    clipNorm: plan.clipNorm,
    accumulate,
    frozen: plan.frozen,
    clipApart: true,
  };
}

/**
 * It evaluates the loss of what is read out of the teacher's memories. A step's `memoryGradients` has by position n
 * (tokens read) the norm of the gradient of a row's decode loss with regard to its memory, a mean over the rows
 * supervised there.
 */
async function openSmt(context: LearnerContext<SmtOptions>): Promise<Learner> {
  const { device, data, options: given, accumulate } = context;
  const model = requireMemory('smt', context.model);
  const config = teacherConfig(model, given);
  const shape = shapeOf(data);
  const plan = planSupervision(given.supervision, data.contextLength);
  const step = smtStep(context, model);
  const trainer = await openTrainer(device, { ...step, key: context.key }, context.initial);
  const live = {
    state: trainer.state,
    pick: (params: Tree<Tensor>) => taughtParams(config, params as SmtParams<Tensor>),
  };
  const rollout = lazily(() => openRollout(device, model, data.batchSize, live));
  const teacher = lazily(() =>
    openTeacherMemories(device, config, plan, shape, {
      state: trainer.state,
      pick: (params) => (params as SmtParams<Tensor>).teacher,
    }),
  );
  return {
    model: live,
    peakBytes: trainer.facts.peakBytes,
    async step(batch: TokenBatch, options) {
      const key = foldIn(context.key, options.step);
      const { arrays, positions } = cutBatch(config, plan, shape, batch, key, accumulate);
      const { memoryGradients, ...numbers } = await trainer.step(arrays, options);
      const { loss, gradientNorm, ...parts } = numberParts(numbers);
      const norms = memoryGradients!.data as Float32Array;
      return {
        loss: loss!,
        gradientNorm: gradientNorm!,
        parts,
        series: { memoryGradients: meanByPosition(norms, positions.flat(), shape.time + 1) },
      };
    },
    async evaluate(batches) {
      const memories = await teacher.get();
      const found = await measureMemories(batches, shape, await rollout.get(), memories);
      return { ...found, loss: found.parts.teacherLoss! };
    },
    snapshot: () => trainer.snapshot(),
    async finish() {
      const params = (await trainer.state.read()) as unknown as SmtParams<NdArray>;
      const one = await openRollout(device, model, 1, live);
      const data = await one.start();
      await one.close();
      const { memoryTokens, hiddenSize } = config;
      const initial: NdArray = { dtype: 'float32', shape: [memoryTokens, hiddenSize], data };
      const network = { cell: params.cell, readout: readoutOf(params.teacher.decoder), initial };
      return {
        // Copies, because a tree may be handed over to a device.
        model: { arrays: nameArrays(structuredClone(network) as Tree<NdArray>) },
        teacher: {
          arrays: nameArrays(params.teacher as Tree<NdArray>),
          config: teacherOptionsOf(given),
        },
      };
    },
    async close() {
      await Promise.all([trainer.close(), rollout.close(), teacher.close()]);
    },
  };
}

function meanByPosition(
  values: Float32Array,
  positions: readonly number[],
  count: number,
): number[] {
  const sums = new Float64Array(count);
  const hits = new Float64Array(count);
  positions.forEach((n, i) => {
    sums[n]! += values[i]!;
    hits[n]! += 1;
  });
  return Array.from(sums, (sum, n) => sum / hits[n]!);
}
