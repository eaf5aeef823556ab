// The contract of recurrent cells: one token moves a memory one step on.

import type { ArraySpec, DType, Key, NdArray, Tree } from '../../core/index.ts';
import type { Tensor } from '../../tensor/index.ts';
import type { CellKind } from '../memory/memory-config.ts';

/** The step of a recurrent network. What it reads out of a memory is a readout's matter (prefix-decoder.ts). */
export type Cell<Params = CellParams<Tensor>> = {
  readonly kind: CellKind;
  /** Shapes of the parameters; the cell embeds tokens by itself. */
  specs(dtype?: DType): CellParams<ArraySpec>;
  /** Random parameters: a pure function of the key. */
  init(key: Key): CellParams<NdArray>;
  /**
   * The memory after a token.
   *
   * @param memory `[batch, memoryTokens, hiddenSize]`
   * @param token ids, int32 `[batch]`
   * @returns `[batch, memoryTokens, hiddenSize]`, each token normalised (`normaliseMemory`)
   */
  step(params: Params, memory: Tensor, token: Tensor): Tensor;
};

/** Parameters of a cell; their layout is the cell's own. */
export type CellParams<T> = { readonly [name: string]: Tree<T> };
