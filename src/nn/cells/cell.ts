// The contract of recurrent cells, which advance a memory by one token.

import type { ParamSpec, Tree } from '../../core/index.ts';
import type { Tensor } from '../../tensor/tracing.ts';
import type { CellKind } from '../memory/memory-config.ts';

/** Parameters of a cell, in a layout of its own. */
export type CellParams<T> = { readonly [name: string]: Tree<T> };

/** The step of a recurrent network. Reading a memory out is the readout's task (prefix-decoder.ts). */
export type Cell = {
  readonly kind: CellKind;
  /** Specs of the parameters, the cell's token embedding included. */
  specs(): CellParams<ParamSpec>;
  /**
   * The memory after a token.
   *
   * @param memory `[batch, memoryTokens, hiddenSize]`
   * @param token ids, int32 `[batch]`
   * @returns `[batch, memoryTokens, hiddenSize]`, each token normalized (`normalizeMemory`)
   */
  step(params: CellParams<Tensor>, memory: Tensor, token: Tensor): Tensor;
  /**
   * Where the step looks, if it attends: weights of each layer, whose rows sum to 1. The token comes after the memory's.
   *
   * @returns `[batch, heads, memoryTokens + 1, memoryTokens + 1]` per layer, of what reads and of what is read
   */
  attend?(params: CellParams<Tensor>, memory: Tensor, token: Tensor): Tensor[];
};
