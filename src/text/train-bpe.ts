// Learning a byte-level BPE vocabulary from documents, with pair counts kept up to date.

import { UserError } from '../core/index.ts';
import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import type { ByteLevelVocabulary } from './byte-level-json.ts';
import { createHeap } from './heap.ts';
import { preTokenize } from './pre-tokenize.ts';
import { END_OF_TEXT } from './tokenizer.ts';

export type TrainBpeOptions = {
  /** Ids wanted, with the 256 bytes and end-of-text; at least 257. */
  readonly vocabSize: number;
  /** A pair seen less often is not merged (default 2). */
  readonly minFrequency?: number;
};

/** Longer words are counted in pieces, so that a file without spaces costs no more than another. */
const MAX_WORD_BYTES = 256;

/**
 * Learns merges: again and again the most frequent adjacent pair becomes a token. Among equally
 * frequent pairs the one with the smaller left id wins, then the smaller right id, so that the
 * result depends on the words and their counts alone. Overlapping pairs all count ("aaa" has two).
 *
 * Ids: 0..255 the bytes, then the merges in the order learned, last end-of-text. The vocabulary is
 * smaller than asked for when no pair reaches `minFrequency`.
 * Source: Sennrich et al., Neural machine translation of rare words with subword units (2016).
 *
 * @throws UserError if `vocabSize` cannot hold the bytes and end-of-text
 */
export function trainBpe(
  documents: Iterable<string>,
  { vocabSize, minFrequency = 2 }: TrainBpeOptions,
): ByteLevelVocabulary {
  if (!Number.isInteger(vocabSize) || vocabSize < 257 || vocabSize > 2 ** 20) {
    throw new UserError(`a byte-level vocabulary cannot have ${vocabSize} tokens`, {
      hint: 'choose an integer from 257 (256 bytes and end-of-text) to 1048576',
    });
  }
  const words = layOutWords(countWords(documents));
  const learned = learnMerges(words, vocabSize - 257, Math.max(1, minFrequency));

  const spellings = [...BYTE_CHARACTERS];
  const vocabulary = new Map(spellings.map((spelling, id) => [spelling, id]));
  const merges: [string, string][] = [];
  for (const [left, right] of learned) {
    const spelling = spellings[left]! + spellings[right]!;
    merges.push([spellings[left]!, spellings[right]!]);
    vocabulary.set(spelling, spellings.length);
    spellings.push(spelling);
  }
  return { vocabulary, merges, endOfText: { id: spellings.length, content: END_OF_TEXT } };
}

function countWords(documents: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const document of documents) {
    for (const part of document.split(END_OF_TEXT)) {
      for (const words of preTokenize(part)) {
        for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
      }
    }
  }
  return counts;
}

/** Distinct words: word w has symbols[start[w]] .. symbols[start[w] + length[w] - 1]. */
type Words = {
  readonly symbols: Int32Array;
  readonly start: readonly number[];
  readonly length: number[];
  readonly count: readonly number[];
};

function layOutWords(counts: ReadonlyMap<string, number>): Words {
  const encoder = new TextEncoder();
  const symbols: number[] = [];
  const start: number[] = [];
  const length: number[] = [];
  const count: number[] = [];
  for (const [word, occurrences] of counts) {
    const bytes = encoder.encode(word);
    for (let from = 0; from < bytes.length; from += MAX_WORD_BYTES) {
      const to = Math.min(from + MAX_WORD_BYTES, bytes.length);
      start.push(symbols.length);
      length.push(to - from);
      count.push(occurrences);
      for (let i = from; i < to; i++) symbols.push(bytes[i]!);
    }
  }
  return { symbols: Int32Array.from(symbols), start, length, count };
}

type Pair = {
  readonly left: number;
  readonly right: number;
  count: number;
  /** Words that hold the pair, or held it. */
  readonly words: number[];
};

type Candidate = { readonly pair: Pair; readonly count: number };

function comesFirst(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}

function learnMerges(words: Words, maxMerges: number, minFrequency: number): [number, number][] {
  const { symbols } = words;
  const idSpan = 256 + maxMerges;
  const pairs = new Map<number, Pair>();
  const change = (left: number, right: number, word: number, amount: number): Pair => {
    const key = left * idSpan + right;
    let pair = pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, count: 0, words: [] };
      pairs.set(key, pair);
    }
    pair.count += amount;
    if (amount > 0 && pair.words.at(-1) !== word) pair.words.push(word);
    return pair;
  };

  for (const [w, start] of words.start.entries()) {
    for (let i = start; i < start + words.length[w]! - 1; i++) {
      change(symbols[i]!, symbols[i + 1]!, w, words.count[w]!);
    }
  }
  const queue = createHeap<Candidate>(comesFirst);
  const enqueue = (pair: Pair): void => {
    if (pair.count >= minFrequency) queue.push({ pair, count: pair.count });
  };
  for (const pair of pairs.values()) enqueue(pair);

  /** Writes the pair in word `w` as `id` and corrects the counts around it; gives the pairs that grew. */
  const mergeInWord = (w: number, { left, right }: Pair, id: number): Pair[] => {
    const grown: Pair[] = [];
    const start = words.start[w]!;
    const end = start + words.length[w]!;
    const count = words.count[w]!;
    let to = start;
    for (let from = start; from < end; ) {
      if (from + 1 >= end || symbols[from] !== left || symbols[from + 1] !== right) {
        symbols[to++] = symbols[from++]!;
        continue;
      }
      if (to > start) {
        const before = symbols[to - 1]!;
        change(before, left, w, -count);
        grown.push(change(before, id, w, count));
      }
      if (from + 2 < end) {
        const after = symbols[from + 2]!;
        change(right, after, w, -count);
        grown.push(change(id, after, w, count));
      }
      symbols[to++] = id;
      from += 2;
    }
    words.length[w] = to - start;
    return grown;
  };

  const merges: [number, number][] = [];
  while (merges.length < maxMerges) {
    const top = queue.pop();
    if (top === undefined) break;
    const { pair } = top;
    if (pair.count !== top.count) {
      // Counts of waiting pairs only fall, so an entry is never below its true place.
      enqueue(pair);
      continue;
    }
    const id = 256 + merges.length;
    merges.push([pair.left, pair.right]);
    const grown = new Set<Pair>();
    for (const w of pair.words) {
      for (const other of mergeInWord(w, pair, id)) grown.add(other);
    }
    pairs.delete(pair.left * idSpan + pair.right);
    for (const other of grown) enqueue(other);
  }
  return merges;
}
