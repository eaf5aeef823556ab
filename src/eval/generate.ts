// Continuing a sequence of tokens with a Llama model, one token after the other.

import { type ArraySpec, arrayOf, foldIn, keyFromSeed, spec, UserError } from '../core/index.ts';
import {
  cacheSpecs,
  decodeStep,
  type LlamaCache,
  type LlamaConfig,
  llamaSpecs,
} from '../nn/index.ts';
import type { Device, DeviceState } from '../tensor/index.ts';
import type { LlamaState } from './llama-state.ts';
import { checkSampling, type SamplingOptions, sampleToken } from './sampling.ts';
import { requireTokenIds } from './token-ids.ts';

export type GenerateOptions = SamplingOptions & {
  /** Ids `[any]`. Of a prompt longer than the context, its end is read. */
  readonly prompt: Int32Array;
  /** Tokens to make at most. */
  readonly maxTokens: number;
  /** Token number i of a seed is drawn with a key of its own: a longer generation begins as a shorter one. */
  readonly seed: number;
  /** What stands in for an empty prompt: the id of end-of-text or beginning-of-text. */
  readonly startToken?: number | undefined;
  /** Ends the generation when it is drawn; it is not part of the result. */
  readonly stopToken?: number | undefined;
  /** Called with each token as it is made. An error that it throws ends the generation. */
  readonly onToken?: ((token: number) => void) | undefined;
};

/** A compiled model that continues sequences; `close` it when done. */
export type TokenGenerator = {
  /**
   * The tokens that follow the prompt, without the prompt. May be called several times at once.
   *
   * When the context is full, the oldest half of it is dropped and the rest read again from position
   * 0: the model always sees at least half a context, and text of any length can be made.
   *
   * @throws UserError for options out of range, or an empty prompt without `startToken`
   */
  generate(options: GenerateOptions): Promise<Int32Array>;
  /** Frees the compiled step; the parameters stay. */
  close(): Promise<void>;
};

type CacheState = DeviceState<LlamaCache<ArraySpec>>;

export type GeneratorOptions = {
  /**
   * Tokens that the cache holds; by default the model's context length, which is also the most. A generation that fits
   * gives the same tokens whatever this is, so that a model of a long context need not take its memory.
   */
  readonly contextLength?: number | undefined;
};

/** Keys and values beyond this do not fit the memory of most computers; they are there twice. */
const MAX_CACHE_BYTES = 2 ** 32;

/**
 * Compiles the decoding step of a model for `params`, which are read anew at each token: a model in
 * training is sampled as it is at that moment.
 *
 * @throws UserError when keys and values of the context take more than 4 GiB
 */
export async function openGenerator(
  device: Device,
  model: LlamaConfig,
  params: LlamaState,
  options: GeneratorOptions = {},
): Promise<TokenGenerator> {
  const contextLength = Math.min(options.contextLength ?? model.contextLength, model.contextLength);
  const config = { ...model, contextLength };
  checkCache(config);
  const cacheTree = cacheSpecs(config, 1);
  const program = await device.compile({
    states: { params: llamaSpecs(config), cache: cacheTree },
    inputs: { token: spec('int32', [1]), position: spec('int32', []) },
    build: (states, { token, position }) => {
      const { logits, cache } = decodeStep(states.params, config, token, position, states.cache);
      return { outputs: { logits }, updates: { cache } };
    },
  });

  /** Reads one more token into the cache; the logits of what follows it. */
  async function feed(cache: CacheState, token: number, position: number): Promise<Float32Array> {
    const { logits } = await program.run(
      { params, cache },
      { token: arrayOf('int32', [1], token), position: arrayOf('int32', [], position) },
    );
    return logits.data as Float32Array;
  }

  async function continueFrom(cache: CacheState, options: GenerateOptions): Promise<Int32Array> {
    const key = foldIn(keyFromSeed(options.seed), 'generate');
    const made: number[] = [];
    const { contextLength } = config;
    // What the next token follows; the first `known` tokens of it are in the cache.
    let window = Array.from(startOf(options).slice(-contextLength));
    let known = 0;
    while (made.length < options.maxTokens) {
      if (window.length > contextLength) {
        window = window.slice(Math.ceil(contextLength / 2));
        known = 0;
      }
      let logits: Float32Array = new Float32Array();
      for (; known < window.length; known++) logits = await feed(cache, window[known]!, known);
      const token = sampleToken(logits, options, foldIn(key, made.length));
      if (token === options.stopToken) break;
      made.push(token);
      window.push(token);
      options.onToken?.(token);
    }
    return Int32Array.from(made);
  }

  return {
    generate: async (options) => {
      checkOptions(options, config);
      const cache = await device.createState(cacheTree);
      try {
        return await continueFrom(cache, options);
      } finally {
        await cache.drop();
      }
    },
    close: () => program.close(),
  };
}

function checkCache({ layers, kvHeads, headDim, contextLength }: LlamaConfig): void {
  const bytesPerToken = 2 * layers * kvHeads * headDim * 4;
  if (contextLength * bytesPerToken <= MAX_CACHE_BYTES) return;
  const gibibytes = ((contextLength * bytesPerToken) / 2 ** 30).toFixed(1);
  throw new UserError(
    `keys and values of ${contextLength.toLocaleString('en-US')} tokens take ${gibibytes} GiB, more than 4 GiB`,
    {
      hint: `ask for fewer tokens: ${Math.floor(MAX_CACHE_BYTES / bytesPerToken).toLocaleString('en-US')} fit`,
    },
  );
}

function checkOptions(options: GenerateOptions, config: LlamaConfig): void {
  checkSampling(options);
  const { prompt, maxTokens, seed } = options;
  if (!(Number.isSafeInteger(maxTokens) && maxTokens >= 0)) {
    throw new UserError(`maxTokens must be a whole number, 0 or more, got ${maxTokens}`);
  }
  if (!Number.isSafeInteger(seed)) {
    throw new UserError(`seed must be a whole number, got ${seed}`);
  }
  const what = prompt.length > 0 ? 'the prompt' : 'startToken';
  requireTokenIds(startOf(options), config.vocabSize, what);
}

/** The prompt, or what stands in for an empty one. */
function startOf({ prompt, startToken }: GenerateOptions): Int32Array {
  if (prompt.length > 0) return prompt;
  if (startToken === undefined) {
    throw new UserError('the prompt is empty, and there is no startToken to begin with', {
      hint: "give a prompt, or the tokenizer's endOfText as startToken",
    });
  }
  return Int32Array.of(startToken);
}
