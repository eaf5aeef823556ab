import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../core/index.ts';
import { createByteTokenizer } from '../text/index.ts';
import { parseRecipe } from './recipe.ts';
import { openText, prepareText, readTextInfo } from './text-stage.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-text-'));
  const lines = Array.from({ length: 40 }, (_, i) => `Line ${i}: naïve words, ${i * i} of them.`);
  writeFileSync(at('docs.jsonl'), lines.map((text) => JSON.stringify({ text })).join('\n'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => path.join(folder, name);
const recipe = (changes: object = {}) =>
  parseRecipe(
    {
      name: 'x',
      text: {
        corpus: { files: [at('docs.jsonl')] },
        contextLength: 16,
        batchSize: 2,
        evaluationTokens: 64,
        ...changes,
      },
    },
    'test',
  ).text!;

const readAll = (name: string) =>
  readdirSync(at(name), { recursive: true, encoding: 'utf8' })
    .sort()
    .filter((file) => file.includes('.'))
    .map((file) => [file, readFileSync(path.join(at(name), file), 'base64')]);

describe('prepareText', () => {
  test('counts what it split and tokenized', () => {
    prepareText(at('text'), recipe(), 0);
    const info = readTextInfo(at('text'));
    expect(info.trainDocuments + info.validationDocuments).toBe(40);
    expect(info.validationDocuments).toBeGreaterThan(0);
    // A byte is a token, and one token stands between documents.
    expect(info.trainTokens).toBe(info.trainBytes + info.trainDocuments - 1);
    expect(info.validationTokens).toBe(info.validationBytes + info.validationDocuments - 1);
    const bytes = Array.from({ length: 40 }, (_, i) =>
      Buffer.byteLength(`Line ${i}: naïve words, ${i * i} of them.`),
    );
    expect(info.trainBytes + info.validationBytes).toBe(bytes.reduce((a, b) => a + b, 0));
  });

  test('makes the same bytes of the same text and seed', () => {
    prepareText(at('one'), recipe(), 3);
    prepareText(at('two'), recipe(), 3);
    prepareText(at('three'), recipe(), 4);
    expect(readAll('two')).toEqual(readAll('one'));
    expect(readAll('three')).not.toEqual(readAll('one'));
  });

  test('keeps what it made when the corpus changes or goes away', () => {
    prepareText(at('text'), recipe(), 0);
    const before = readAll('text');
    appendFileSync(at('docs.jsonl'), '\n{"text": "One more."}');
    prepareText(at('text'), recipe(), 0);
    rmSync(at('docs.jsonl'));
    prepareText(at('text'), recipe(), 0);
    expect(readAll('text')).toEqual(before);
  });

  test('begins anew where it was cut short', () => {
    prepareText(at('text'), recipe(), 0);
    const whole = readAll('text');
    rmSync(path.join(at('text'), 'info.json'));
    prepareText(at('text'), recipe(), 0);
    expect(readAll('text')).toEqual(whole);
  });

  test('learns a vocabulary from training documents alone, or reads one', () => {
    const bpe = recipe({ tokenizer: { kind: 'bpe', vocabSize: 270 } });
    prepareText(at('bpe'), bpe, 0);
    const opened = openText(at('bpe'), bpe, keyFromSeed(0));
    expect(opened.tokenizer.vocabSize).toBe(270);
    expect(opened.info.trainTokens).toBeLessThan(opened.info.trainBytes);
    const file = recipe({
      tokenizer: { kind: 'file', path: path.join(at('bpe'), 'tokenizer.json') },
    });
    prepareText(at('file'), file, 0);
    expect(readTextInfo(at('file')).trainTokens).toBe(opened.info.trainTokens);
  });
});

describe('openText', () => {
  test('batches follow from key and step; held-out text is never trained on', () => {
    prepareText(at('text'), recipe(), 0);
    const open = (seed: number) => openText(at('text'), recipe(), keyFromSeed(seed));
    const [one, again, other] = [open(1), open(1), open(2)];
    for (const step of [0, 1, 50]) expect(again.batch(step)).toEqual(one.batch(step));
    expect(other.batch(0)).not.toEqual(one.batch(0));
    expect(other.heldOut).toEqual(one.heldOut);
    expect(one.heldOut).toHaveLength(2);
    const { decode } = createByteTokenizer();
    const heldOut = decode(one.heldOut[0]!.inputs.slice(0, 16));
    for (let step = 0; step < 100; step++) {
      expect(decode(one.batch(step).inputs)).not.toContain(heldOut);
    }
  });

  test('refuses text that is shorter than a window, in words of the recipe', () => {
    const long = recipe({ contextLength: 900 });
    prepareText(at('text'), long, 0);
    expect(() => openText(at('text'), long, keyFromSeed(0))).toThrow(
      /the text is too short: \d+ training and \d+ held-out tokens for a context of 900/,
    );
  });
});
