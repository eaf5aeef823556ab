// A model as the gate needs it: losses token by token, without what training takes.

import type { ArraySpec, NdArray, Tree } from '../core/index.ts';
import { type LossSizes, openTokenLosses, type TokenLosses } from '../eval/index.ts';
import type { Model } from '../nn/index.ts';
import type { Device } from '../tensor/index.ts';
import type { TokenBatch } from '../text/index.ts';

export type JudgedModel = {
  tokenLosses(batch: TokenBatch): Promise<TokenLosses>;
  close(): Promise<void>;
};

/** Compiles the model's losses and puts parameters on the device, which takes the arrays over. */
export async function openJudgedModel<P extends Tree<ArraySpec>, S>(
  device: Device,
  { model, params }: { readonly model: Model<P, S>; readonly params: Tree<NdArray> },
  sizes: LossSizes,
): Promise<JudgedModel> {
  const program = await openTokenLosses(device, model, sizes);
  const state = await device.createState<Tree<ArraySpec>>(params, { transfer: true });
  return {
    tokenLosses: (batch) => program.run(state as never, batch),
    async close() {
      await Promise.all([state.drop(), program.close()]);
    },
  };
}
