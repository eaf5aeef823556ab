// DMT (arXiv 2606.06479): the network rolls out on its own memories and learns to come back to the teacher's.

import {
  type ArraySpec,
  type NdArray,
  type ParamSpec,
  type Tree,
  UserError,
} from '../../core/index.ts';
import {
  type MemoryConfig,
  type RecurrentParams,
  recurrentSpecs,
  type TeacherParams,
} from '../../nn/index.ts';
import type { Device, DeviceState, Tensor } from '../../tensor/index.ts';
import type { Learner, NamedArrays } from '../learner.ts';
import { numberParts } from '../memory/learner-parts.ts';
import { measureMemories } from '../memory/measure-memories.ts';
import { columnOf, openRollout, type Rollout, rollOut } from '../memory/rollout.ts';
import { type BatchShape, type SequenceBatch, weightsOf } from '../memory/sequence-batch.ts';
import type { OptimizerOptions } from '../train-step.ts';
import { openTrainer, type TrainerOptions } from '../trainer.ts';
import {
  checkSchedule,
  comparedPlaces,
  type DmtSchedule,
  type DmtWeights,
  dmtBatchSpecs,
  dmtForward,
} from './dmt-forward.ts';
import { checkEncoder, planSupervision, type Supervision } from './supervision.ts';
import { openTeacherMemories } from './teacher-memories.ts';

export type DmtOptions = {
  readonly config: MemoryConfig;
  readonly batchSize: number;
  /** Inputs of a sequence, and steps of a rollout. */
  readonly time: number;
  /** How the teacher was supervised: contexts are cut alike. */
  readonly supervision: Supervision;
  readonly schedule: DmtSchedule;
  readonly weights: DmtWeights;
  readonly optimizer: OptimizerOptions;
};

export type DmtLearner = Learner<SequenceBatch> & {
  /** The network, for so many sequences at a time (one). */
  rollout(rows?: number): Promise<Rollout>;
  params(): Promise<RecurrentParams<NdArray>>;
};

/**
 * The step of the network; the teacher is no part of it, only its memories are.
 *
 * @throws UserError for a schedule that does not fit, or a teacher that knows no short contexts
 */
export function dmtTrainer(options: DmtOptions): TrainerOptions<RecurrentParams<ParamSpec>> {
  const { config, schedule, batchSize, time } = options;
  checkEncoder(config, options.supervision, time);
  checkSchedule(schedule, time);
  if (!options.supervision.shortContexts) {
    throw new UserError('DMT: the teacher never saw a context shorter than its window', {
      hint: 'turn shortContexts on in SMT: the network starts without a context',
    });
  }
  return {
    params: recurrentSpecs(config),
    batch: dmtBatchSpecs(config, schedule, { batchSize, time }),
    forward: (params, batch) =>
      dmtForward(params as RecurrentParams<Tensor>, config, batch, options.weights),
    optimizer: options.optimizer,
  };
}

/** The arrays of a step, of what was rolled out and what the teacher remembers. */
export function cutSegments(
  options: Pick<DmtOptions, 'config' | 'schedule'>,
  shape: BatchShape,
  batch: SequenceBatch,
  /** Entry n is after n tokens. */
  rolled: readonly Float32Array[],
  /** After the first token, then at the compared places. */
  goals: readonly Float32Array[],
): Readonly<Record<string, NdArray>> {
  const { time, batchSize } = shape;
  const { memoryTokens, hiddenSize } = options.config;
  const steps = options.schedule.gradientSteps;
  const places = comparedPlaces(options.schedule, time);
  const join = (parts: readonly Float32Array[]): NdArray => {
    const size = parts[0]!.length;
    const data = new Float32Array(parts.length * size);
    parts.forEach((part, i) => {
      data.set(part, i * size);
    });
    return { dtype: 'float32', shape: [parts.length * batchSize, memoryTokens, hiddenSize], data };
  };
  const tokens = new Int32Array(places.length * batchSize * steps);
  places.forEach((place, p) => {
    for (let row = 0; row < batchSize; row++) {
      const from = row * time + place - steps;
      const own = batch.inputs.subarray(from, from + steps);
      tokens.set(own, (p * batchSize + row) * steps);
    }
  });
  const weights = weightsOf(batch, shape).data as Float32Array;
  // Rolled-out memories lie by position, then by row; so must what belongs to them.
  const byPosition = <T extends Int32Array | Float32Array>(from: T, to: T) => {
    for (let t = 0; t < time; t++) {
      for (let row = 0; row < batchSize; row++) to[t * batchSize + row] = from[row * time + t]!;
    }
    return to;
  };
  const count = batchSize * time;
  return {
    start: join(places.map((place) => rolled[place - steps]!)),
    tokens: { dtype: 'int32', shape: [places.length * batchSize, steps], data: tokens },
    goal: join(goals.slice(1)),
    firstTokens: {
      dtype: 'int32',
      shape: [batchSize],
      data: columnOf(batch.inputs, time, 0),
    },
    firstGoal: join(goals.slice(0, 1)),
    rolled: join(rolled.slice(1)),
    targets: {
      dtype: 'int32',
      shape: [count],
      data: byPosition(batch.targets, new Int32Array(count)),
    },
    weights: {
      dtype: 'float32',
      shape: [count],
      data: byPosition(weights, new Float32Array(count)),
    },
  };
}

/**
 * The learner. A step rolls the network out from its own initial state, one small program a token, and then takes one
 * parallel step on what came out. It reports `memory` and `readout`, the two losses, and evaluates the rolled-out loss.
 *
 * @param initial the network (from `SmtLearner.finish`, or a snapshot with its optimizer), and the teacher, which stays
 */
export async function openDmtLearner(
  device: Device,
  options: DmtOptions,
  initial: {
    readonly params: RecurrentParams<NdArray>;
    readonly teacher: TeacherParams<NdArray>;
    readonly optimizer?: NamedArrays;
  },
): Promise<DmtLearner> {
  const { config, batchSize, time } = options;
  const shape = { batchSize, time };
  const trainer = await openTrainer(device, dmtTrainer(options), initial);
  const teacherState = (await device.createState(
    initial.teacher as unknown as Tree<NdArray>,
  )) as DeviceState<Tree<ArraySpec>>;
  const plan = planSupervision(options.supervision, time);
  const teacher = await openTeacherMemories(
    device,
    config,
    plan,
    shape,
    teacherState,
    (params) => params as TeacherParams<Tensor>,
  );
  const open = (rows: number) => openRollout(device, config, rows, trainer.state);
  const rollout = await open(batchSize);
  const places = [1, ...comparedPlaces(options.schedule, time)];
  const measure = (batches: Iterable<SequenceBatch>) =>
    measureMemories(batches, shape, rollout, teacher);
  return {
    async step(batch, step) {
      const goals = await teacher.at(batch, places);
      const rolled = await rollOut(rollout, batch.inputs, time);
      const arrays = cutSegments(options, shape, batch, rolled, goals);
      const { loss, gradientNorm, ...parts } = numberParts(await trainer.step(arrays, step));
      return { loss: loss!, gradientNorm: gradientNorm!, parts };
    },
    async evaluate(batches) {
      return (await measureMemories(batches, shape, rollout)).parts.rolledOutLoss!;
    },
    measure,
    rollout: (rows = 1) => open(rows),
    params: async () => (await trainer.state.read()) as unknown as RecurrentParams<NdArray>,
    snapshot: () => trainer.snapshot(),
    async close() {
      await Promise.all([trainer.close(), teacher.close(), rollout.close(), teacherState.drop()]);
    },
  };
}
