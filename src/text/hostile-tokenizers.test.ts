// Files of tokenizers that lie, or are programs that never end: an error in words, and the process goes on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { createByteTokenizer } from './byte-tokenizer.ts';
import { readTokenizerJson } from './read-tokenizer-json.ts';
import type { Tokenizer } from './tokenizer.ts';
import { tokenizerFromJson } from './tokenizer-from-json.ts';

const byteJson = createByteTokenizer().toJson() as { readonly model: { readonly vocab: object } };
const wordPiece = {
  added_tokens: [{ id: 3, content: '</s>', special: true }],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, a: 1, '##a': 2, '</s>': 3 },
  },
};
const splitAt = (Regex: string) => ({
  type: 'Split',
  pattern: { Regex },
  behavior: 'Isolated',
  invert: false,
});

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('nothing was thrown');
}

/** Encodes as well after the refusal as before. */
function expectAlive(tokenizer: Tokenizer): void {
  expect([...tokenizer.encode('a</s>')]).toEqual([1, 3]);
}

describe('ids', () => {
  it.each([
    [1e9, '1,000,000,000, more than 4,194,303'],
    [2 ** 53, '9,007,199,254,740,992, more than 4,194,303'],
    [-1, 'not a number'],
    [1.5, 'not a number'],
  ])('an id of %d', (id, message) => {
    const vocab = { ...byteJson.model.vocab, evil: id };
    const own = { ...byteJson, model: { ...byteJson.model, vocab } };
    expect(refusal(() => tokenizerFromJson(own))).toContain(`token "evil" is ${message}`);
    const added = [{ id, content: '</s>', special: true }];
    const foreign = { ...wordPiece, added_tokens: added };
    expect(refusal(() => tokenizerFromJson(foreign))).toContain(`token "</s>" is ${message}`);
  });

  it('an added token without text', () => {
    const json = { ...wordPiece, added_tokens: [{ id: 3, content: '', special: true }] };
    expect(refusal(() => tokenizerFromJson(json))).toContain('"added_tokens" is damaged');
  });
});

describe('programs that do not end', () => {
  it('a regular expression that tries every way', () => {
    const json = { ...wordPiece, pre_tokenizer: splitAt('(a+)+$') };
    const tokenizer = tokenizerFromJson(json, { source: 'evil.json', leastMs: 1000 });
    const text = `${'a'.repeat(60)}b`;
    expect(refusal(() => tokenizer.encode(text))).toMatch(
      /^evil.json: encoding 61 characters takes more than 1.* seconds$/,
    );
    expectAlive(tokenizer);
  });

  it('a normalizer that doubles a hundred times', () => {
    const double = { type: 'Replace', pattern: { String: 'a' }, content: 'aa' };
    const normalizer = { type: 'Sequence', normalizers: new Array(100).fill(double) };
    const tokenizer = tokenizerFromJson({ ...wordPiece, normalizer }, { leastMs: 1000 });
    expect(refusal(() => tokenizer.encode('a'))).toMatch(/cannot encode the text|takes more than/);
    expect([...tokenizer.encode('</s>')]).toEqual([3]);
  });

  it('a word as long as the text', () => {
    const model = { ...wordPiece.model, max_input_chars_per_word: 1e9 };
    expect(refusal(() => tokenizerFromJson({ ...wordPiece, model }))).toContain(
      'the object: "max_input_chars_per_word" is 1000000000; WordPiece is read with at most 256',
    );
    // Only WordPiece looks at it.
    const bytes = { ...byteJson, model: { ...byteJson.model, max_input_chars_per_word: 1e9 } };
    expect([...tokenizerFromJson(bytes).encode('a')]).toEqual([97]);
    const longest = { ...wordPiece.model, max_input_chars_per_word: 256 };
    const tokenizer = tokenizerFromJson({ ...wordPiece, model: longest });
    const words = `${'a'.repeat(255)}b `.repeat(5);
    expect(tokenizer.encode(words)).toEqual(new Int32Array(5));
  });

  it('normalizers inside normalizers, a hundred thousand deep', () => {
    const deep = '{"type":"Sequence","normalizers":['.repeat(1e5) + ']}'.repeat(1e5);
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'primordia-nested-')), 'tokenizer.json');
    try {
      writeFileSync(
        file,
        JSON.stringify(wordPiece).replace('"normalizer":null', `"normalizer":${deep}`),
      );
      expect(refusal(() => readTokenizerJson(file))).toBe(`${file} is nested more than 100 deep`);
    } finally {
      rmSync(path.dirname(file), { recursive: true });
    }
  });
});
