// The contract of recurrent cells: one token moves a memory one step on.

import type { ParamSpec, Tree } from '../../core/index.ts';
import type { Tensor } from '../../tensor/index.ts';
import type { CellKind } from '../memory/memory-config.ts';

/** Parameters of a cell; their layout is the cell's own. */
export type CellParams<T> = { readonly [name: string]: Tree<T> };

/** The step of a recurrent network. What it reads out of a memory is a readout's matter (prefix-decoder.ts). */
export type Cell = {
  readonly kind: CellKind;
  /** Specs of the parameters; the cell embeds tokens by itself. */
  specs(): CellParams<ParamSpec>;
  /**
   * The memory after a token.
   *
   * @param memory `[batch, memoryTokens, hiddenSize]`
   * @param token ids, int32 `[batch]`
   * @returns `[batch, memoryTokens, hiddenSize]`, each token normalised (`normaliseMemory`)
   */
  step(params: CellParams<Tensor>, memory: Tensor, token: Tensor): Tensor;
};
