// A model on a device, for evaluation and sampling.

import type { NamedArrays } from '../algorithms/index.ts';
import { arraysToTree } from '../algorithms/index.ts';
import type { NdArray, Tree } from '../core/index.ts';
import { openTokenLosses, type ParamState, type TokenLosses } from '../eval/index.ts';
import type { Model } from '../nn/index.ts';
import type { Device } from '../tensor/index.ts';
import type { TokenBatch } from '../text/index.ts';

export type OpenedModel = {
  readonly model: Model;
  readonly state: ParamState<Model['params']>;
  close(): Promise<void>;
};

/** Puts parameters on a device. */
export async function openModel(
  device: Device,
  model: Model,
  arrays: NamedArrays,
): Promise<OpenedModel> {
  const state = await device.createState<Tree<NdArray>>(arraysToTree(model.params, arrays));
  return { model, state: state as ParamState<Model['params']>, close: () => state.drop() };
}

type Sizes = {
  readonly batchSize: number;
  readonly contextLength: number;
  readonly firstPosition: number;
};

/** Calls `use` with a function for the losses of batches, and frees it afterwards. */
export async function withTokenLosses<T>(
  device: Device,
  { model, state }: OpenedModel,
  sizes: Sizes,
  use: (judge: (batch: TokenBatch) => Promise<TokenLosses>) => Promise<T>,
): Promise<T> {
  const program = await openTokenLosses(device, model, sizes);
  try {
    return await use((batch) => program.run(state, batch));
  } finally {
    await program.close();
  }
}
