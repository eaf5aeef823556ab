// Recurrent networks over tokens: a cell moves a memory, and a transformer reads the next token out of it.

import { z } from 'zod';
import { type ArraySpec, type ParamSpec, spec, UserError } from '../../core/index.ts';
import { concat, expand, reshape, transpose } from '../../tensor/index.ts';
import { createCell } from '../cells/create-cell.ts';
import {
  CELL_KINDS,
  type CellKind,
  deriveMemoryConfig,
  type MemoryConfig,
  type MemoryModelOptions,
} from '../memory/memory-config.ts';
import { type RecurrentParams, recurrentSpecs } from '../memory/memory-models.ts';
import { readoutHidden } from '../memory/prefix-decoder.ts';
import { unrollCell } from '../memory/unroll-cell.ts';
import { count } from './count.ts';
import { defineModel, type Model, type ModelDescription } from './model.ts';

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

/** The network of a configuration as every kind of model is described; the teacher's sizes are no part of it. */
export function recurrentDescription(
  config: MemoryConfig,
  contextLength: number,
): ModelDescription {
  const { vocabSize, cell } = config;
  return { kind: KINDS[cell], options: pickOptions(config), sizes: { vocabSize, contextLength } };
}

/**
 * The configuration of a described network, with the sizes of its teacher where it has one.
 *
 * @throws UserError for another kind of model
 */
export function recurrentConfigOf(
  { kind, options, sizes }: ModelDescription,
  teacher: MemoryModelOptions = {},
): MemoryConfig {
  const cell = CELL_KINDS.find((name) => KINDS[name] === kind);
  if (!cell) throw new UserError(`the model is of kind ${kind}, and only a recurrent one will do`);
  return deriveMemoryConfig({ ...options, ...teacher, cell }, sizes.vocabSize);
}

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
