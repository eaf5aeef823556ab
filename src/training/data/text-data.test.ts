import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import { createByteTokenizer } from '../../text/index.ts';
import { glanceData, openData } from './open-data.ts';
import { prepareText, readText, readTextInfo } from './prepare-text.ts';
import { DATA } from './registry.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-text-'));
  const lines = Array.from({ length: 40 }, (_, i) => `Line ${i}: naïve words, ${i * i} of them.`);
  writeFileSync(at('docs.jsonl'), lines.map((text) => JSON.stringify({ text })).join('\n'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => path.join(folder, name);
const recipe = (changes: object = {}) => ({
  kind: 'text',
  corpus: { files: [at('docs.jsonl')] },
  evaluationTokens: 64,
  ...changes,
});
const options = (changes: object = {}) => {
  const { kind: _, ...given } = recipe(changes);
  return DATA.text.options.parse(given);
};
const prepare = (name: string, changes: object = {}, seed = 0) =>
  prepareText(at(name), options(changes), seed, 'data');

const context = (changes: object = {}) => ({
  directory: at('text'),
  seed: 0,
  key: keyFromSeed(1),
  contextLength: 16,
  batchSize: 2,
  heldOutSequences: 4,
  steps: 10,
  ...changes,
});
const open = (changes: object = {}, into: object = {}) =>
  openData(DATA, recipe(changes), context(into));

const readAll = (name: string) =>
  readdirSync(at(name), { recursive: true, encoding: 'utf8' })
    .sort()
    .filter((file) => file.includes('.'))
    .map((file) => [file, readFileSync(path.join(at(name), file), 'base64')]);

describe('prepareText', () => {
  test('counts what it split and tokenized', () => {
    prepare('text');
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
    prepare('one', {}, 3);
    prepare('two', {}, 3);
    prepare('three', {}, 4);
    expect(readAll('two')).toEqual(readAll('one'));
    expect(readAll('three')).not.toEqual(readAll('one'));
  });

  test('keeps what it made when the corpus changes or goes away', () => {
    prepare('text');
    const before = readAll('text');
    appendFileSync(at('docs.jsonl'), '\n{"text": "One more."}');
    prepare('text');
    rmSync(at('docs.jsonl'));
    prepare('text');
    expect(readAll('text')).toEqual(before);
  });

  test('begins anew where it was cut short', () => {
    prepare('text');
    const whole = readAll('text');
    rmSync(path.join(at('text'), 'info.json'));
    prepare('text');
    expect(readAll('text')).toEqual(whole);
  });

  test('learns a vocabulary from training documents alone, or reads one', () => {
    prepare('bpe', { tokenizer: { kind: 'bpe', vocabSize: 270 } });
    const { tokenizer, info } = readText(at('bpe'));
    expect(tokenizer.vocabSize).toBe(270);
    expect(info.trainTokens).toBeLessThan(info.trainBytes);
    const file = path.join(at('bpe'), 'tokenizer.json');
    prepare('file', { tokenizer: { kind: 'file', path: file } });
    expect(readTextInfo(at('file')).trainTokens).toBe(info.trainTokens);
  });
});

describe('a text as data', () => {
  test('batches follow from key and step; held-out text is never trained on', async () => {
    const [one, again] = [await open(), await open()];
    const other = await open({}, { key: keyFromSeed(2) });
    for (const step of [0, 1, 50]) expect(again.batch(step)).toEqual(one.batch(step));
    expect(other.batch(0)).not.toEqual(one.batch(0));
    expect(other.heldOut).toEqual(one.heldOut);
    expect(one.heldOut).toHaveLength(2);
    const { decode } = createByteTokenizer();
    const heldOut = decode(one.heldOut[0]!.inputs.slice(0, 16));
    for (let step = 0; step < 100; step++) {
      expect(decode((await one.batch(step)).inputs)).not.toContain(heldOut);
    }
  });

  test('says what it is', async () => {
    const opened = await open();
    expect(opened).toMatchObject({
      vocabSize: 257,
      contextLength: 16,
      batchSize: 2,
      firstPosition: 0,
      order: 'independent',
      shows: 'text',
      // Only where it was read just now.
      read: 'data: 40 documents in 1 file',
    });
    expect(await open()).not.toHaveProperty('read');
    const { contextLength } = await glanceData(DATA, recipe(), context({ contextLength: null }));
    expect(contextLength).toBe(256);
  });

  test('batches that are passed over come first in another order', async () => {
    const skipping = await open({ skipBatches: 7 });
    const plain = await open();
    expect(skipping.batch(2)).toEqual(plain.batch(9));
  });

  test('rows of a stream go on from step to step through the whole text', async () => {
    const { batch, order, info } = await open({ order: 'stream' }, { batchSize: 3 });
    expect(order).toBe('stream');
    const stride = Math.floor((info!.trainTokens - 1) / (3 * 16));
    let breaks = 0;
    for (let step = 0; step < 3 * stride; step++) {
      const [before, after] = [await batch(step), await batch(step + 1)];
      for (const row of [0, 1, 2]) {
        const last = before.targets[row * 16 + 15];
        breaks += Number(last !== after.inputs[row * 16]);
      }
    }
    // Each row comes to the end of the text once in these steps; windows in random order would break nearly always.
    expect(breaks).toBeLessThanOrEqual(3);
    const again = await open({ order: 'stream' }, { batchSize: 3 });
    for (const step of [5, 0, 40]) expect(again.batch(step)).toEqual(batch(step));
    expect(again.heldOut).toEqual((await open({}, { batchSize: 3 })).heldOut);
  });

  test('too little text for streams is refused before anything is trained', async () => {
    await expect(open({ order: 'stream' }, { batchSize: 400 })).rejects.toThrow(
      '400 streams of context length 16 need 6401',
    );
  });

  test('without a folder the same text lies in memory, and nothing is written', async () => {
    const looking = await open({}, { directory: null });
    expect(existsSync(at('text'))).toBe(false);
    const kept = await open();
    expect(looking.info).toEqual(kept.info);
    expect(looking.heldOut).toEqual(kept.heldOut);
    expect(looking.batch(3)).toEqual(kept.batch(3));
  });

  test('a glance looks for files and does not read them', async () => {
    const tokenizer = { kind: 'bpe', vocabSize: 300 };
    const facts = await glanceData(DATA, recipe({ tokenizer }), context());
    expect(facts).toMatchObject({ vocabSize: 300, contextLength: 16, order: 'independent' });
    expect(existsSync(at('text'))).toBe(false);
    const gone = { ...recipe(), corpus: { files: [at('gone.txt')] } };
    await expect(glanceData(DATA, gone, context())).rejects.toThrow('gone.txt');
  });

  test('a run that has begun needs its text where it was', async () => {
    await expect(open({}, { begun: true })).rejects.toThrow(
      /info.json is missing, so it cannot be told whether the text is the one/,
    );
    await open();
    await open({}, { begun: true });
  });

  test('refuses text that is shorter than a window, and fields that are not there, in words of the recipe', async () => {
    await expect(open({}, { contextLength: 900 })).rejects.toThrow(
      /the text is too short: \d+ training and \d+ held-out tokens for a context of 900/,
    );
    const corpus = { files: [at('docs.jsonl')], field: 'body' };
    const place = { directory: at('other'), place: 'stages.text.data' };
    await expect(openData(DATA, { ...recipe(), corpus }, context(place))).rejects.toMatchObject({
      hint: expect.stringContaining('stages.text.data.corpus.field=text'),
    });
  });
});
