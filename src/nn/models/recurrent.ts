// Recurrent networks over tokens: a cell moves a memory, and a transformer reads the next token out of it.

import { z } from 'zod';
import { type ArraySpec, type ParamSpec, spec } from '../../core/index.ts';
import { expand, reshape, type Tensor, transpose } from '../../tensor/index.ts';
import { createCell } from '../cells/create-cell.ts';
import { type CellKind, deriveMemoryConfig, type MemoryConfig } from '../memory/memory-config.ts';
import { type RecurrentParams, recurrentSpecs } from '../memory/memory-models.ts';
import { readoutHidden } from '../memory/prefix-decoder.ts';
import { count } from './count.ts';
import { defineModel, type Model, type Scanned, type ScanOptions, scanStates } from './model.ts';

const memorySize = (what: string) => count.optional().describe(what);

/** Options of a recurrent network, as in recipes. */
export const recurrentOptions = z.strictObject({
  memoryTokens: memorySize('tokens in a memory, K (4)'),
  hiddenSize: memorySize('width of a token, d; a memory is K · d numbers (64)'),
  intermediateSize: memorySize('width inside of transformer layers (2 · hiddenSize)'),
  heads: memorySize('attention heads of transformer layers (2)'),
  decoderLayers: memorySize('layers of what reads out (2)'),
  cellLayers: memorySize('layers of a transformer cell (2)'),
  ropeBase: z.number().positive().optional().describe('base of rotary positions (10000)'),
  rmsNormEpsilon: z.number().positive().optional().describe('added inside of RMSNorm (1e-5)'),
  embeddingStd: z
    .number()
    .positive()
    .optional()
    .describe('standard deviation of new embeddings (0.5)'),
});

/** `memory [batch, memoryTokens, hiddenSize]` */
export type MemoryState<T> = { readonly memory: T };
export type RecurrentModel = Model<RecurrentParams<ParamSpec>, MemoryState<ArraySpec>>;

/** The model of a configuration. */
export function createRecurrent(config: MemoryConfig): RecurrentModel {
  const { vocabSize, memoryTokens, hiddenSize } = config;
  const cell = createCell(config);
  const shapeOf = (batch: number) => [batch, memoryTokens, hiddenSize];
  const model: RecurrentModel = {
    kind: KINDS[config.cell],
    vocabSize,
    contextLength: null,
    headWidth: hiddenSize / config.heads,
    params: recurrentSpecs(config),
    forward: (params, tokens) => scan(params, tokens).hidden,
    readout: ({ readout }) => readout.head,
    stepping: {
      growth: 'constant',
      specs: ({ batch }) => ({ memory: spec('float32', shapeOf(batch)) }),
      begin: ({ initial }, { batch }) => ({ memory: expand(initial, shapeOf(batch)) }),
      step(params, state, token) {
        const memory = cell.step(params.cell, state.memory, token);
        return { hidden: readoutHidden(params.readout, config, memory), state: { memory } };
      },
      scan,
    },
    memory: {
      sizes: config,
      pack: (state) => (state as MemoryState<Tensor>).memory,
      unpack: (memory) => ({ memory }),
      read: (params, memory) =>
        readoutHidden((params as RecurrentParams<Tensor>).readout, config, memory),
    },
  };
  /** All memories are read at once. */
  function scan(
    params: RecurrentParams<Tensor>,
    tokens: Tensor,
    options: ScanOptions<MemoryState<Tensor>> = {},
  ): Scanned<MemoryState<Tensor>> {
    const [batch, time] = tokens.shape as [number, number];
    const { state, kept, probes } = scanStates(
      model,
      params,
      tokens,
      options,
      (own, before, token) => ({
        state: { memory: cell.step(own.cell, before.memory, token) },
        keep: ({ memory }) => memory,
      }),
    );
    const memories = reshape(kept, shapeOf(time * batch));
    // They are ordered by position, then by row.
    const hidden = reshape(readoutHidden(params.readout, config, memories), [time, batch, -1]);
    return { hidden: transpose(hidden, [1, 0, 2]), state, probes };
  }
  return model;
}

/** Names of kinds: `transformer` and `mlp` by themselves would not imply a memory. */
const KINDS = {
  gru: 'gru',
  lstm: 'lstm',
  mlp: 'recurrent-mlp',
  transformer: 'recurrent-transformer',
} as const satisfies Record<CellKind, string>;

function optionsOf(cell: CellKind) {
  return cell === 'transformer' ? recurrentOptions : recurrentOptions.omit({ cellLayers: true });
}

function pickOptions(config: MemoryConfig) {
  const names = Object.keys(
    optionsOf(config.cell).shape,
  ) as (keyof typeof recurrentOptions.shape)[];
  return Object.fromEntries(names.map((name) => [name, config[name]]));
}

function defineRecurrent(cell: CellKind, name: string, source: string) {
  const options = optionsOf(cell);
  const derive = (given: z.output<typeof options>, vocabSize: number) =>
    deriveMemoryConfig({ ...given, cell }, vocabSize);
  return defineModel({
    kind: KINDS[cell],
    source,
    description: `A recurrent network with ${name} as its cell; a transformer reads the next token out of its memory.`,
    options,
    create: (given, { vocabSize }) => createRecurrent(derive(given, vocabSize)),
    resolve: (given, { vocabSize }) => pickOptions(derive(given, vocabSize)),
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
