// Sizes of models with a memory: its tokens, and the transformers that write, read and advance it.

import { UserError } from '../../core/index.ts';

/** Cells of recurrent networks. */
export const CELL_KINDS = ['transformer', 'gru', 'lstm', 'mlp'] as const;
export type CellKind = (typeof CELL_KINDS)[number];

/**
 * How the teacher reads its context:
 * - `bidirectional`: every token sees every other one, as published; each context is encoded by itself.
 * - `causal`: a token sees the tokens before it, and registers see all of their prefix. The contexts of a sequence then share
 *   their tokens, so all of them together cost about as much as one.
 */
export const ENCODER_KINDS = ['bidirectional', 'causal'] as const;
export type EncoderKind = (typeof ENCODER_KINDS)[number];

/** Sizes that a recurrent network and its teacher have in common: those of memories and of the readout. */
export type MemorySizes = {
  readonly vocabSize: number;
  /** Tokens in a memory, K. */
  readonly memoryTokens: number;
  /** Width of a token, d; a memory is K · d numbers. */
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  /** Layers of the decoder, and of the readout, which starts as a copy of it. */
  readonly decoderLayers: number;
  readonly ropeBase: number;
  readonly rmsNormEpsilon: number;
  /** Standard deviation of new embeddings and registers; other matrices follow from their width. */
  readonly embeddingStd: number;
};

/** A recurrent network. */
export type MemoryConfig = MemorySizes & {
  readonly cell: CellKind;
  /** Layers of a transformer cell; other cells have one. */
  readonly cellLayers: number;
};

/** A teacher of recurrent networks. */
export type TeacherConfig = MemorySizes & {
  readonly encoder: EncoderKind;
  readonly encoderLayers: number;
};

/** Options of a model with a memory, as in recipes. */
export type MemoryModelOptions = {
  readonly [Name in Exclude<keyof MemoryConfig, 'vocabSize'>]?: MemoryConfig[Name] | undefined;
};

/**
 * The full configuration: small enough for a laptop unless told otherwise (the paper has K 16, d 256, 8 heads, and
 * 8, 4 and 8 layers of encoder, decoder and cell).
 *
 * @throws UserError if sizes do not fit together
 */
export function deriveMemoryConfig(options: MemoryModelOptions, vocabSize: number): MemoryConfig {
  const hiddenSize = options.hiddenSize ?? 64;
  const config: MemoryConfig = {
    vocabSize,
    memoryTokens: options.memoryTokens ?? 4,
    hiddenSize,
    intermediateSize: options.intermediateSize ?? 2 * hiddenSize,
    heads: options.heads ?? 2,
    decoderLayers: options.decoderLayers ?? 2,
    cell: options.cell ?? 'transformer',
    cellLayers: options.cellLayers ?? 2,
    ropeBase: options.ropeBase ?? 10_000,
    rmsNormEpsilon: options.rmsNormEpsilon ?? 1e-5,
    embeddingStd: options.embeddingStd ?? 0.5,
  };
  checkSizes(config);
  return config;
}

/** Upper limits of sizes in recipes and files. Memory for parameters is checked where it is allocated. */
const LIMITS = {
  vocabSize: 2 ** 22,
  memoryTokens: 2 ** 12,
  hiddenSize: 2 ** 16,
  intermediateSize: 2 ** 18,
  heads: 1024,
  decoderLayers: 512,
  cellLayers: 512,
} as const satisfies Partial<Record<keyof MemoryConfig, number>>;

function checkSizes(config: MemoryConfig): void {
  const { hiddenSize, heads, cell, memoryTokens } = config;
  for (const name of Object.keys(LIMITS) as (keyof typeof LIMITS)[]) {
    const [value, most] = [config[name], LIMITS[name]];
    if (Number.isInteger(value) && value >= 1 && value <= most) continue;
    throw new UserError(`model: ${name} is ${value}`, {
      hint: `use a positive integer, at most ${most.toLocaleString('en-US')}`,
    });
  }
  if (hiddenSize % heads !== 0 || (hiddenSize / heads) % 2 !== 0) {
    throw new UserError(
      `model: hiddenSize ${hiddenSize} does not divide into ${heads} heads of an even size`,
      { hint: 'choose heads so that hiddenSize / heads is an even number' },
    );
  }
  if (cell === 'lstm' && memoryTokens % 2 !== 0) {
    throw new UserError(`model: an LSTM's memory of ${memoryTokens} tokens cannot be halved`, {
      hint: 'choose an even number of memoryTokens: one half is the hidden state, one the cell state',
    });
  }
}
