// Recurrent networks over tokens: a cell moves a memory, and a transformer reads the next token out of it.

import { z } from 'zod';
import { type ArraySpec, type ParamSpec, spec } from '../../core/index.ts';
import { expand, reshape, type Tensor, transpose } from '../../tensor/tracing.ts';
import { createCell } from '../cells/create-cell.ts';
import { type CellKind, deriveMemoryConfig, type MemoryConfig } from '../memory/memory-config.ts';
import { type RecurrentParams, recurrentSpecs } from '../memory/memory-models.ts';
import { readoutHidden } from '../memory/prefix-decoder.ts';
import { count } from './count.ts';
import { defineModel, type Model, type Scanned, type ScanOptions, scanStates } from './model.ts';

const memorySize = (what: string) => count.optional().describe(what);

/** Options of a recurrent network, as in recipes. */
export const recurrentOptions = z.strictObject({
  memoryTokens: memorySize('Tokens in the memory, K; by default 4.'),
  hiddenSize: memorySize('Width of a memory token, d; a memory is K · d numbers. By default 64.'),
  intermediateSize: memorySize('Inner width of transformer layers; by default 2 · hiddenSize.'),
  heads: memorySize('Attention heads of transformer layers; by default 2.'),
  decoderLayers: memorySize('Layers of the transformer that reads the memory; by default 2.'),
  cellLayers: memorySize('Layers of the transformer cell; by default 2.'),
  ropeBase: z
    .number()
    .positive()
    .optional()
    .describe('Base of the rotary position embedding; by default 10,000.'),
  rmsNormEpsilon: z
    .number()
    .positive()
    .optional()
    .describe('Added to the mean square in RMSNorm; by default 1e-5.'),
  embeddingStd: z
    .number()
    .positive()
    .optional()
    .describe('Standard deviation of initial embeddings; by default 0.5.'),
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
      ...(cell.attend && {
        attend: (params, memory, token) =>
          cell.attend!((params as RecurrentParams<Tensor>).cell, memory, token),
      }),
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

/** A recurrent network with a GRU as its cell (Cho et al. 2014). */
export const gru = defineRecurrent('gru', 'a GRU', 'Cho et al. 2014, arXiv 1406.1078');
/** A recurrent network with an LSTM as its cell (Hochreiter and Schmidhuber 1997); its memory has both halves of the state. */
export const lstm = defineRecurrent(
  'lstm',
  'an LSTM',
  'Hochreiter and Schmidhuber 1997; Gers et al. 2000',
);
/** A recurrent network with a residual MLP as its cell (arXiv 2606.06479). */
export const recurrentMlp = defineRecurrent(
  'mlp',
  'a residual multilayer perceptron',
  'arXiv 2606.06479',
);
/** A recurrent network with a transformer over memory and token as its cell (arXiv 2606.06479). */
export const recurrentTransformer = defineRecurrent(
  'transformer',
  'a transformer over its memory and the token',
  'arXiv 2606.06479',
);
