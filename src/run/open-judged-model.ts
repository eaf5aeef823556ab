// A model as the gate needs it: losses token by token, without what training takes.

import type { LanguageModelLearner } from '../algorithms/index.ts';
import { type ArraySpec, type NdArray, spec } from '../core/index.ts';
import { type LlamaConfig, type LlamaParams, llamaLosses, llamaSpecs } from '../nn/index.ts';
import type { Device } from '../tensor/index.ts';

export type JudgedModel = Pick<LanguageModelLearner, 'tokenLosses' | 'close'>;

/**
 * Compiles the forward pass and puts parameters on the device.
 *
 * @param sizes those of every batch, and the first position whose target counts
 */
export async function openJudgedModel(
  device: Device,
  { config, params }: { readonly config: LlamaConfig; readonly params: LlamaParams<NdArray> },
  sizes: {
    readonly batchSize: number;
    readonly contextLength: number;
    readonly firstPosition: number;
  },
): Promise<JudgedModel> {
  const { batchSize, contextLength, firstPosition } = sizes;
  const shape = [batchSize, contextLength];
  const program = await device.compile({
    states: { params: llamaSpecs(config) },
    inputs: { inputs: spec('int32', shape), targets: spec('int32', shape) },
    build: (states, { inputs, targets }) => ({
      outputs: llamaLosses(states.params, config, inputs, targets, { firstPosition }),
    }),
  });
  const state = await device.createState<LlamaParams<ArraySpec>>(params, { transfer: true });
  return {
    async tokenLosses({ inputs, targets }) {
      const out = await program.run(
        { params: state },
        {
          inputs: { dtype: 'int32', shape, data: inputs },
          targets: { dtype: 'int32', shape, data: targets },
        },
      );
      return {
        losses: out.losses.data as Float32Array,
        predictions: out.predictions.data as BigInt64Array,
      };
    },
    async close() {
      await Promise.all([state.drop(), program.close()]);
    },
  };
}
