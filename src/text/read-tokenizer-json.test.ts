import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { UserError } from '../core/index.ts';
import { createByteTokenizer } from './byte-tokenizer.ts';
import { readTokenizerJson } from './read-tokenizer-json.ts';
import { tokenizerFromJson } from './tokenizer-from-json.ts';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const gpt2File = path.join(data, 'tokenizer/gpt2/tokenizer.json');
const shakespeareFile = path.join(data, 'text/tinyshakespeare.txt');

const endToken = { id: 3, content: '</s>', special: true };
const wordLevel = {
  version: '1.0',
  added_tokens: [endToken],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, hello: 1, '##s': 2, '</s>': 3 },
  },
};

describe('readTokenizerJson', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'primordia-tokenizer-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const write = (content: unknown): string => {
    const file = path.join(folder, 'tokenizer.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };

  it('reads what our tokenizers write', () => {
    const bytes = createByteTokenizer();
    const read = readTokenizerJson(write(bytes.toJson()));
    expect(read.vocabSize).toBe(257);
    expect(read.endOfText).toBe(256);
    expect(read.encode('é<|endoftext|>')).toEqual(bytes.encode('é<|endoftext|>'));
    expect(read.toJson()).toEqual(bytes.toJson());
  });

  it('hands other kinds to the library', () => {
    const tokenizer = readTokenizerJson(write(wordLevel));
    expect([...tokenizer.encode('Hellos hello what</s>')]).toEqual([1, 2, 1, 0, 3]);
    expect(tokenizer.decode([1, 2, 1])).toBe('hellos hello');
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([77, 1])).toBe('\ufffdhello');
    expect(tokenizer.endOfText).toBe(3);
    expect(tokenizer.vocabSize).toBe(4);
  });

  it('heeds what GPT-2 does not use', () => {
    const json = createByteTokenizer().toJson() as { model: object };
    const prefixed = { type: 'ByteLevel', add_prefix_space: true, use_regex: true };
    expect([...tokenizerFromJson({ ...json, pre_tokenizer: prefixed }).encode('a')]).toEqual([
      32, 97,
    ]);
    const lower = tokenizerFromJson({ ...json, normalizer: { type: 'Lowercase' } });
    expect([...lower.encode('A')]).toEqual([97]);
    const ended = { ...json.model, end_of_word_suffix: '!' };
    expect([...tokenizerFromJson({ ...json, model: ended }).encode('a')]).not.toEqual([97]);
  });

  it('adds no ids at the ends', () => {
    const post = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '</s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '</s>': { id: '</s>', ids: [3], tokens: ['</s>'] } },
    };
    const tokenizer = tokenizerFromJson({ ...wordLevel, post_processor: post });
    expect([...tokenizer.encode('hello')]).toEqual([1]);
  });

  it('finds the token that ends a text, or asks for it', () => {
    const special = (content: string, id: number) => ({ id, content, special: true });
    const two = { ...wordLevel, added_tokens: [special('<a>', 4), special('<bee>', 5)] };
    const vocab = { '[UNK]': 0, hello: 1 };
    const model = { ...wordLevel.model, vocab };
    expect(() => tokenizerFromJson({ ...two, model })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('<a> <bee>') }),
    );
    expect(tokenizerFromJson({ ...two, model }, { endOfText: '<bee>' }).endOfText).toBe(5);
    expect(() => tokenizerFromJson({ ...two, model }, { endOfText: '<be>' })).toThrow(
      expect.objectContaining({ hint: 'did you mean "<bee>"?' }),
    );
    const one = { ...two, added_tokens: [special('<stop>', 9)], model };
    expect(tokenizerFromJson(one).endOfText).toBe(9);
    expect(tokenizerFromJson(one).vocabSize).toBe(10);
  });

  it.each([
    ['no JSON', '{"model":', 'is not JSON'],
    ['another JSON file', { '!': 0, '"': 1 }, 'no object "model" (its fields: !, ")'],
    ['a list', [1], 'it is not an object'],
    ['a model without vocabulary', { model: { type: 'BPE' } }, '"model.vocab" is missing'],
    [
      'ids that are no numbers',
      { model: { type: 'BPE', vocab: { a: 'b' } } },
      'the id of token "a"',
    ],
    ['damaged added tokens', { ...wordLevel, added_tokens: [{}] }, '"added_tokens" is damaged'],
    ['an unknown decoder', { ...wordLevel, decoder: { type: 'Magic' } }, 'cannot be used'],
    [
      'a broken merge',
      {
        ...(createByteTokenizer().toJson() as object),
        model: {
          ...(createByteTokenizer().toJson() as { model: object }).model,
          merges: ['a b', 'c'],
        },
      },
      'merge number 1 is not a pair',
    ],
  ])('refuses %s in words', (_, content, message) => {
    const read = () => readTokenizerJson(write(content));
    expect(read).toThrow(UserError);
    expect(read).toThrow(message);
  });

  it('names a file that is missing', () => {
    expect(() => readTokenizerJson(path.join(folder, 'none.json'))).toThrow('no file ');
    expect(() => readTokenizerJson(folder)).toThrow('is a directory');
  });
});

describe.skipIf(!existsSync(gpt2File) || !existsSync(shakespeareFile))("GPT-2's vocabulary", () => {
  it('gives the ids of the Hugging Face library, and the known ones', () => {
    const ours = readTokenizerJson(gpt2File);
    const library = new HuggingFaceTokenizer(JSON.parse(readFileSync(gpt2File, 'utf8')), {
      clean_up_tokenization_spaces: false,
    });
    expect(ours.vocabSize).toBe(50257);
    expect(ours.endOfText).toBe(50256);
    expect([...ours.encode('Hello world')]).toEqual([15496, 995]);

    const shakespeare = readFileSync(shakespeareFile, 'utf8');
    for (let start = 0; start < shakespeare.length; start += 200_000) {
      const excerpt = shakespeare.slice(start, start + 20_000);
      const ids = ours.encode(excerpt);
      expect([...ids]).toEqual(library.encode(excerpt).ids);
      expect(ours.decode(ids)).toBe(excerpt);
    }
    // The count that nanoGPT reports for the first 90 % and the last 10 % of this file.
    const cut = Math.floor(shakespeare.length * 0.9);
    expect(ours.encode(shakespeare.slice(0, cut)).length).toBe(301_966);
    expect(ours.encode(shakespeare.slice(cut)).length).toBe(36_059);

    const units = fc.oneof(fc.nat(0xffff), fc.nat(0x7f), fc.integer({ min: 0xd800, max: 0xdfff }));
    const hostile = fc.array(units).map((list) => String.fromCharCode(...list));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: anyCharacter }), hostile), (text) => {
        expect([...ours.encode(text)]).toEqual(library.encode(text).ids);
      }),
      { numRuns: 300 },
    );
  });
});
