// Operations that are expanded into simpler ones for XLA.

import type { Node } from '../../graph.ts';
import type { OperationName } from '../../operations/table.ts';
import { decomposition, type Expansion } from '../../rewrite.ts';
import { attentionExpansions } from './expand-attention.ts';
import { linearCrossEntropyExpansions } from './expand-linear-cross-entropy.ts';
import { isFusable } from './lower-fused-attention.ts';
import { loweringOf } from './lowerings.ts';

/** Sizes of the pieces in which large operations are computed; null chooses by the shape. */
export type BlockSizes = {
  /** Query rows of causal attention. */
  readonly attentionRows: number | null;
  /** Rows of a linear read-out's loss, whose logits exist at a time. */
  readonly lossRows: number | null;
  /** Whether cuDNN computes attention where it can, in one piece. */
  readonly fusesAttention: boolean;
};

export const DEFAULT_BLOCKS: BlockSizes = {
  attentionRows: null,
  lossRows: null,
  fusesAttention: false,
};

/** Small blocks skip more of the masked half; long sequences get larger ones, because each takes time to compile. */
function defaultAttentionRows(queries: number): number {
  return Math.max(64, Math.ceil(queries / 8));
}

/** As many as have logits of 64 MB in float32. */
function defaultLossRows(vocabulary: number): number {
  return Math.max(64, Math.floor(2 ** 24 / vocabulary));
}

/** The expansion of a node; undefined if it is lowered directly. */
export function expansionsFor(sizes: BlockSizes): (node: Node) => Expansion | undefined {
  const own: Partial<Record<OperationName, Expansion>> = {
    ...attentionExpansions((queries) => sizes.attentionRows ?? defaultAttentionRows(queries)),
    ...linearCrossEntropyExpansions((vocabulary) => sizes.lossRows ?? defaultLossRows(vocabulary)),
  };
  return (node) => {
    const { operation } = node;
    if (sizes.fusesAttention && isFusable(node)) return undefined;
    const expansion = own[operation.name as OperationName];
    if (expansion) return expansion;
    return loweringOf(operation.name) ? undefined : decomposition;
  };
}
