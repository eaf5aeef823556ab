// Continuing a sequence token by token, with any model that has a state.

import {
  type ArraySpec,
  arrayOf,
  bytesPerElement,
  flattenTree,
  foldIn,
  isArraySpec,
  type Key,
  keyFromSeed,
  type NdArray,
  sizeOf,
  spec,
  type Tree,
  UserError,
} from '../core/index.ts';
import { type Model, readoutLogits, type Stepping } from '../nn/index.ts';
import type { Device, DeviceState, Tensor } from '../tensor/tracing.ts';
import { findParams, openStates, type ParamState, type PickedParams } from './model-state.ts';
import { checkSampling, type SamplingOptions, sampleToken } from './sampling.ts';
import { requireTokenIds } from './token-ids.ts';

export type GenerateOptions = SamplingOptions & {
  /** Ids `[any]`. If the prompt is longer than the context, only its end is read. */
  readonly prompt: Int32Array;
  /** Upper limit of the tokens to generate. */
  readonly maxTokens: number;
  /** Each token is drawn with a key of its own, so a longer generation begins like a shorter one. */
  readonly seed: number;
  /** The key of the draws, instead of the one from `seed`. */
  readonly key?: Key | undefined;
  /** Replaces an empty prompt: the id of end-of-text or beginning-of-text. */
  readonly startToken?: number | undefined;
  /** Ends the generation when it is drawn; it is not part of the result. */
  readonly stopToken?: number | undefined;
  /** Called with each new token. An error that it throws ends the generation. */
  readonly onToken?: ((token: number) => void) | undefined;
};

/** A compiled model that continues sequences; `close` it when done. */
export type TokenGenerator = {
  /**
   * The tokens that follow the prompt, without the prompt. May be called several times at once.
   *
   * When a state with limited room is full, the oldest half of its tokens is dropped and the rest is read again: the model always
   * sees at least half a context, and text of any length can be generated.
   *
   * @throws UserError for options out of range, or an empty prompt without `startToken`
   */
  generate(options: GenerateOptions): Promise<Int32Array>;
  /** Frees the compiled step; the parameters stay. */
  close(): Promise<void>;
};

export type GeneratorOptions = {
  /**
   * Tokens that a state has room for; by default, and at most, the model's context length. It does not change the tokens of a
   * generation that fits, so a model with a long context need not use the memory for all of it. It has no effect for states of
   * constant size.
   */
  readonly contextLength?: number | undefined;
};

/** Larger states do not fit into the memory of most computers; each is allocated twice. */
const MAX_STATE_BYTES = 2 ** 32;

/**
 * Compiles the step of a model for `params`, which may lie among others (`PickedParams`) and are read again at each token: a model in training is sampled as it is
 * at that moment.
 *
 * @throws UserError if the model has no step, `contextLength` is not a whole number of 1 or more, or a state with room
 *   for the context takes more than 4 GiB
 */
