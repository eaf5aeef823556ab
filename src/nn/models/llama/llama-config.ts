// Sizes of Llama-style decoders. One of them gives defaults for the rest, and each can be set by itself.

import { UserError } from '../../../core/index.ts';
import type { AttentionBias } from '../../layers/decoder-layer.ts';
import { checkRopeScaling, type RopeScaling } from '../../layers/rotary-frequencies.ts';

/** The names under which transformers knows this decoder. */
export const LLAMA_MODEL_TYPES = ['llama', 'mistral', 'qwen2'] as const;
export type LlamaModelType = (typeof LLAMA_MODEL_TYPES)[number];

/** All sizes of a model. */
export type LlamaConfig = {
  readonly vocabSize: number;
  /** Longest sequence, in tokens. */
  readonly contextLength: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; `heads / kvHeads` query heads share one (Ainslie et al. 2023). */
  readonly kvHeads: number;
  /** Width of a head; `hiddenSize / heads` unless set. */
  readonly headDim: number;
  readonly attentionBias: AttentionBias;
  /** Whether the three projections of the feed-forward part have a bias. */
  readonly mlpBias: boolean;
  readonly ropeBase: number;
  /** Scaling of rotary positions; null for none. */
  readonly ropeScaling: RopeScaling | null;
  readonly rmsNormEpsilon: number;
  readonly tieEmbeddings: boolean;
  /** Dropout rate of attention weights while training. */
  readonly attentionDropout: number;
  /** Standard deviation of a new token embedding and read-out. */
  readonly embeddingStd: number;
  /** The `model_type` in config.json; it changes no number. */
  readonly modelType: LlamaModelType;
};

/** Depth in layers, the one dial: the width is 64 · depth, a head is 64 wide. */
export const MODEL_SIZES = { nano: 2, micro: 4, mini: 6, small: 8, base: 12, large: 24 } as const;
export type ModelSize = keyof typeof MODEL_SIZES;

/** Options of a model, as in recipes; missing ones follow from `size`. */
export type ModelOptions = { readonly size?: ModelSize | undefined } & {
  readonly [K in Exclude<keyof LlamaConfig, 'vocabSize' | 'contextLength'>]?:
    | LlamaConfig[K]
    | undefined;
};

const HEAD_SIZE = 64;

/**
 * Upper limits of sizes in recipes and config.json files, each well above published models. The memory of a model is
 * checked where it is allocated.
 */
export const LLAMA_LIMITS = {
  vocabSize: 2 ** 22,
  contextLength: 2 ** 24,
  hiddenSize: 2 ** 16,
  intermediateSize: 2 ** 18,
  layers: 512,
  heads: 1024,
  kvHeads: 1024,
  headDim: 2 ** 13,
} as const satisfies Partial<Record<keyof LlamaConfig, number>>;

/**
 * The full configuration. The feed-forward width is 8/3 of the hidden size, rounded up to a
 * multiple of 64 (Shazeer 2020: the SwiGLU layer then has the parameters of a plain one).
 *
 * @throws UserError if sizes exceed `LLAMA_LIMITS` or do not fit together
 */
export function deriveLlamaConfig(
  options: ModelOptions,
  sizes: { vocabSize: number; contextLength: number },
): LlamaConfig {
  const depth = MODEL_SIZES[options.size ?? 'nano'];
  const hiddenSize = options.hiddenSize ?? HEAD_SIZE * depth;
  const heads = options.heads ?? Math.max(1, Math.round(hiddenSize / HEAD_SIZE));
  const attentionBias = options.attentionBias ?? 'none';
  const config: LlamaConfig = {
    ...sizes,
    hiddenSize,
    intermediateSize: options.intermediateSize ?? Math.ceil((8 * hiddenSize) / 3 / 64) * 64,
    layers: options.layers ?? depth,
    heads,
    kvHeads: options.kvHeads ?? heads,
    headDim: options.headDim ?? hiddenSize / heads,
    attentionBias,
    mlpBias: options.mlpBias ?? false,
    ropeBase: options.ropeBase ?? 10_000,
    ropeScaling: options.ropeScaling ?? null,
    rmsNormEpsilon: options.rmsNormEpsilon ?? 1e-5,
    tieEmbeddings: options.tieEmbeddings ?? false,
    attentionDropout: options.attentionDropout ?? 0,
    embeddingStd: options.embeddingStd ?? 0.02,
    modelType: options.modelType ?? (attentionBias === 'qkv' ? 'qwen2' : 'llama'),
  };
  checkLlamaLimits(config);
  checkHeads(config, options.headDim !== undefined);
  if (config.ropeScaling) checkRopeScaling(config.ropeScaling);
  checkModelType(config);
  return config;
}

function checkHeads({ hiddenSize, heads, kvHeads, headDim }: LlamaConfig, isSet: boolean): void {
  if (!isSet && (hiddenSize % heads !== 0 || headDim % 2 !== 0)) {
    throw new UserError(
      `model: hiddenSize ${hiddenSize} does not divide into ${heads} heads of an even size`,
      { hint: 'choose heads so that hiddenSize / heads is an even number, or set headDim' },
    );
  }
  if (headDim % 2 !== 0) {
    throw new UserError(`model: headDim ${headDim} is odd`, {
      hint: 'rotary positions rotate pairs: choose an even number',
    });
  }
  if (heads % kvHeads !== 0) {
    throw new UserError(`model: ${heads} heads do not divide into kvHeads ${kvHeads} groups`);
  }
}

/** The features that transformers supports under each name, so that every model can be saved. */
function checkModelType(config: LlamaConfig): void {
  const { modelType, attentionBias, mlpBias, hiddenSize, heads } = config;
  const expected = { llama: ['none', 'qkvo'], mistral: ['none'], qwen2: ['qkv'] }[modelType];
  if (!expected.includes(attentionBias)) {
    throw new UserError(`model: attentionBias '${attentionBias}' does not exist in ${modelType}`);
  }
  if (mlpBias && modelType !== 'llama') {
    throw new UserError(`model: mlpBias does not exist in ${modelType}`, {
      hint: "leave mlpBias out, or choose attentionBias 'none' or 'qkvo'",
    });
  }
  if (modelType === 'llama' && hiddenSize % heads !== 0) {
    throw new UserError(`model: hiddenSize ${hiddenSize} does not divide into ${heads} heads`, {
      hint: 'transformers requires this of a Llama, whatever its headDim',
    });
  }
}

/** @throws UserError naming a size that exceeds `LLAMA_LIMITS` */
function checkLlamaLimits(config: LlamaConfig): void {
  for (const [name, limit] of Object.entries(LLAMA_LIMITS)) {
    const size = config[name as keyof typeof LLAMA_LIMITS];
    if (size <= limit) continue;
    throw new UserError(
      `model: ${name} ${size.toLocaleString('en-US')} is more than ${limit.toLocaleString('en-US')}`,
      { hint: 'no published model is that large: check the file for a damaged number' },
    );
  }
}
