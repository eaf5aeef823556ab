// Supervised Memory Training (arXiv 2606.06479): a teacher learns what to remember, and a cell to remember it, together.

import {
  foldIn,
  initParams,
  type Key,
  type NdArray,
  type ParamSpec,
  scoped,
} from '../../core/index.ts';
import {
  createCell,
  type MemoryConfig,
  type RecurrentParams,
  readoutOf,
  type TeacherParams,
  teacherSpecs,
} from '../../nn/index.ts';
import type { Device, Tensor } from '../../tensor/index.ts';
import type { Learner, NamedArrays } from '../learner.ts';
import { lazily, numberParts } from '../memory/learner-parts.ts';
import { measureMemories, measureTeacherLoss } from '../memory/measure-memories.ts';
import { openRollout, type Rollout } from '../memory/rollout.ts';
import type { BatchShape, SequenceBatch } from '../memory/sequence-batch.ts';
import type { OptimizerOptions } from '../train-step.ts';
import { openTrainer, type TrainerOptions } from '../trainer.ts';
import {
  countMemoryTokens,
  type SmtParams,
  type SmtWeights,
  smtBatchSpecs,
  smtForward,
} from './smt-forward.ts';
import {
  checkEncoder,
  choosePositions,
  cutContexts,
  cutFutures,
  flatPositions,
  planSupervision,
  type Supervision,
  type SupervisionPlan,
  sampleRows,
} from './supervision.ts';
import { pickTaught } from './taught-network.ts';
import { openTeacherMemories } from './teacher-memories.ts';

export type SmtOptions = {
  readonly config: MemoryConfig;
  readonly batchSize: number;
  /** Inputs of a sequence. */
  readonly time: number;
  readonly supervision: Supervision;
  readonly weights: SmtWeights;
  readonly optimizer: OptimizerOptions;
  /** Randomness of training: which places are supervised. */
  readonly key: Key;
};

export type SmtLearner = Learner<SequenceBatch> & {
  /** The network as it is: the teacher's readout and initial state with the cell. */
  rollout(rows?: number): Promise<Rollout>;
  /** A copy of the parameters. */
  params(): Promise<SmtParams<NdArray>>;
  /** What the next stage (DMT) begins with. */
  finish(): Promise<{
    readonly teacher: TeacherParams<NdArray>;
    readonly network: RecurrentParams<NdArray>;
  }>;
};

/** What SMT trains. */
export function smtSpecs(config: MemoryConfig): SmtParams<ParamSpec> {
  return { teacher: scoped(teacherSpecs(config)), cell: scoped(createCell(config).specs()) };
}

/** Random parameters: a pure function of the key. */
export function initSmt(config: MemoryConfig, key: Key): SmtParams<NdArray> {
  return initParams(smtSpecs(config), key);
}

/** The step: teacher and cell are clipped apart. */
export function smtTrainer(options: SmtOptions): TrainerOptions<SmtParams<ParamSpec>> {
  const { config, batchSize, time } = options;
  checkEncoder(config, options.supervision, time);
  const plan = planSupervision(options.supervision, time);
  return {
    params: smtSpecs(config),
    batch: smtBatchSpecs(config, plan, { batchSize, time }),
    forward: (params, batch) =>
      smtForward(params as SmtParams<Tensor>, config, batch, options.weights),
    optimizer: options.optimizer,
    clipApart: true,
  };
}

/** The arrays of a step: a pure function of the batch and the key. */
export function cutBatch(
  config: MemoryConfig,
  plan: SupervisionPlan,
  shape: BatchShape,
  batch: SequenceBatch,
  key: Key,
): { arrays: Readonly<Record<string, NdArray>>; positions: readonly (readonly number[])[] } {
  const { time } = shape;
  const positions = choosePositions(plan, shape, foldIn(key, 'positions'));
  const tokens = countMemoryTokens(config, plan, shape);
  const size = smtBatchSpecs(config, plan, shape).sample!.shape[0]!;
  const common = {
    ...cutFutures(batch, positions, plan.futureLength, time),
    sample: sampleRows(foldIn(key, 'uniformity'), tokens, size),
  };
  if (config.encoder === 'bidirectional') {
    return {
      arrays: { ...common, ...cutContexts(batch, positions, plan.contextLength, time) },
      positions,
    };
  }
  const inputs: NdArray = { dtype: 'int32', shape: [shape.batchSize, time], data: batch.inputs };
  return { arrays: { ...common, inputs, positions: flatPositions(positions, time) }, positions };
}

/**
 * The learner. It evaluates the loss of what is read out of the teacher's memories. A step reports `decode`, `dynamics`, `uniformity`, the gradient norms of teacher and cell, and
 * `memoryGradients`: by position n (tokens read), the norm of the gradient of a row's decode loss with regard to its
 * memory, a mean over the rows supervised there.
 *
 * @param initial parameters, and the optimizer's arrays of a snapshot to go on from
 */
export async function openSmtLearner(
  device: Device,
  options: SmtOptions,
  initial: { readonly params: SmtParams<NdArray>; readonly optimizer?: NamedArrays },
): Promise<SmtLearner> {
  const { config, time } = options;
  const shape = { batchSize: options.batchSize, time };
  const trainer = await openTrainer(device, smtTrainer(options), initial);
  const plan = planSupervision(options.supervision, time);
  const pickTeacher = (params: unknown) => (params as SmtParams<Tensor>).teacher;
  const open = (batchSize: number) =>
    openRollout(device, config, batchSize, trainer.state, pickTaught(config));
  const rollout = lazily(() => open(options.batchSize));
  const teacher = lazily(() =>
    openTeacherMemories(device, config, plan, shape, trainer.state, pickTeacher),
  );
  const params = async () => (await trainer.state.read()) as unknown as SmtParams<NdArray>;
  const measure = async (batches: Iterable<SequenceBatch>) => {
    const found = await measureMemories(batches, shape, await rollout.get(), await teacher.get());
    return { ...found, loss: found.parts.teacherLoss! };
  };
  return {
    async step(batch, step) {
      const key = foldIn(options.key, step.step);
      const { arrays, positions } = cutBatch(config, plan, shape, batch, key);
      const { memoryGradients, ...numbers } = await trainer.step(arrays, step);
      const { loss, gradientNorm, ...parts } = numberParts(numbers);
      const norms = memoryGradients!.data as Float32Array;
      return {
        loss: loss!,
        gradientNorm: gradientNorm!,
        parts,
        series: { memoryGradients: meanByPosition(norms, positions.flat(), time + 1) },
      };
    },
    async evaluate(batches) {
      return measureTeacherLoss(batches, shape, await rollout.get(), await teacher.get());
    },
    measure,
    rollout: (rows = 1) => open(rows),
    params,
    async finish() {
      const { teacher: taught, cell } = await params();
      const one = await open(1);
      const data = await one.start();
      await one.close();
      const { memoryTokens, hiddenSize } = config;
      const first: NdArray = { dtype: 'float32', shape: [memoryTokens, hiddenSize], data };
      const network = { cell, readout: readoutOf(taught.decoder), initial: first };
      // Arrays of their own: a tree may be handed over to a device.
      return structuredClone({ teacher: taught, network });
    },
    snapshot: () => trainer.snapshot(),
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
