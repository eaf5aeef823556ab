// The logits of a model on the engine.

import { type ArraySpec, arrayOf, type NdArray, spec } from '../../src/core/index.ts';
import {
  type LlamaConfig,
  type LlamaParams,
  llamaHidden,
  llamaSpecs,
  readout,
} from '../../src/nn/index.ts';
import { type Device, matmul } from '../../src/tensor/index.ts';

/** Logits of every position of one sequence, `[tokens.length · vocabSize]`. */
export async function llamaLogits(
  device: Device,
  config: LlamaConfig,
  params: LlamaParams<NdArray>,
  tokens: readonly number[],
): Promise<Float32Array> {
  const shape = [1, tokens.length];
  const program = await device.compile({
    states: { params: llamaSpecs(config) },
    inputs: { tokens: spec('int32', shape) },
    build: (states, inputs) => {
      const hidden = llamaHidden(states.params, config, inputs.tokens);
      return { outputs: { logits: matmul(hidden, readout(states.params), { transposeB: true }) } };
    },
  });
  const state = await device.createState<LlamaParams<ArraySpec>>(params);
  const { logits } = await program
    .run({ params: state }, { tokens: arrayOf('int32', shape, [...tokens]) })
    .read();
  await program.close();
  await state.drop();
  return logits.data as Float32Array;
}

/** The largest absolute difference; of NaN and of lists of other lengths, infinite. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const differences = Array.from(a, (x, i) => Math.abs(x - b[i]!));
  return differences.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...differences);
}
