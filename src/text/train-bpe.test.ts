import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { createBpeTokenizer } from './bpe.ts';
import { preTokenize } from './pre-tokenize.ts';
import { trainBpe } from './train-bpe.ts';

/** The definition, word for word: count every pair again, merge the best, repeat. */
function trainSlowly(documents: readonly string[], mergeCount: number): [number, number][] {
  let words = documents.flatMap((document) =>
    [...preTokenize(document)].flat().map((word) => [...new TextEncoder().encode(word)]),
  );
  const merges: [number, number][] = [];
  while (merges.length < mergeCount) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]},${word[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const ranked = [...counts]
      .filter(([, count]) => count >= 2)
      .map(([key, count]) => ({ pair: key.split(',').map(Number), count }))
      .sort((a, b) => b.count - a.count || a.pair[0]! - b.pair[0]! || a.pair[1]! - b.pair[1]!);
    const best = ranked[0]?.pair;
    if (best === undefined) break;
    const id = 256 + merges.length;
    merges.push([best[0]!, best[1]!]);
    words = words.map((word) => {
      const out: number[] = [];
      for (let i = 0; i < word.length; i++) {
        if (word[i] === best[0] && word[i + 1] === best[1]) {
          out.push(id);
          i++;
        } else out.push(word[i]!);
      }
      return out;
    });
  }
  return merges;
}

describe('trainBpe', () => {
  it('learns aa, ab, aaab from "aaabdaaabac", and encodes it as X d X a c', () => {
    const model = trainBpe(['aaabdaaabac'], { vocabSize: 300 });
    expect(model.merges).toEqual([
      ['a', 'a'],
      ['a', 'b'],
      ['aa', 'ab'],
    ]);
    expect(model.endOfText).toEqual({ id: 259, content: '<|endoftext|>' });
    const tokenizer = createBpeTokenizer(model);
    expect([...tokenizer.encode('aaabdaaabac')]).toEqual([258, 100, 258, 97, 99]);
    expect(tokenizer.vocabSize).toBe(260);
  });

  it('breaks ties by the smaller ids, whatever the order of documents', () => {
    const documents = ['yz', 'yz', 'ab', 'ab', 'ac', 'ac'];
    const { merges } = trainBpe(documents, { vocabSize: 260 });
    expect(merges).toEqual([
      ['a', 'b'],
      ['a', 'c'],
      ['y', 'z'],
    ]);
    expect(trainBpe(documents.reverse(), { vocabSize: 260 }).merges).toEqual(merges);
  });

  it('stops at the size asked for, and at the minimal frequency', () => {
    const document = 'the cat sat on the mat with the other cat';
    expect(trainBpe([document], { vocabSize: 257 }).merges).toEqual([]);
    expect(trainBpe([document], { vocabSize: 260 }).merges).toHaveLength(3);
    // th occurs 5 times, at and (then) the 4 times; Ġthe and cat only twice.
    expect(trainBpe([document], { vocabSize: 400, minFrequency: 4 }).merges).toEqual([
      ['t', 'h'],
      ['a', 't'],
      ['th', 'e'],
    ]);
  });

  it('never merges across words or into the end-of-text token', () => {
    const { vocabulary } = trainBpe(['a<|endoftext|>a<|endoftext|>a b a b'], { vocabSize: 400 });
    expect([...vocabulary.keys()].slice(256)).toEqual(['Ġb']);
  });

  it('agrees with counting every pair anew', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', ' '), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), (documents) => {
        const { vocabulary, merges } = trainBpe(documents, { vocabSize: 257 + 24 });
        const ids = merges.map((pair) => pair.map((token) => vocabulary.get(token)));
        expect(ids).toEqual(trainSlowly(documents, 24));
      }),
      { numRuns: 300 },
    );
  });

  it('takes a long line without spaces', () => {
    const { merges } = trainBpe(['ab'.repeat(200_000)], { vocabSize: 300 });
    expect(merges.slice(0, 2)).toEqual([
      ['a', 'b'],
      ['ab', 'ab'],
    ]);
  });

  it('gives the plain bytes for no documents', () => {
    const tokenizer = createBpeTokenizer(trainBpe(['', ''], { vocabSize: 1000 }));
    expect(tokenizer.vocabSize).toBe(257);
    expect([...tokenizer.encode('hi')]).toEqual([104, 105]);
  });

  it('refuses a vocabulary without room for the bytes', () => {
    expect(() => trainBpe(['a'], { vocabSize: 256 })).toThrow(UserError);
    expect(() => trainBpe(['a'], { vocabSize: 300.5 })).toThrow(UserError);
  });
});
