// N-gram baselines: the unigram and bigram losses that a memory must beat.

import { foldIn, type Key } from '../core/index.ts';
import { type AnyWorld, drawTokens, maskTargets } from '../worlds/world.ts';

export type NgramBaselines = {
  /** Loss (nats) and accuracy on held-out targets of the frequencies of training targets. */
  readonly unigramLoss: number;
  readonly unigramAccuracy: number;
  /** The same for frequencies after the previous token; null if there are too many pairs to count. */
  readonly bigramLoss: number | null;
  readonly bigramAccuracy: number | null;
  /** Mean loss of each held-out sequence by the better of the two, for paired comparisons. */
  readonly lossBySequence: readonly number[];
};

/** With more token ids, pairs take too much memory. */
const MAX_BIGRAM_VOCABULARY = 2048;

/** Upper limit of counted training tokens. */
const COUNTED_TOKENS = 2 ** 20;

/**
 * Counts targets of training sequences, and judges held-out ones. Unigrams have one count added to every token;
 * bigrams are mixed with the unigrams, which weigh as much as one occurrence (a Dirichlet prior).
 *
 * @param key of the run, under which training sequences are drawn
 * @param sequences of training to count, at most a million tokens' worth
 */
export function measureNgrams(
  worlds: { readonly training: AnyWorld; readonly heldOut: AnyWorld },
  key: Key,
  heldOutKey: Key,
  { sequences, heldOut }: { readonly sequences: number; readonly heldOut: number },
): NgramBaselines {
  const { vocabSize, sequenceLength } = worlds.training;
  const unigrams = new Float64Array(vocabSize).fill(1);
  const pairs = vocabSize <= MAX_BIGRAM_VOCABULARY;
  const bigrams = new Float64Array(pairs ? vocabSize * vocabSize : 0);
  const count = Math.min(sequences, Math.ceil(COUNTED_TOKENS / sequenceLength));
  const trainKey = foldIn(key, 'train');
  for (let i = 0; i < count; i++) {
    forTargets(worlds.training, drawTokens(worlds.training, trainKey, i), (before, token) => {
      unigrams[token]! += 1;
      if (pairs) bigrams[before * vocabSize + token]! += 1;
    });
  }
  const total = sum(unigrams);
  const unigram = unigrams.map((n) => n / total);
  const bigram = mixBigrams(bigrams, unigram);
  const best = argmax(unigram);
  const bests = Array.from({ length: pairs ? vocabSize : 0 }, (_, before) =>
    argmax(bigram.subarray(before * vocabSize, (before + 1) * vocabSize)),
  );
  const hits = { unigram: 0, bigram: 0 };
  const losses = Array.from({ length: heldOut }, () => ({ unigram: 0, bigram: 0, targets: 0 }));
  losses.forEach((own, i) => {
    forTargets(worlds.heldOut, drawTokens(worlds.heldOut, heldOutKey, i), (before, token) => {
      own.targets += 1;
      own.unigram -= Math.log(unigram[token]!);
      hits.unigram += Number(token === best);
      if (!pairs) return;
      own.bigram -= Math.log(bigram[before * vocabSize + token]!);
      hits.bigram += Number(token === bests[before]);
    });
  });
  const targets = losses.reduce((total, own) => total + own.targets, 0);
  const mean = (name: 'unigram' | 'bigram') =>
    losses.reduce((total, own) => total + own[name], 0) / targets;
  const better = pairs && mean('bigram') < mean('unigram') ? 'bigram' : 'unigram';
  return {
    unigramLoss: mean('unigram'),
    unigramAccuracy: hits.unigram / targets,
    bigramLoss: pairs ? mean('bigram') : null,
    bigramAccuracy: pairs ? hits.bigram / targets : null,
    lossBySequence: losses.map((own) => own[better] / own.targets),
  };
}

function forTargets(
  world: AnyWorld,
  tokens: Int32Array,
  tell: (before: number, token: number) => void,
): void {
  const mask = maskTargets(world, tokens);
  for (let t = 1; t < tokens.length; t++) if (mask[t]) tell(tokens[t - 1]!, tokens[t]!);
}

/** Probabilities `[before, token]`. */
function mixBigrams(counts: Float64Array, unigram: Float64Array): Float64Array {
  const size = unigram.length;
  const mixed = new Float64Array(counts.length);
  for (let before = 0; before * size < counts.length; before++) {
    const row = counts.subarray(before * size, (before + 1) * size);
    const total = sum(row) + 1;
    for (let token = 0; token < size; token++) {
      mixed[before * size + token] = (row[token]! + unigram[token]!) / total;
    }
  }
  return mixed;
}

function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
