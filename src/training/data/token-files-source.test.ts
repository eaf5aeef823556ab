import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../core/index.ts';
import { type Listener, RunStopped } from '../../run/events.ts';
import { listStages, parseRecipe, type Recipe } from '../recipe.ts';
import { REGISTRIES } from '../registries.ts';
import { readSample } from '../sample.ts';
import { resumeTraining, startTraining } from '../train.ts';
import { dataFolder, samplePath } from '../training-folder.ts';
import { openData } from './open-data.ts';
import { DATA } from './registry.ts';
import { tokenFilesRecordPath } from './token-files-source.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-files-'));
  // A cycle through the ids is soon learned.
  const tokens = Uint16Array.from({ length: 2000 }, (_, i) => (i * 3) % 11);
  writeFileSync(at('cycle-1.bin'), new Uint8Array(tokens.buffer, 0, 2600));
  writeFileSync(at('cycle-2.bin'), new Uint8Array(tokens.buffer, 2600));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function recipeOf(data: object = {}, stage: object = {}): Recipe {
  return parseRecipe(
    {
      name: 'files',
      model: { hiddenSize: 16, layers: 1, heads: 1 },
      stages: {
        source: {
          data: { kind: 'dataset', files: [at('cycle-*.bin')], vocabSize: 11, ...data },
          contextLength: 16,
          batchSize: 4,
          steps: 12,
          evaluateEvery: 6,
          heldOutSequences: 8,
          optimizer: { learningRate: 1e-2 },
          ...stage,
        },
      },
      checkpoint: { everySteps: 3 },
    },
    'files',
    REGISTRIES,
  );
}

const start = (
  recipe: Recipe,
  name: string,
  options: { signal?: AbortSignal; listener?: Listener } = {},
) => startTraining(recipe, { directory: at(name), registries: REGISTRIES, ...options });
const resume = (name: string) => resumeTraining({ directory: at(name), registries: REGISTRIES });
const model = (run: string) =>
  readFileSync(at(`${run}/checkpoints/source/step-00000012/model.safetensors`));

describe('files of tokens as a source', () => {
  test('train; stopped and resumed, to the same bits; a changed file is refused', async () => {
    const recipe = recipeOf();
    const { stages } = await start(recipe, 'whole');
    const { items } = readSample(samplePath(at('whole')));
    expect(items.map(({ prompt, tokens }) => [prompt.length, tokens.length])).toEqual([
      [1, 16],
      [1, 16],
      [1, 16],
    ]);
    const { gate } = stages[0]!;
    expect(gate!.loss).toBeLessThan(gate!.bestGlobal!.loss);
    const stop = new AbortController();
    await expect(
      start(recipe, 'cut', {
        signal: stop.signal,
        listener: (event) => {
          if (event.kind === 'checkpoint' && event.step === 6) stop.abort();
        },
      }),
    ).rejects.toThrow(RunStopped);
    cpSync(at('cut'), at('changed'), { recursive: true });
    await resume('cut');
    expect(model('cut')).toEqual(model('whole'));

    const record = JSON.parse(
      readFileSync(tokenFilesRecordPath(dataFolder(at('whole'), 'source')), 'utf8'),
    );
    expect(record.map(({ tokens }: { tokens: number }) => tokens)).toEqual([1300, 700]);
    const { data } = JSON.parse(readFileSync(at('whole/provenance.json'), 'utf8'));
    expect(data.map(({ name }: { name: string }) => name)).toEqual(['cycle-1.bin', 'cycle-2.bin']);
    expect(data[0].sha256).toBe(record[0].sha256);

    const bytes = readFileSync(at('cycle-2.bin'));
    const changed = Uint8Array.from(bytes);
    changed[0] = (changed[0]! + 1) % 11;
    writeFileSync(at('cycle-2.bin'), changed);
    await expect(resume('changed')).rejects.toThrow(/cycle-2\.bin has changed since the run began/);
    writeFileSync(at('cycle-2.bin'), bytes);
    writeFileSync(at('cycle-3.bin'), bytes);
    await expect(resume('changed')).rejects.toThrow(/cycle-3\.bin was not/);
    rmSync(at('cycle-3.bin'));
    await resume('changed');
    expect(model('changed')).toEqual(model('whole'));
  });

  test('the last sequences are held out', async () => {
    const [{ data: recipe, ...stage }] = listStages(recipeOf()) as [
      ReturnType<typeof listStages>[0],
    ];
    const data = await openData(DATA, recipe, {
      ...stage,
      key: keyFromSeed(0),
      seed: 0,
      directory: null,
    });
    // 76 sequences of 17 in the first file, 41 in the second.
    expect(data.trainingCount).toBe(76 + 41 - 8);
    const first = 1300 + 17 * (41 - 8);
    expect([...data.gate!.heldOutSequences[0]!]).toEqual(
      Array.from({ length: 17 }, (_, i) => ((first + i) * 3) % 11),
    );
    await data.close();
  });

  test('a wrong id is found before the run has begun, and the folder stays away', async () => {
    const recipe = recipeOf({ vocabSize: 10 });
    await expect(start(recipe, 'never')).rejects.toThrow(
      /cycle-1\.bin: token 7 is 10, outside a vocabulary of 10 ids/,
    );
    expect(existsSync(at('never'))).toBe(false);
  });

  test('too few sequences are refused', async () => {
    const recipe = recipeOf({}, { contextLength: 399 });
    await expect(start(recipe, 'few')).rejects.toThrow(
      /is too small: of its 4 sequences 8 are held out/,
    );
  });
});

describe('recipes of files of tokens', () => {
  const parse = (data: object) =>
    parseRecipe(
      { name: 'x', stages: { a: { data: { kind: 'dataset', ...data } } } },
      'x',
      REGISTRIES,
    );

  test('contextLength may stand in the data, and not contradict the stage', async () => {
    const open = (contextLength: number | null) =>
      openData(
        DATA,
        { kind: 'dataset', files: [at('cycle-*.bin')], vocabSize: 11, contextLength: 33 },
        {
          contextLength,
          batchSize: 2,
          heldOutSequences: 4,
          steps: 1,
          key: keyFromSeed(0),
          seed: 0,
          directory: null,
        },
      );
    for (const given of [null, 33]) {
      const data = await open(given);
      expect(data.contextLength).toBe(33);
      await data.close();
    }
    await expect(open(34)).rejects.toThrow('contextLength is 34, and data.contextLength 33');
  });

  test.each([
    [{}, /stages\.a\.data: a data set has either 'path'.* or 'files'/],
    [{ path: 'a', files: ['a.bin'], vocabSize: 9 }, /either 'path'/],
    [{ files: ['a.bin'] }, /'files' need 'vocabSize'/],
    [{ files: [], vocabSize: 9 }, /stages\.a\.data\.files: name at least one file/],
    [{ files: ['a.bin'], vocabSize: 1e9 }, /vocabSize/],
    [{ path: 'a', dtype: 'uint8' }, /go with 'files'/],
  ])('%j is refused', (data, message) => {
    expect(() => parse(data)).toThrow(message);
  });
});