export async function openGenerator<P extends Tree<ArraySpec>, S extends Tree<ArraySpec>>(
  device: Device,
  model: Model<P, S>,
  params: ParamState<P> | PickedParams<P>,
  options: GeneratorOptions = {},
): Promise<TokenGenerator> {
  const { stepping } = model;
  if (!stepping) {
    throw new UserError(`a model of kind ${model.kind} cannot generate: it has no step`);
  }
  const limit = model.contextLength ?? Number.POSITIVE_INFINITY;
  if (options.contextLength !== undefined) checkContextLength(options.contextLength);
  const grows = stepping.growth === 'context';
  const room = grows ? Math.min(options.contextLength ?? limit, limit) : limit;
  const capacity = grows ? room : 1;
  checkSize(stepping, capacity);
  const { state: given, pick } = findParams<P>(params);
  const states = openStates(device, model, given.specs, pick, { batch: 1, capacity });
  const program = await device.compile({
    states: { params: given.specs, state: states.specs },
    inputs: { token: spec('int32', [1]) },
    batched: ['state', 'token'],
    build: (all, { token }) => {
      const own = pick(all.params as Tree<Tensor>) as never;
      const { hidden, state } = stepping.step(own, all.state as never, token);
      const logits = readoutLogits(hidden, model.readout(own));
      return { outputs: { logits }, updates: { state: state as never } };
    },
  });

  async function generate(options: GenerateOptions): Promise<Int32Array> {
    checkOptions(options, model.vocabSize);
    const key = options.key ?? foldIn(keyFromSeed(options.seed), 'generate');
    const made: number[] = [];
    // The tokens before the next one.
    let window = Array.from(startOf(options).slice(-room));
    /** Reads the window and continues until the state is full; returns whether there is more to generate. */
    const fill = async (state: DeviceState): Promise<boolean> => {
      for (let known = 0; made.length < options.maxTokens && window.length <= room; ) {
        let logits: Float32Array = new Float32Array();
        for (; known < window.length; known++) {
          const inputs = { token: arrayOf('int32', [1], window[known]!) };
          const out = await program.run({ params: given, state } as never, inputs as never).read();
          logits = (out as { readonly logits: NdArray }).logits.data as Float32Array;
        }
        const token = sampleToken(logits, options, foldIn(key, made.length));
        if (token === options.stopToken) return false;
        made.push(token);
        window.push(token);
        options.onToken?.(token);
      }
      return made.length < options.maxTokens;
    };
    await states.with(given, async (state) => {
      while (await fill(state)) {
        window = window.slice(Math.ceil(room / 2));
        await states.restart(given, state);
      }
    });
    return Int32Array.from(made);
  }

  return {
    generate,
    close: async () => {
      await Promise.all([program.close(), states.close()]);
    },
  };
}

function checkContextLength(contextLength: number): void {
  if (Number.isSafeInteger(contextLength) && contextLength >= 1) return;
  throw new UserError(`contextLength must be a whole number, 1 or more, got ${contextLength}`);
}

/** @throws UserError if a state takes more memory than most computers have */
function checkSize<P, S>({ specs, growth }: Stepping<P, S>, capacity: number): void {
  const bytes = (room: number) =>
    flattenTree<ArraySpec>(
      specs({ batch: 1, capacity: room }) as Tree<ArraySpec>,
      isArraySpec,
    ).reduce((sum, [, { dtype, shape }]) => sum + bytesPerElement(dtype) * sizeOf(shape), 0);
  const total = bytes(capacity);
  if (total <= MAX_STATE_BYTES) return;
  const what = growth === 'context' ? ` of ${capacity.toLocaleString('en-US')} tokens` : '';
  const gibibytes = (total / 2 ** 30).toFixed(1);
  // Not every array of a state grows with its capacity.
  const most = Math.floor((MAX_STATE_BYTES - bytes(0)) / (bytes(1) - bytes(0)));
  throw new UserError(`the state${what} takes ${gibibytes} GiB, more than 4 GiB`, {
    hint:
      growth === 'context' && most >= 1
        ? `ask for fewer tokens: ${most.toLocaleString('en-US')} fit`
        : 'choose a smaller model',
  });
}

function checkOptions(options: GenerateOptions, vocabSize: number): void {
  checkSampling(options);
  const { prompt, maxTokens, seed } = options;
  if (!(Number.isSafeInteger(maxTokens) && maxTokens >= 0)) {
    throw new UserError(`maxTokens must be a whole number, 0 or more, got ${maxTokens}`);
  }
  if (!Number.isSafeInteger(seed)) {
    throw new UserError(`seed must be a whole number, got ${seed}`);
  }
  const what = prompt.length > 0 ? 'the prompt' : 'startToken';
  requireTokenIds(startOf(options), vocabSize, what);
}

/** The prompt, or the replacement of an empty one. */
function startOf({ prompt, startToken }: GenerateOptions): Int32Array {
  if (prompt.length > 0) return prompt;
  if (startToken === undefined) {
    throw new UserError('the prompt is empty, and there is no startToken to start from', {
      hint: "give a prompt, or the tokenizer's endOfText as startToken",
    });
  }
  return Int32Array.of(startToken);
}
