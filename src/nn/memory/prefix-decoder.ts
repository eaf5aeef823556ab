// The teacher's decoder and the recurrent network's readout, which predict what follows from a memory only.

import type { ParamSpec } from '../../core/index.ts';
import {
  concat,
  gatherRows,
  linearCrossEntropy,
  reshape,
  slice,
  type Tensor,
} from '../../tensor/tracing.ts';
import { type DecoderLayer, stackSpecs } from '../layers/decoder-layer.ts';
import { stackForward } from '../layers/decoder-stack.ts';
import { linearSpecs, tableSpecs, type Weight } from '../layers/linear.ts';
import { applyNorm, type Norm, normSpecs } from '../layers/norm.ts';
import type { MemorySizes } from './memory-config.ts';

/** A decoder that only sees the memory; `head [vocabSize, hiddenSize]`. */
export type ReadoutParams<T> = {
  readonly layers: readonly DecoderLayer<T>[];
  readonly norm: Norm<T>;
  readonly head: Weight<T>;
};

/** A decoder that sees the memory and the future so far; `embedding [vocabSize, hiddenSize]`. */
export type DecoderParams<T> = ReadoutParams<T> & { readonly embedding: Weight<T> };

export function readoutSpecs(config: MemorySizes): ReadoutParams<ParamSpec> {
  const { vocabSize, hiddenSize } = config;
  return {
    layers: stackSpecs(config, config.decoderLayers),
    norm: normSpecs(hiddenSize),
    head: linearSpecs(vocabSize, hiddenSize, { role: 'head' }),
  };
}

export function decoderSpecs(config: MemorySizes): DecoderParams<ParamSpec> {
  const { vocabSize, hiddenSize, embeddingStd } = config;
  return {
    embedding: tableSpecs(vocabSize, hiddenSize, embeddingStd, { role: 'embedding' }),
    ...readoutSpecs(config),
  };
}

/** The part of a decoder that reads one token out of a memory. */
export function readoutOf<T>({ layers, norm, head }: ReadoutParams<T>): ReadoutParams<T> {
  return { layers, norm, head };
}

/**
 * Losses of the future after a memory, teacher-forced: a causal transformer over [memory; future], whose outputs from
 * position K − 1 on predict the future. The last token of the future is a target only.
 *
 * @param memory `[batch, memoryTokens, hiddenSize]`
 * @param future ids, int32 `[batch, futureLength]`
 * @returns losses in nats and most probable ids (int64), `[batch, futureLength]`
 */
export function decodeFuture(
  params: DecoderParams<Tensor>,
  config: MemorySizes,
  memory: Tensor,
  future: Tensor,
): { losses: Tensor; predictions: Tensor } {
  const [batch, length] = future.shape as [number, number];
  const known = length > 1 ? [gatherRows(params.embedding.weight, slice(future, 1, 0, -1))] : [];
  const hidden = readoutHidden(params, config, concat([memory, ...known], 1));
  const { losses, predictions } = linearCrossEntropy(
    hidden,
    params.head.weight,
    reshape(future, [batch * length]),
  );
  return {
    losses: reshape(losses, [batch, length]),
    predictions: reshape(predictions, [batch, length]),
  };
}

/**
 * Hidden states for the read-out, from the last token of a memory on.
 *
 * @param x the memory and the known part of its future, `[batch, memoryTokens + known, hiddenSize]`
 * @returns `[batch · (known + 1), hiddenSize]`
 */
export function readoutHidden(
  params: ReadoutParams<Tensor>,
  config: MemorySizes,
  x: Tensor,
): Tensor {
  const hidden = stackForward(params.layers, config, x, { causal: true });
  const rows = reshape(slice(hidden, 1, config.memoryTokens - 1), [-1, config.hiddenSize]);
  return applyNorm(params.norm, rows, config.rmsNormEpsilon);
}
