// The joint loss of Supervised Memory Training, traced: teacher and cell together, all positions in parallel.

import { type ArraySpec, spec } from '../../core/index.ts';
import {
  type CellParams,
  createCell,
  decodeFuture,
  encodeContexts,
  encodePrefixes,
  type MemoryConfig,
  type TeacherParams,
} from '../../nn/index.ts';
import {
  add,
  concat,
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
} from '../../tensor/index.ts';
import type { BatchShape } from '../memory/sequence-batch.ts';
import { weightedMean } from '../memory/weighted-mean.ts';
import type { Forward } from '../trainer.ts';
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

/** Memory tokens that the uniformity loss compares, at most. */
const UNIFORMITY_SAMPLE = 512;

/** Arrays that a step is given, by name; see `cutBatch` in smt-learner.ts. */
export function smtBatchSpecs(
  config: MemoryConfig,
  plan: SupervisionPlan,
  shape: BatchShape,
): Readonly<Record<string, ArraySpec>> {
  const rows = shape.batchSize * plan.positions;
  const common = {
    future: spec('int32', [rows, plan.futureLength]),
    futureWeights: spec('float32', [rows, plan.futureLength]),
    sample: spec('int32', [Math.min(UNIFORMITY_SAMPLE, countMemoryTokens(config, plan, shape))]),
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
  config: MemoryConfig,
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
 * With the causal encoder the memories of all prefixes are there at once: the dynamics loss takes every transition, the
 * decode loss the places `positions`. With the bidirectional one, both take the places that the contexts were cut at.
 * The dynamics loss reaches the cell and, through both memories, the encoder.
 */
export function smtForward(
  params: SmtParams<Tensor>,
  config: MemoryConfig,
  batch: Readonly<Record<string, Tensor>>,
  weights: SmtWeights,
): Forward {
  const { teacher, cell } = params;
  const { now, next, token, decoded, all } =
    config.encoder === 'causal'
      ? memoriesOfPrefixes(teacher, config, batch)
      : memoriesOfContexts(teacher, config, batch);
  const decode = weightedMean(
    decodeFuture(teacher.decoder, config, decoded, batch.future!).losses,
    batch.futureWeights!,
  );
  const dynamics = meanSquaredError(createCell(config).step(cell, now, token), next);
  const uniformity = uniformityLoss(all, batch.sample!);
  const loss = add(
    mul(decode, weights.decode),
    add(mul(dynamics, weights.dynamics), mul(uniformity, weights.uniformity)),
  );
  const scale = weights.decode === 0 ? 0 : decoded.shape[0]! / weights.decode;
  return {
    loss,
    metrics: { decode, dynamics, uniformity },
    watch: {
      tensors: [decoded],
      // Of each row's own decode loss: the mean over rows made it smaller by their number, the weight by itself.
      report: ([g]) => ({
        memoryGradients: mul(sqrt(sum(square(g!), { axes: [1, 2] })), scale),
      }),
    },
  };
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
  config: MemoryConfig,
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
  config: MemoryConfig,
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
  // A tensor of its own, whose gradient is that of the decode loss alone.
  return { now, next, token, decoded: mul(now, 1), all: now };
}
