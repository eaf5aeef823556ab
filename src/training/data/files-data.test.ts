// Characters and images: what lies in files is kept, or noted, in the folder of a run.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import { readDefaultCorpus, splitCorpus, type TokenBatch } from '../../text/index.ts';
import { openData } from './open-data.ts';
import { CHARACTERS_FILES } from './read-characters.ts';
import { DATA } from './registry.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-files-data-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]) => path.join(folder, ...names);

const open = (recipe: { kind: string; [key: string]: unknown }, changes: object = {}) =>
  openData(DATA, recipe, {
    directory: at('data'),
    seed: 0,
    key: keyFromSeed(1),
    contextLength: null,
    batchSize: 2,
    heldOutSequences: 3,
    steps: 5,
    ...changes,
  });
const textOf = ({ inputs }: TokenBatch) => Buffer.from(inputs).toString('utf8');

describe('characters', () => {
  const letters = () => {
    writeFileSync(at('letters.txt'), `${'a'.repeat(1800)}${'b'.repeat(200)}`);
    return { kind: 'characters', files: [at('letters.txt')] };
  };

  test('hold out the end of given files', async () => {
    const { batch, heldOut, read, ...facts } = await open(letters(), { contextLength: 20 });
    expect(textOf(await batch(3))).toBe('a'.repeat(40));
    expect(heldOut.map(textOf)).toEqual(['b'.repeat(40), 'b'.repeat(40)]);
    expect(await batch(0)).not.toHaveProperty('weights');
    expect(facts).toMatchObject({ vocabSize: 256, firstPosition: 0, shows: 'text' });
    expect(facts).not.toHaveProperty('gate');
    expect(facts.tokenizer!.decode([...heldOut[0]!.inputs].slice(0, 3))).toBe('bbb');
    expect(read).toBe('data: 1 document in 1 file');
  });

  test('hold out whole documents of the default corpus', async () => {
    const { heldOut, contextLength } = await open({ kind: 'characters' });
    expect(contextLength).toBe(128);
    const { train, validation } = splitCorpus(readDefaultCorpus());
    const kept = (name: keyof typeof CHARACTERS_FILES) =>
      readFileSync(at('data', CHARACTERS_FILES[name]));
    expect(kept('text').toString()).toBe(train.join('\n\n'));
    expect(kept('heldOut').toString()).toBe(validation.join('\n\n'));
    const window = Buffer.from(heldOut[0]!.inputs.subarray(0, 128));
    expect(kept('heldOut').includes(window)).toBe(true);
  });

  test('go on with the text that they began with, and find damage', async () => {
    const first = await open(letters());
    rmSync(at('letters.txt'));
    const again = await open({ kind: 'characters', files: [at('letters.txt')] }, { begun: true });
    expect(again).not.toHaveProperty('read');
    expect(again.batch(2)).toEqual(await first.batch(2));
    writeFileSync(at('data', CHARACTERS_FILES.text), 'c'.repeat(2000));
    await expect(open(letters())).rejects.toThrow('the copy of the text is damaged');
    rmSync(at('data'), { recursive: true });
    await expect(open(letters(), { begun: true })).rejects.toThrow('text.bin is missing');
  });

  test('write nothing where there is no folder, and name the place in messages', async () => {
    writeFileSync(at('records.jsonl'), '{"body":"text"}');
    const recipe = { kind: 'characters', files: [at('records.jsonl')] };
    await expect(open(recipe, { place: 'stages.smt.data' })).rejects.toMatchObject({
      hint: expect.stringContaining('stages.smt.data.field=body'),
    });
    await open(letters(), { directory: null });
    expect(existsSync(at('data'))).toBe(false);
  });
});

describe('images', () => {
  /** Twenty images of 4 × 6 pixels, each of one gray. */
  const write = (name: string, first = 0) => {
    const header = Buffer.alloc(16);
    header.set([0, 0, 8, 3]);
    [20, 4, 6].forEach((size, i) => {
      header.writeUInt32BE(size, 4 + 4 * i);
    });
    const pixels = Uint8Array.from({ length: 480 }, (_, i) => first + Math.floor(i / 24));
    writeFileSync(at(name), Buffer.concat([header, pixels]));
    return { kind: 'images', file: at(name) };
  };

  test('hold out the end of the file, and decide the context length', async () => {
    const { batch, heldOut, ...facts } = await open(write('grays'));
    expect(facts).toMatchObject({ contextLength: 23, vocabSize: 256, shows: 'image' });
    const batches = await Promise.all([...Array(10).keys()].map(batch));
    for (const { inputs } of batches) for (const gray of inputs) expect(gray).toBeLessThan(18);
    for (const { inputs } of heldOut) for (const gray of inputs) expect(gray).toBeGreaterThan(17);
    const small = await open({ ...write('grays'), shrink: 2, levels: 4 });
    expect(small).toMatchObject({ contextLength: 5, vocabSize: 4 });
    await expect(open(write('grays'), { contextLength: 24 })).rejects.toMatchObject({
      message: 'the images have 24 pixels, not 25',
      hint: 'leave contextLength out, or choose data.shrink',
    });
  });

  test('are those that a run began with', async () => {
    await expect(open(write('grays'), { begun: true })).rejects.toThrow('images.json is missing');
    await open(write('grays'));
    await open(write('grays'), { begun: true });
    await expect(open(write('grays', 1))).rejects.toThrow(
      'grays does not hold the images that the run began with',
    );
  });

  test('are not downloaded', async () => {
    await expect(open({ kind: 'images' })).rejects.toMatchObject({
      message: 'data.file is missing: nothing is downloaded',
      hint: 'name an idx file of images: --set data.file=train-images-idx3-ubyte',
    });
  });
});
