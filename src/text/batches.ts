// Batches of next-token prediction as pure functions: training batches of a key and a step, and
// fixed ones for evaluation.

import { foldIn, type Key, randomInt, UserError } from '../core/index.ts';
import { permuteIndex } from './permute-index.ts';

/** A sequence of tokens that can be read anywhere. */
export type TokenStream = {
  readonly length: number;
  /** Tokens `start` .. `start + count - 1`. Throws RangeError when some are outside the stream. */
  read(start: number, count: number): Int32Array;
};

/** Sequences, row-major `[batchSize * contextLength]`; targets are the inputs one token on. */
export type TokenBatch = {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** How much each target counts; all alike where absent. */
  readonly weights?: Float32Array;
};

/** A stream over tokens in memory, without a copy. */
export function streamTokens(tokens: Int32Array | Uint16Array | Uint32Array): TokenStream {
  return {
    length: tokens.length,
    read: (start, count) => {
      checkRange(start, count, tokens.length);
      return new Int32Array(tokens.subarray(start, start + count));
    },
  };
}

/** @throws RangeError if `start` .. `start + count - 1` is not inside a stream of `length` tokens */
export function checkRange(start: number, count: number, length: number): void {
  if (!(Number.isInteger(start) && Number.isInteger(count))) {
    throw new RangeError(`start ${start} and count ${count} must be integers`);
  }
  if (start < 0 || count < 0 || start + count > length) {
    throw new RangeError(`tokens ${start}..${start + count - 1} are outside 0..${length - 1}`);
  }
}

/**
 * Windows in an epoch of `sampleBatch`: the stream cut every `contextLength` tokens, less one window
 * (where there are two) as room for a random offset.
 *
 * @throws UserError if the stream is shorter than one window and its last target
 */
export function countWindows(length: number, contextLength: number): number {
  checkSize('contextLength', contextLength);
  if (length < contextLength + 1) throw tooShort(length, contextLength);
  return Math.max(1, Math.floor(length / contextLength) - 1);
}

/**
 * Training batch number `step`: a pure function of its arguments, at a cost that does not grow with
 * the stream.
 *
 * Sample s = step * batchSize + row is number (s mod W) of epoch floor(s / W), W = `countWindows`.
 * An epoch cuts the stream into W windows from an offset of its own and takes each once, in an
 * order of its own. The offset is uniform over what the windows leave free, so that over epochs every
 * token is seen, and next to different window borders.
 *
 * @throws UserError if the stream is shorter than a window; RangeError for sizes or steps that are not integers in range
 */
export function sampleBatch(
  tokens: TokenStream,
  key: Key,
  step: number,
  batchSize: number,
  contextLength: number,
): TokenBatch {
  checkSize('batchSize', batchSize);
  checkStep(step);
  const windows = countWindows(tokens.length, contextLength);
  const room = tokens.length - 1 - windows * contextLength;
  const starts = Array.from({ length: batchSize }, (_, row) => {
    const sample = step * batchSize + row;
    const epochKey = foldIn(key, Math.floor(sample / windows));
    const offset = randomInt(foldIn(epochKey, 'offset'), room + 1);
    const window = permuteIndex(foldIn(epochKey, 'order'), sample % windows, windows);
    return offset + window * contextLength;
  });
  return readWindows(tokens, starts, contextLength);
}

/**
 * Batch number `step` of continuing streams: row r of a batch begins where row r of the batch before it ended. A pure
 * function of its arguments.
 *
 * The stream is cut into batchSize · W windows, W as large as it can be, from an offset of the key's own. Row r of step n
 * is window (first + r · W + n) modulo their number, where `first` is drawn too: in W steps a batch goes through all of them,
 * and one row at a time comes to the end of the stream and goes on at its beginning.
 *
 * @throws UserError if the stream has fewer windows than a batch; RangeError as `sampleBatch`
 */
export function streamBatch(
  tokens: TokenStream,
  key: Key,
  step: number,
  batchSize: number,
  contextLength: number,
): TokenBatch {
  checkSize('batchSize', batchSize);
  checkSize('contextLength', contextLength);
  checkStep(step);
  const stride = Math.floor((tokens.length - 1) / (batchSize * contextLength));
  if (stride < 1) {
    throw new UserError(
      `the text has ${tokens.length} tokens, ${batchSize} streams of context length ${contextLength} need ` +
        `${batchSize * contextLength + 1}`,
      { hint: 'give more text, or a smaller batch size or context length' },
    );
  }
  const windows = batchSize * stride;
  const offset = randomInt(foldIn(key, 'offset'), tokens.length - windows * contextLength);
  const first = randomInt(foldIn(key, 'first'), windows);
  const starts = Array.from({ length: batchSize }, (_, row) => {
    const window = (first + row * stride + (step % windows)) % windows;
    return offset + window * contextLength;
  });
  return readWindows(tokens, starts, contextLength);
}

/**
 * Batches for evaluation: windows spread evenly over the stream, so that every part of it counts however small
 * `maxTokens` is; the same at each call. At most `maxTokens` targets, but at least one batch. Only whole batches; a stream
 * with fewer windows than one batch repeats them in order to fill it.
 *
 * @throws UserError if the stream is shorter than a window; RangeError for sizes that are not positive integers
 */
export function evaluationBatches(
  tokens: TokenStream,
  batchSize: number,
  contextLength: number,
  maxTokens = Number.POSITIVE_INFINITY,
): TokenBatch[] {
  checkSize('batchSize', batchSize);
  checkSize('contextLength', contextLength);
  if (tokens.length < contextLength + 1) throw tooShort(tokens.length, contextLength);
  const windows = Math.floor((tokens.length - 1) / contextLength);
  const affordable = Math.floor(maxTokens / (batchSize * contextLength));
  const count = Math.max(1, Math.min(affordable, Math.floor(windows / batchSize)));
  const total = count * batchSize;
  const placeOf = (window: number) =>
    total <= windows ? Math.floor((window * windows) / total) : window % windows;
  return Array.from({ length: count }, (_, batch) => {
    const starts = Array.from(
      { length: batchSize },
      (_, row) => placeOf(batch * batchSize + row) * contextLength,
    );
    return readWindows(tokens, starts, contextLength);
  });
}

function checkSize(name: string, size: number): void {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`${name} must be a positive integer, got ${size}`);
  }
}

function checkStep(step: number): void {
  if (!Number.isSafeInteger(step) || step < 0) throw new RangeError(`step ${step} is not valid`);
}

function tooShort(length: number, contextLength: number): UserError {
  return new UserError(
    `the text has ${length} tokens, a window of context length ${contextLength} needs ${contextLength + 1}`,
    { hint: 'give more text, or a smaller context length' },
  );
}

function readWindows(
  tokens: TokenStream,
  starts: readonly number[],
  contextLength: number,
): TokenBatch {
  const inputs = new Int32Array(starts.length * contextLength);
  const targets = new Int32Array(inputs.length);
  for (const [row, start] of starts.entries()) {
    const window = tokens.read(start, contextLength + 1);
    inputs.set(window.subarray(0, contextLength), row * contextLength);
    targets.set(window.subarray(1), row * contextLength);
  }
  return { inputs, targets };
}
