// The teacher's encoder: a transformer over [context; registers] that writes the memory of a context.

import { arrayOf, type ParamSpec } from '../../core/index.ts';
import {
  add,
  attention,
  concat,
  constant,
  expand,
  FORBIDDEN,
  gatherRows,
  less,
  matmul,
  range,
  reshape,
  rope,
  scalar,
  slice,
  softmax,
  sub,
  type Tensor,
  transpose,
  where,
} from '../../tensor/tracing.ts';
import { rotary, splitHeads } from '../layers/attention.ts';
import { type DecoderLayer, stackSpecs } from '../layers/decoder-layer.ts';
import { stackForward, stackWith } from '../layers/decoder-stack.ts';
import { tableSpecs, type Weight } from '../layers/linear.ts';
import type { TeacherConfig } from './memory-config.ts';
import { normalizeMemory } from './normalize-memory.ts';

/** `embedding [vocabSize, hiddenSize]`, `registers [memoryTokens, hiddenSize]`. */
export type EncoderParams<T> = {
  readonly embedding: Weight<T>;
  readonly registers: Weight<T>;
  readonly layers: readonly DecoderLayer<T>[];
};

export function encoderSpecs(config: TeacherConfig): EncoderParams<ParamSpec> {
  const { vocabSize, memoryTokens, hiddenSize, embeddingStd: std } = config;
  return {
    embedding: tableSpecs(vocabSize, hiddenSize, std, { role: 'embedding' }),
    registers: tableSpecs(memoryTokens, hiddenSize, std, { role: 'memory' }),
    layers: stackSpecs(config, config.encoderLayers),
  };
}

/**
 * Memories of contexts, each encoded by itself: a bidirectional transformer over [context; registers], of which the
 * last K outputs are the memory.
 *
 * @param contexts ids, int32 `[batch, time]`, aligned to the right with padding before the context
 * @param lengths tokens of each context, int32 `[batch]`, 0 to `time`; no position sees padding
 * @returns `[batch, memoryTokens, hiddenSize]`, normalized
 */
export function encodeContexts(
  params: EncoderParams<Tensor>,
  config: TeacherConfig,
  contexts: Tensor,
  lengths: Tensor,
): Tensor {
  const [batch, time] = contexts.shape as [number, number];
  const { memoryTokens, hiddenSize } = config;
  const registers = expand(reshape(params.registers.weight, [1, memoryTokens, hiddenSize]), [
    batch,
    memoryTokens,
    hiddenSize,
  ]);
  const total = time + memoryTokens;
  const x = concat([gatherRows(params.embedding.weight, contexts), registers], 1);
  // Position p is padding where p < time − length.
  const start = reshape(sub(time, lengths), [batch, 1]);
  const padding = less(reshape(range(x.graph, total, 'int32'), [1, total]), start);
  const open = scalar(x.graph, 0, x.dtype);
  const bias = expand(reshape(where(padding, FORBIDDEN, open), [batch, 1, 1, total]), [
    batch,
    1,
    total,
    total,
  ]);
  const hidden = stackForward(params.layers, config, x, { bias });
  return normalizeMemory(slice(hidden, 1, time), config.rmsNormEpsilon);
}

/**
 * Memories of all prefixes of sequences at once, the empty one first. Tokens see the tokens before them; the registers of a
 * prefix see its tokens and one another. Registers have the positions that follow their own prefix.
 *
 * @param tokens ids, int32 `[batch, time]`
 * @returns `[batch, time + 1, memoryTokens, hiddenSize]`, normalized; entry n is of the first n tokens
 */
export function encodePrefixes(
  params: EncoderParams<Tensor>,
  config: TeacherConfig,
  tokens: Tensor,
): Tensor {
  const [batch, time] = tokens.shape as [number, number];
  const { memoryTokens: k, hiddenSize, heads } = config;
  const prefixes = time + 1;
  const count = prefixes * k;
  const registers = expand(reshape(params.registers.weight, [1, 1, k, hiddenSize]), [
    batch,
    prefixes,
    k,
    hiddenSize,
  ]);
  const x = concat(
    [gatherRows(params.embedding.weight, tokens), reshape(registers, [batch, count, hiddenSize])],
    1,
  );
  const table = rotary(config, x, time + k);
  const positions = constant(x.graph, arrayOf('int32', [time + count], placePrefixes(time, k)));
  const angles = {
    cos: gatherRows(table.cos, positions),
    sin: gatherRows(table.sin, positions),
  };
  const sees = constant(x.graph, arrayOf(x.dtype, [count, time], maskPrefixes(time, k)));
  const size = hiddenSize / heads;
  const scale = 1 / Math.sqrt(size);
  const hidden = stackWith(params.layers, config, x, (q, key, v) => {
    const split = (t: Tensor) => splitHeads(t, batch, time + count, heads);
    const [queries, keys, values] = [rope(split(q), angles), rope(split(key), angles), split(v)];
    const ofTokens = (t: Tensor) => slice(t, 2, 0, time);
    const ofRegisters = (t: Tensor) => slice(t, 2, time);
    const apart = (t: Tensor) => reshape(t, [batch, heads, prefixes, k, -1]);
    const asking = ofRegisters(queries);
    const { precision } = x.graph;
    const scored = { transposeB: true, scale, precision };
    const toTokens = matmul(asking, ofTokens(keys), scored);
    const toOwn = matmul(apart(asking), apart(ofRegisters(keys)), scored);
    const weights = softmax(
      concat([add(toTokens, sees), reshape(toOwn, [batch, heads, count, k])], 3),
    );
    const mixed = add(
      matmul(slice(weights, 3, 0, time), ofTokens(values), { precision }),
      reshape(matmul(apart(slice(weights, 3, time)), apart(ofRegisters(values)), { precision }), [
        batch,
        heads,
        count,
        size,
      ]),
    );
    const merged = reshape(transpose(mixed, [0, 2, 1, 3]), [batch, count, hiddenSize]);
    const trunk = attention(ofTokens(queries), ofTokens(keys), ofTokens(values), { causal: true });
    return reshape(concat([trunk, merged], 1), [-1, hiddenSize]);
  });
  const memories = reshape(slice(hidden, 1, time), [batch, prefixes, k, hiddenSize]);
  return normalizeMemory(memories, config.rmsNormEpsilon);
}

/** Positions of the tokens, then of each prefix' registers: n to n + K − 1 after n tokens. */
function placePrefixes(time: number, k: number): number[] {
  const tokens = Array.from({ length: time }, (_, i) => i);
  const registers = Array.from({ length: (time + 1) * k }, (_, i) => Math.floor(i / k) + (i % k));
  return [...tokens, ...registers];
}

/** Zero where the registers of a prefix may attend to a token, `[(time + 1) · K, time]`. */
function maskPrefixes(time: number, k: number): Float32Array {
  const mask = new Float32Array((time + 1) * k * time);
  for (let row = 0; row < (time + 1) * k; row++) {
    mask.fill(FORBIDDEN, row * time + Math.floor(row / k), (row + 1) * time);
  }
  return mask;
}
