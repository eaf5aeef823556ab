// The recurrent network inside of what SMT trains.

import { encodePrefixes, type MemoryConfig } from '../../nn/index.ts';
import { full, reshape, slice, type Tensor } from '../../tensor/index.ts';
import type { PickRecurrent } from '../memory/rollout.ts';
import type { SmtParams } from './smt-forward.ts';

/**
 * The network inside of parameters under SMT, which trains no readout and no initial state: the teacher's decoder reads
 * out, and the teacher's memory of nothing is the first one.
 */
export function pickTaught(config: MemoryConfig): PickRecurrent {
  return (params) => {
    const { teacher, cell } = params as SmtParams<Tensor>;
    const { memoryTokens, hiddenSize } = config;
    const token = full(teacher.encoder.embedding.weight.graph, [1, 1], 0, 'int32');
    // Of one token's two prefixes, the empty one.
    const empty = slice(encodePrefixes(teacher.encoder, config, token), 1, 0, 1);
    return { cell, readout: teacher.decoder, initial: reshape(empty, [memoryTokens, hiddenSize]) };
  };
}
