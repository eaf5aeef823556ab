// Byte-level byte pair encoding (GPT-2's): the tokenizer of a vocabulary.

import { UserError } from '../core/index.ts';
import { BYTE_CHARACTERS, readSpelling } from './byte-alphabet.ts';
import { type ByteLevelVocabulary, byteLevelJson } from './byte-level-json.ts';
import { concatTokens } from './concat-tokens.ts';
import { decodeTokens } from './decode-tokens.ts';
import { createHeap } from './heap.ts';
import { preTokenize } from './pre-tokenize.ts';
import type { Tokenizer } from './tokenizer.ts';

const MAX_CACHED_WORDS = 200_000;
const MAX_CACHED_LENGTH = 48;
const NO_PAIR = -1;
const POSITION_SPAN = 2 ** 31;

/**
 * A tokenizer that merges, inside each word of GPT-2's pre-tokenization, the pair learned first
 * (leftmost among equals) until none is left. Words are remembered, so repeated ones cost a look-up.
 * Source: Sennrich et al. (2016), on bytes as in Radford et al. (2019).
 *
 * @throws UserError if a byte or a merged pair has no token
 */
export function createBpeTokenizer(model: ByteLevelVocabulary): Tokenizer {
  const { endOfText } = model;
  const table = buildTable(model);
  const encoder = new TextEncoder();
  const cache = new Map<string, Int32Array>();

  const encodeWord = (word: string): Int32Array => {
    const known = cache.get(word);
    if (known !== undefined) return known;
    const ids = mergeWord(encoder.encode(word), table);
    if (word.length <= MAX_CACHED_LENGTH) {
      if (cache.size >= MAX_CACHED_WORDS) cache.clear();
      cache.set(word, ids);
    }
    return ids;
  };

  const encodeWords = (words: readonly string[]): Int32Array => {
    const encoded = words.map(encodeWord);
    const ids = new Int32Array(encoded.reduce((sum, word) => sum + word.length, 0));
    let offset = 0;
    for (const word of encoded) {
      for (let i = 0; i < word.length; i++) ids[offset++] = word[i]!;
    }
    return ids;
  };

  return {
    vocabSize: table.tokenBytes.length,
    endOfText: endOfText.id,
    encode: (text) => {
      const parts: Int32Array[] = [];
      for (const [i, document] of text.split(endOfText.content).entries()) {
        if (i > 0) parts.push(Int32Array.of(endOfText.id));
        for (const words of preTokenize(document)) parts.push(encodeWords(words));
      }
      return concatTokens(parts);
    },
    decode: (ids) => decodeTokens(table.tokenBytes, ids),
    toJson: () => byteLevelJson(model),
  };
}

type MergeTable = {
  /** Bytes of each id; ids that no token has are left out. */
  readonly tokenBytes: readonly (Uint8Array | undefined)[];
  /** The id of each byte. */
  readonly byteIds: Int32Array;
  /** Rank of a pair by `left * tokenBytes.length + right`. */
  readonly ranks: ReadonlyMap<number, number>;
  /** The id that the pair of a rank becomes. */
  readonly mergedIds: Int32Array;
};

function buildTable({ vocabulary, merges, endOfText }: ByteLevelVocabulary): MergeTable {
  const idOf = (spelling: string): number => {
    const id = vocabulary.get(spelling);
    if (id === undefined) {
      throw new UserError(`the BPE vocabulary has no token ${JSON.stringify(spelling)}`, {
        hint: 'vocabulary and merges must come from the same tokenizer, and hold all 256 bytes',
      });
    }
    return id;
  };
  let size = endOfText.id + 1;
  for (const id of vocabulary.values()) size = Math.max(size, id + 1);
  const tokenBytes: (Uint8Array | undefined)[] = new Array(size).fill(undefined);
  for (const [spelling, id] of vocabulary) tokenBytes[id] = readSpelling(spelling);
  tokenBytes[endOfText.id] = new TextEncoder().encode(endOfText.content);

  const ranks = new Map<number, number>();
  const mergedIds = new Int32Array(merges.length);
  for (const [rank, [left, right]] of merges.entries()) {
    ranks.set(idOf(left) * size + idOf(right), rank);
    mergedIds[rank] = idOf(left + right);
  }
  return { tokenBytes, byteIds: Int32Array.from(BYTE_CHARACTERS, idOf), ranks, mergedIds };
}

/** Token ids of one word, in O(n log n): its symbols are a linked list, its pairs a heap. */
function mergeWord(bytes: Uint8Array, table: MergeTable): Int32Array {
  const { byteIds, ranks, mergedIds } = table;
  const size = table.tokenBytes.length;
  const n = bytes.length;
  const ids = Int32Array.from(bytes, (byte) => byteIds[byte]!);
  if (n < 2 || mergedIds.length === 0) return ids;

  const next = Int32Array.from(ids, (_, i) => i + 1);
  const previous = Int32Array.from(ids, (_, i) => i - 1);
  const rankAt = new Int32Array(n).fill(NO_PAIR);
  // An entry is rank and position in one number: the lowest rank leaves first, then the leftmost.
  const heap = createHeap<number>((a, b) => a < b);
  const rankPair = (position: number): void => {
    const right = next[position]!;
    const rank = right < n ? ranks.get(ids[position]! * size + ids[right]!) : undefined;
    rankAt[position] = rank ?? NO_PAIR;
    if (rank !== undefined) heap.push(rank * POSITION_SPAN + position);
  };
  for (let position = 0; position < n - 1; position++) rankPair(position);

  for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
    const position = entry % POSITION_SPAN;
    const rank = (entry - position) / POSITION_SPAN;
    // The pair may have changed since it was pushed.
    if (rankAt[position] !== rank) continue;
    const absorbed = next[position]!;
    ids[position] = mergedIds[rank]!;
    rankAt[absorbed] = NO_PAIR;
    next[position] = next[absorbed]!;
    if (next[position]! < n) previous[next[position]!] = position;
    rankPair(position);
    if (previous[position]! >= 0) rankPair(previous[position]!);
  }

  let length = 0;
  for (let position = 0; position < n; position = next[position]!) ids[length++] = ids[position]!;
  return ids.slice(0, length);
}
