// The joint loss of Supervised Memory Training, traced: teacher and cell together, all positions in parallel.

import { type ArraySpec, spec } from '../../core/index.ts';
import {
  type CellParams,
  decodeFuture,
  encodeContexts,
  encodePrefixes,
  type RecurrentParams,
  type TeacherConfig,
  type TeacherParams,
} from '../../nn/index.ts';
import {
  add,
  concat,
  full,
  gatherRows,
  meanSquaredError,
  minimum,
  mul,
  reshape,
  slice,
  sqrt,
  square,
  sum,
  type Tensor,
} from '../../tensor/tracing.ts';
import type { BatchShape } from '../memory/batch-shape.ts';
import { advanceMemory, type MemoryModel } from '../memory/memory-model.ts';
import { weightedMean } from '../memory/weighted-mean.ts';
import type { Forward, Part } from '../train-step.ts';
import type { SupervisionPlan } from './supervision.ts';
import { uniformityLoss } from './uniformity-loss.ts';

/** What SMT trains. */
export type SmtParams<T> = { readonly teacher: TeacherParams<T>; readonly cell: CellParams<T> };

/** Weights of the three losses. */
export type SmtWeights = {
  readonly decode: number;
  readonly dynamics: number;
  readonly uniformity: number;
};

/** As published. */
export const SMT_WEIGHTS: SmtWeights = { decode: 1, dynamics: 0.1, uniformity: 0.001 };

/** Upper limit of the memory tokens that the uniformity loss compares. */
const UNIFORMITY_SAMPLE = 512;

/** Arrays that a step is given, by name; see `cutBatch` in cut-batch.ts. */
export function smtBatchSpecs(
  config: TeacherConfig,
  plan: SupervisionPlan,
  shape: BatchShape,
  parts = 1,
): Readonly<Record<string, ArraySpec>> {
  const rows = shape.batchSize * plan.positions;
  const part = { ...shape, batchSize: shape.batchSize / parts };
  const compared = Math.min(UNIFORMITY_SAMPLE, countMemoryTokens(config, plan, part));
  const common = {
    future: spec('int32', [rows, plan.futureLength]),
    futureWeights: spec('float32', [rows, plan.futureLength]),
    sample: spec('int32', [parts * compared]),
  };
  if (config.encoder === 'causal') {
    const inputs = spec('int32', [shape.batchSize, shape.time]);
    return { ...common, inputs, positions: spec('int32', [rows]) };
  }
  const contexts = spec('int32', [rows, plan.contextLength + 1]);
  return { ...common, contexts, lengths: spec('int32', [rows]) };
}

/** Memory tokens of which the uniformity loss takes its sample. */
export function countMemoryTokens(
  config: TeacherConfig,
  plan: SupervisionPlan,
  { batchSize, time }: BatchShape,
): number {
  const memories =
    config.encoder === 'causal' ? batchSize * (time + 1) : batchSize * plan.positions;
  return memories * config.memoryTokens;
}

/**
 * decode + dynamics + uniformity, weighted.
 *
 * With the causal encoder the memories of all prefixes are computed at once: the dynamics loss takes every transition, and the
 * decode loss the places `positions`. With the bidirectional encoder, both take the places where the contexts were cut. Gradients
 * of the dynamics loss reach the cell and, through both memories, the encoder.
 */
export function smtForward(
  model: MemoryModel,
  config: TeacherConfig,
  params: SmtParams<Tensor>,
  { batch, whole, parts }: Pick<Part, 'batch' | 'whole' | 'parts'>,
  weights: SmtWeights,
): Forward {
  const { teacher } = params;
  const { now, next, token, decoded, all } =
    config.encoder === 'causal'
      ? memoriesOfPrefixes(teacher, config, batch)
      : memoriesOfContexts(teacher, config, batch);
  const decode = weightedMean(
    decodeFuture(teacher.decoder, config, decoded, batch.future!).losses,
    batch.futureWeights!,
    { weights: whole.futureWeights!, parts },
  );
  const reached = advanceMemory(model, taughtParams(config, params), now, token);
  const dynamics = meanSquaredError(reached, next);
  const uniformity = uniformityLoss(all, batch.sample!);
  const loss = add(
    mul(decode, weights.decode),
    add(mul(dynamics, weights.dynamics), mul(uniformity, weights.uniformity)),
  );
  const scale = weights.decode === 0 ? 0 : (decoded.shape[0]! * parts) / weights.decode;
  return {
    loss,
    metrics: { decode, dynamics, uniformity },
    watch: {
      tensors: [decoded],
      // The gradient of each row's own decode loss: undo the mean over rows and the weight.
      report: ([g]) => ({
        memoryGradients: mul(sqrt(sum(square(g!), { axes: [1, 2] })), scale),
      }),
    },
  };
}

/**
 * The network from the parameters of SMT, which trains neither a readout nor an initial state: the teacher's decoder becomes the
 * readout, and the teacher's memory of the empty context the initial memory.
 */
export function taughtParams(
  config: TeacherConfig,
  { teacher, cell }: SmtParams<Tensor>,
): RecurrentParams<Tensor> {
  const { memoryTokens, hiddenSize } = config;
  const token = full(teacher.encoder.embedding.weight.graph, [1, 1], 0, 'int32');
  // A token has two prefixes; take the empty one.
  const empty = slice(encodePrefixes(teacher.encoder, config, token), 1, 0, 1);
  return { cell, readout: teacher.decoder, initial: reshape(empty, [memoryTokens, hiddenSize]) };
}

type Memories = {
  /** Memories before and after `token`, `[rows, K, d]`. */
  readonly now: Tensor;
  readonly next: Tensor;
  readonly token: Tensor;
  /** Memories to decode futures from. */
  readonly decoded: Tensor;
  /** Memories to be kept apart. */
  readonly all: Tensor;
};

function memoriesOfPrefixes(
  teacher: TeacherParams<Tensor>,
  config: TeacherConfig,
  { inputs, positions }: Readonly<Record<string, Tensor>>,
): Memories {
  const [batch, time] = inputs!.shape as [number, number];
  const { memoryTokens: k, hiddenSize: d } = config;
  const all = encodePrefixes(teacher.encoder, config, inputs!);
  const decoded = gatherRows(reshape(all, [batch * (time + 1), k * d]), positions!);
  const flat = (x: Tensor) => reshape(x, [batch * time, k, d]);
  return {
    now: flat(slice(all, 1, 0, time)),
    next: flat(slice(all, 1, 1)),
    token: reshape(inputs!, [batch * time]),
    decoded: reshape(decoded, [-1, k, d]),
    all,
  };
}

function memoriesOfContexts(
  teacher: TeacherParams<Tensor>,
  config: TeacherConfig,
  { contexts, lengths }: Readonly<Record<string, Tensor>>,
): Memories {
  const [rows, width] = contexts!.shape as [number, number];
  // Both contexts of every row in one pass: the window before, and the window a token on.
  const windows = concat([slice(contexts!, 1, 0, -1), slice(contexts!, 1, 1)], 0);
  const both = concat([lengths!, minimum(add(lengths!, 1), width - 1)], 0);
  const memories = encodeContexts(teacher.encoder, config, windows, both);
  const now = slice(memories, 0, 0, rows);
  const next = slice(memories, 0, rows);
  const token = reshape(slice(contexts!, 1, -1), [rows]);
  // A separate tensor, so that its gradient is that of the decode loss only.
  return { now, next, token, decoded: mul(now, 1), all: now };
}
