// Choosing a token from logits: greedy, by temperature, among the k most probable, from the nucleus.

import { expFloat32, type Key, randomInt, UserError } from '../core/index.ts';

export type SamplingOptions = {
  /** Divides the logits; 0 takes the most probable token always. */
  readonly temperature: number;
  /** Only this many of the most probable tokens; by default all. */
  readonly topK?: number | undefined;
  /** Only the nucleus: the smallest set of tokens whose mass is at least this; by default 1, all. */
  readonly topP?: number | undefined;
};

/** @throws UserError for a negative temperature, a `topK` below 1 or a `topP` outside of (0, 1] */
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
 * Draws a token id from softmax(logits / temperature), cut to the `topK` most probable tokens, then
 * to the nucleus of mass `topP` of what remains (Holtzman et al. 2020), of at least one token.
 * At ties the smaller id comes first. The same arguments give the same id on every engine.
 *
 * @param logits `[vocabSize]`; −∞ forbids a token
 * @throws UserError for options out of range, and for logits that no token can be drawn from
 */
export function sampleToken(logits: Float32Array, options: SamplingOptions, key: Key): number {
  checkSampling(options);
  const best = argmax(logits);
  const { temperature, topK, topP } = options;
  if (temperature === 0) return best;
  const weights = weigh(logits, logits[best]!, temperature);
  const candidates = cutNucleus(cutTop(weights, topK), weights, topP);
  return draw(candidates, weights, key);
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

/** Unnormalised probabilities, 1 for the largest. */
function weigh(logits: Float32Array, top: number, temperature: number): Float32Array {
  return logits.map((logit) => {
    const exponent = (logit - top) / temperature;
    // e^−80 times any vocabulary is below the resolution of the draw.
    return exponent < -80 ? 0 : expFloat32(Math.fround(exponent));
  });
}

/** Ids that may be drawn: all in order of id, or the `topK` heaviest in order of weight. */
function cutTop(weights: Float32Array, topK: number | undefined): Uint32Array {
  const ids = Uint32Array.from(weights.keys());
  return topK === undefined || topK >= ids.length
    ? ids
    : sortByWeight(ids, weights).subarray(0, topK);
}

/** The shortest list of the heaviest ids that holds `topP` of the mass of all of `ids`. */
function cutNucleus(
  ids: Uint32Array,
  weights: Float32Array,
  topP: number | undefined,
): Uint32Array {
  if (topP === undefined || topP === 1) return ids;
  const sorted = sortByWeight(ids, weights);
  const wanted = topP * sumWeights(sorted, weights);
  let mass = 0;
  let count = 0;
  while (count < sorted.length && (count === 0 || mass < wanted))
    mass += weights[sorted[count++]!]!;
  return sorted.subarray(0, count);
}

function sortByWeight(ids: Uint32Array, weights: Float32Array): Uint32Array {
  return ids.slice().sort((a, b) => weights[b]! - weights[a]! || a - b);
}

function sumWeights(ids: Uint32Array, weights: Float32Array): number {
  return ids.reduce((sum, id) => sum + weights[id]!, 0);
}

function draw(ids: Uint32Array, weights: Float32Array, key: Key): number {
  // 53 random bits: a coarser number would never reach the rare tokens of a large vocabulary.
  const target = randomInt(key, 2 ** 53) * 2 ** -53 * sumWeights(ids, weights);
  let mass = 0;
  let last = ids[0]!;
  for (const id of ids) {
    if (weights[id] === 0) continue;
    last = id;
    mass += weights[id]!;
    if (mass > target) break;
  }
  return last;
}
