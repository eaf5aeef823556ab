// DMT (arXiv 2606.06479): the network rolls out on its own memories and learns to come back to the teacher's.

import { z } from 'zod';
import { type ArraySpec, type NdArray, spec, type Tree, UserError } from '../../core/index.ts';
import {
  encodeContexts,
  encodePrefixes,
  encoderSpecs,
  type RecurrentParams,
  type TeacherConfig,
  type TeacherParams,
} from '../../nn/index.ts';
import { count } from '../../nn/models/count.ts';
import { type DeviceState, programDepth, type Tensor } from '../../tensor/tracing.ts';
import type { TokenBatch } from '../../text/batches.ts';
import { defineAlgorithm, type Learner, type LearnerContext, type StepPlan } from '../algorithm.ts';
import { numberParts } from '../learner-parts.ts';
import { shapeOf } from '../memory/batch-shape.ts';
import { measureMemories } from '../memory/measure-memories.ts';
import { TAUGHT_METRICS } from '../memory/memory-metrics.ts';
import {
  advanceMemory,
  explainMisfit,
  type MemoryModel,
  memoryMisfit,
  requireMemory,
} from '../memory/memory-model.ts';
import { openRollout, rollOut } from '../memory/rollout.ts';
import { describeStep, type TrainStepOptions } from '../train-step.ts';
import { nameArrays, openTrainer } from '../trainer.ts';
import { cutSegments } from './cut-segments.ts';
import {
  checkSchedule,
  comparedPlaces,
  DMT_WEIGHTS,
  dmtBatchSpecs,
  dmtForward,
} from './dmt-forward.ts';
import { checkEncoder, planSupervision } from './supervision.ts';
import {
  readTeacher,
  readTeacherConfig,
  type TeacherOptions,
  teacherConfig,
} from './teacher-artifact.ts';
import { openTeacherMemories } from './teacher-memories.ts';

const weight = z.number().nonnegative();

const options = z.strictObject({
  weights: z
    .strictObject({
      memory: weight
        .default(DMT_WEIGHTS.memory)
        .describe("Weight of the squared error of the network's memories against the teacher's."),
      readout: weight
        .default(DMT_WEIGHTS.readout)
        .describe('Weight of the loss of the next token, read out of rolled-out memories.'),
    })
    .prefault({})
    .describe('Weights of the two losses; the defaults are the published ones.'),
  every: count
    .default(16)
    .describe(
      "Tokens between comparisons with the teacher's memories; the memory after the first token is always compared.",
    ),
  gradientSteps: count
    .default(1)
    .describe(
      'Rollout steps through which gradients flow back, no more than every; 1 as published.',
    ),
});

export type DmtOptions = z.output<typeof options>;

/** The training that follows SMT (arXiv 2606.06479): the network runs on its own memories and is pulled toward the teacher's. */
export const dmt = defineAlgorithm({
  kind: 'dmt',
  source: 'arXiv 2606.06479',
  description:
    "After SMT: the network runs free on its own memories and learns to stay close to the teacher's.",
  options,
  metrics: {
    ...TAUGHT_METRICS,
    memory: {
      unit: '',
      title: 'memory loss',
      description: "squared error of the network's memories against the teacher's",
    },
    readout: {
      unit: 'nats',
      title: 'readout loss',
      description: 'of the next token, read out of rolled-out memories',
    },
  },
  accepts: (model, data, schedule, given) =>
    memoryMisfit('dmt', model) ??
    explainMisfit(() => {
      checkSchedule(schedule, data.contextLength);
      if (given?.teacher !== undefined) {
        checkTeacher(readTeacherConfig(given.teacher), data.contextLength);
      }
    }),
  specs: (model) => model.params,
  needs: ['teacher'],
  // The rollout, token after token, then the teacher's encoder and the step; only the rollout grows with time.
  facts(plan, given) {
    const model = requireMemory('dmt', plan.model);
    const { parameters, depth } = describeStep(dmtStep(plan, model));
    const config = teacherConfig(model, readTeacherConfig(given.teacher));
    const rollout = plan.data.contextLength * cellDepth(model);
    return { parameters, depth: rollout + encoderDepth(config) + depth };
  },
  open: openDmt,
});

