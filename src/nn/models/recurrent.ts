// Recurrent networks over tokens: a cell moves a memory, and a transformer reads the next token out of it.

import { z } from 'zod';
import type { ArraySpec, ParamSpec } from '../../core/index.ts';
import { spec } from '../../core/index.ts';
import { concat, expand, reshape, transpose } from '../../tensor/index.ts';
import { createCell } from '../cells/create-cell.ts';
import { type CellKind, deriveMemoryConfig, type MemoryConfig } from '../memory/memory-config.ts';
import { type RecurrentParams, recurrentSpecs } from '../memory/memory-models.ts';
import { readoutHidden } from '../memory/prefix-decoder.ts';
import { unrollCell } from '../memory/unroll-cell.ts';
import { count } from './count.ts';
import { defineModel, type Model } from './model.ts';

/** What a recipe may say of a recurrent network. */
export const recurrentOptions = z.strictObject({
  /** Tokens in a memory, K. */
  memoryTokens: count.optional(),
  /** Width of a token, d. */
  hiddenSize: count.optional(),
  intermediateSize: count.optional(),
  heads: count.optional(),
  /** Layers of what reads out. */
  decoderLayers: count.optional(),
  /** Layers of a transformer cell. */
  cellLayers: count.optional(),
  ropeBase: z.number().positive().optional(),
  rmsNormEpsilon: z.number().positive().optional(),
  embeddingStd: z.number().positive().optional(),
});

/** `memory [batch, memoryTokens, hiddenSize]` */
export type MemoryState<T> = { readonly memory: T };
export type RecurrentModel = Model<RecurrentParams<ParamSpec>, MemoryState<ArraySpec>>;

/** The model of a configuration. */
export function createRecurrent(config: MemoryConfig): RecurrentModel {
  const { vocabSize, memoryTokens, hiddenSize } = config;
  const cell = createCell(config);
  const shapeOf = (batch: number) => [batch, memoryTokens, hiddenSize];
  return {
    ...{ kind: KINDS[config.cell], vocabSize, contextLength: null },
    params: recurrentSpecs(config),
    forward(params, tokens) {
      const [batch, time] = tokens.shape as [number, number];
      const memories = unrollCell(params, config, tokens);
      const hidden = readoutHidden(params.readout, config, concat(memories, 0));
      return transpose(reshape(hidden, [time, batch, hiddenSize]), [1, 0, 2]);
    },
    readout: ({ readout }) => readout.head,
    stepping: {
      growth: 'constant',
      specs: ({ batch }) => ({ memory: spec('float32', shapeOf(batch)) }),
      begin: ({ initial }, { batch }) => ({ memory: expand(initial, shapeOf(batch)) }),
      step(params, state, token) {
        const memory = cell.step(params.cell, state.memory, token);
        return { hidden: readoutHidden(params.readout, config, memory), state: { memory } };
      },
    },
  };
}

/** Names of kinds: `transformer` and `mlp` alone would say nothing of a memory. */
const KINDS = {
  gru: 'gru',
  lstm: 'lstm',
  mlp: 'recurrent-mlp',
  transformer: 'recurrent-transformer',
} as const satisfies Record<CellKind, string>;

function defineRecurrent(cell: CellKind, name: string, source: string) {
  return defineModel({
    kind: KINDS[cell],
    source,
    description: `A recurrent network with ${name} as its cell; a transformer reads the next token out of its memory.`,
    options:
      cell === 'transformer' ? recurrentOptions : recurrentOptions.omit({ cellLayers: true }),
    create: (given, { vocabSize }) =>
      createRecurrent(deriveMemoryConfig({ ...given, cell }, vocabSize)),
  });
}

export const gru = defineRecurrent('gru', 'a GRU', 'Cho et al. 2014, arXiv 1406.1078');
export const lstm = defineRecurrent(
  'lstm',
  'an LSTM',
  'Hochreiter and Schmidhuber 1997; Gers et al. 2000',
);
export const recurrentMlp = defineRecurrent(
  'mlp',
  'a residual multilayer perceptron',
  'arXiv 2606.06479',
);
export const recurrentTransformer = defineRecurrent(
  'transformer',
  'a transformer over its memory and the token',
  'arXiv 2606.06479',
);
