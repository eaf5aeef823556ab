// Choosing a token from logits: greedy, by temperature, among the k most probable, from the nucleus.

import { expFloat32, type Key, randomInt, UserError } from '../core/index.ts';

export type SamplingOptions = {
  /** Divides the logits; 0 always takes the most probable token. */
  readonly temperature: number;
  /** Only this many of the most probable tokens; by default all. */
  readonly topK?: number | undefined;
  /** Only the nucleus: the smallest set of tokens whose mass is at least this; by default 1, all. */
  readonly topP?: number | undefined;
};

/** @throws UserError for a negative temperature, a `topK` below 1 or a `topP` outside (0, 1] */
export function checkSampling({ temperature, topK, topP }: SamplingOptions): void {
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    throw new UserError(`temperature must be a number, 0 or more, got ${temperature}`, {
      hint: '0 is greedy, 1 samples from the model itself',
    });
  }
  if (topK !== undefined && !(Number.isSafeInteger(topK) && topK >= 1)) {
    throw new UserError(`topK must be a whole number, 1 or more, got ${topK}`, {
      hint: 'leave topK out to allow every token',
    });
  }
  if (topP !== undefined && !(topP > 0 && topP <= 1)) {
    throw new UserError(`topP must be above 0 and at most 1, got ${topP}`, {
      hint: 'leave topP out to allow every token',
    });
  }
}

/**
 * Draws a token id from softmax(logits / temperature), restricted to the `topK` most probable tokens, then
 * to the nucleus of mass `topP` of the rest (Holtzman et al. 2020), which has at least one token.
 * At ties the smaller id comes first. The same arguments give the same id on every engine.
 *
 * @param logits `[vocabSize]`; −∞ forbids a token
 * @throws UserError for options out of range, and for logits that no token can be drawn from
 */
export function sampleToken(logits: Float32Array, options: SamplingOptions, key: Key): number {
  checkSampling(options);
  const best = argmax(logits);
  if (options.temperature === 0) return best;
  const weights = weigh(logits, logits[best]!, options.temperature);
  return draw(cutTail(weights, options), key);
}

/** Index of the largest logit, the first one at a tie. */
function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i])) throw unusable(`logit ${i} is not a number`);
    if (logits[i]! > logits[best]!) best = i;
  }
  if (!Number.isFinite(logits[best])) throw unusable(`the largest logit is ${logits[best]}`);
  return best;
}

function unusable(what: string): UserError {
  return new UserError(`no token can be sampled: ${what}`, {
    hint: 'the parameters have probably diverged in training; take an earlier checkpoint',
  });
}

/** Unnormalized probabilities, 1 for the largest. */
function weigh(logits: Float32Array, top: number, temperature: number): Float32Array {
  const weights = new Float32Array(logits.length);
  for (let i = 0; i < logits.length; i++) {
    const exponent = (logits[i]! - top) / temperature;
    // e^−80 times any vocabulary is below the resolution of the draw.
    if (exponent >= -80) weights[i] = expFloat32(Math.fround(exponent));
  }
  return weights;
}

/** The weights, with those that `topK` and `topP` exclude set to 0. */
function cutTail(weights: Float32Array, { topK, topP = 1 }: SamplingOptions): Float32Array {
  const all = weights.length;
  const most = Math.min(topK ?? all, all);
  if (most === all && topP === 1) return weights;
  const ascending = weights.slice().sort();
  const kept = ascending.subarray(all - nucleusSize(ascending, most, topP));
  const lightest = kept[0]!;
  // Among tokens that tie with the lightest one kept, those with the smallest ids are kept.
  let ties = kept.filter((weight) => weight === lightest).length;
  return weights.map((weight) => {
    if (weight === lightest) return ties-- > 0 ? weight : 0;
    return weight > lightest ? weight : 0;
  });
}

/** How many of the `most` heaviest tokens have `topP` of their mass together, at least 1. */
function nucleusSize(ascending: Float32Array, most: number, topP: number): number {
  const heaviest = ascending
    .subarray(ascending.length - most)
    .slice()
    .reverse();
  const wanted = topP * sumOf(heaviest);
  let mass = heaviest[0]!;
  let size = 1;
  while (size < most && mass < wanted) mass += heaviest[size++]!;
  return size;
}

function sumOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

function draw(weights: Float32Array, key: Key): number {
  // 53 random bits: a coarser number would never reach the rare tokens of a large vocabulary.
  const target = randomInt(key, 2 ** 53) * 2 ** -53 * sumOf(weights);
  let mass = 0;
  let last = 0;
  for (let id = 0; id < weights.length && mass <= target; id++) {
    if (weights[id] === 0) continue;
    last = id;
    mass += weights[id]!;
  }
  return last;
}