/** @throws UserError for a teacher that cannot be asked about sequences of this length from their beginning */
function checkTeacher({ encoder, supervision }: TeacherOptions, time: number): void {
  checkEncoder(encoder, supervision, time);
  planSupervision({ ...supervision, positions: 1 }, time);
  if (supervision.shortContexts) return;
  throw new UserError('DMT: the teacher has not seen contexts shorter than its window', {
    hint: 'set shortContexts to true in SMT: the network starts without a context',
  });
}

/** The training step of the network; it gets the teacher's memories, not the teacher. */
export function dmtStep(plan: StepPlan<DmtOptions>, model: MemoryModel): TrainStepOptions {
  const { data, options: given } = plan;
  return {
    params: model.params,
    batch: dmtBatchSpecs(model, given, shapeOf(data)),
    forward: (params, part) =>
      dmtForward(model, params as RecurrentParams<Tensor>, part, given.weights),
    optimizer: plan.optimizer,
    clipNorm: plan.clipNorm,
    accumulate: plan.accumulate,
    frozen: plan.frozen,
  };
}

/**
 * A step rolls the network out from its own initial state, one small program per token, and then takes one parallel step on
 * the resulting memories. It reports `memory` and `readout`, the two losses, and evaluates the rolled-out loss.
 */
async function openDmt(context: LearnerContext<DmtOptions>): Promise<Learner> {
  const { device, data, options: given, initial, artifacts } = context;
  const model = requireMemory('dmt', context.model);
  const taught = readTeacherConfig(artifacts.teacher!.config);
  const config = teacherConfig(model, taught);
  const shape = shapeOf(data);
  const step = dmtStep(context, model);
  const teacherState = (await device.createState(
    readTeacher(config, artifacts.teacher!) as unknown as Tree<NdArray>,
  )) as DeviceState<Tree<ArraySpec>>;
  const trainer = await openTrainer(device, { ...step, key: context.key }, initial);
  const plan = planSupervision({ ...taught.supervision, positions: 1 }, shape.time);
  const teacher = await openTeacherMemories(device, config, plan, shape, {
    state: teacherState,
    pick: (params) => params as TeacherParams<Tensor>,
  });
  const live = { state: trainer.state };
  const rollout = await openRollout(device, model, data.batchSize, live);
  const places = [1, ...comparedPlaces(given, shape.time)];
  return {
    model: live,
    peakBytes: trainer.facts.peakBytes,
    async step(batch: TokenBatch, stepOptions) {
      const goals = await teacher.at(batch, places);
      const rolled = await rollOut(rollout, batch.inputs, shape.time);
      const arrays = cutSegments(model, given, shape, batch, rolled, goals);
      const { loss, gradientNorm, ...parts } = numberParts(await trainer.step(arrays, stepOptions));
      return { loss: loss!, gradientNorm: gradientNorm!, parts };
    },
    evaluate: (batches) => measureMemories(batches, shape, rollout, teacher),
    snapshot: () => trainer.snapshot(),
    async finish() {
      const params = (await trainer.state.read()) as Tree<NdArray>;
      return { model: { arrays: nameArrays(params) } };
    },
    async close() {
      await Promise.all([trainer.close(), teacher.close(), rollout.close(), teacherState.drop()]);
    },
  };
}

/** Depth of the step of one token. */
function cellDepth(model: MemoryModel): number {
  const { memoryTokens, hiddenSize } = model.memory.sizes;
  return programDepth({
    states: { params: model.params as Tree<ArraySpec> },
    inputs: { memory: spec('float32', [1, memoryTokens, hiddenSize]), token: spec('int32', [1]) },
    build: ({ params }, { memory, token }) => ({
      outputs: advanceMemory(model, params, memory, token),
    }),
  });
}

/** Depth of the teacher's encoder, which does not depend on the context's length. */
function encoderDepth(config: TeacherConfig): number {
  return programDepth({
    states: { params: encoderSpecs(config) },
    inputs: { tokens: spec('int32', [1, 2]), lengths: spec('int32', [1]) },
    build: ({ params }, { tokens, lengths }) => ({
      outputs:
        config.encoder === 'causal'
          ? encodePrefixes(params, config, tokens)
          : encodeContexts(params, config, tokens, lengths),
    }),
  });
}
