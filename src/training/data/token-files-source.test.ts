import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../core/index.ts';
import { tokenFilesRecordPath } from '../training/data/token-files-source.ts';
import { RunStopped } from './events.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import { createSourceWorld, openSourceData } from './source-stage.ts';
import { resumeRun, startRun } from './train-run.ts';

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

function recipeOf(world: object = {}, stage: object = {}): Recipe {
  return parseRecipe(
    {
      name: 'files',
      model: { hiddenSize: 16, layers: 1, heads: 1 },
      source: {
        world: { kind: 'dataset', files: [at('cycle-*.bin')], vocabSize: 11, ...world },
        ...{ contextLength: 16, batchSize: 4, steps: 12, evaluateEvery: 6, heldOutSequences: 8 },
        optimizer: { learningRate: 1e-2 },
        ...stage,
      },
      checkpoint: { everySteps: 3 },
    },
    'files',
  );
}

const model = (run: string) =>
  readFileSync(at(`${run}/checkpoints/source/step-00000012/model.safetensors`));

describe('files of tokens as a source', () => {
  test('train; stopped and resumed, to the same bits; a changed file is refused', async () => {
    const recipe = recipeOf();
    const summary = await startRun(recipe, { directory: at('whole') });
    expect(summary.gate?.loss).toBeLessThan(summary.gate!.bestGlobal!.loss);
    const stop = new AbortController();
    await expect(
      startRun(recipe, {
        directory: at('cut'),
        signal: stop.signal,
        listener: (event) => {
          if (event.kind === 'checkpoint' && event.step === 6) stop.abort();
        },
      }),
    ).rejects.toThrow(RunStopped);
    cpSync(at('cut'), at('changed'), { recursive: true });
    await resumeRun({ directory: at('cut') });
    expect(model('cut')).toEqual(model('whole'));

    const record = JSON.parse(readFileSync(tokenFilesRecordPath(at('whole')), 'utf8'));
    expect(record.map(({ tokens }: { tokens: number }) => tokens)).toEqual([1300, 700]);
    const { data } = JSON.parse(readFileSync(at('whole/provenance.json'), 'utf8'));
    expect(data.map(({ name }: { name: string }) => name)).toEqual(['cycle-1.bin', 'cycle-2.bin']);
    expect(data[0].sha256).toBe(record[0].sha256);

    const bytes = readFileSync(at('cycle-2.bin'));
    const changed = Uint8Array.from(bytes);
    changed[0] = (changed[0]! + 1) % 11;
    writeFileSync(at('cycle-2.bin'), changed);
    await expect(resumeRun({ directory: at('changed') })).rejects.toThrow(
      /cycle-2\.bin has changed since the run began/,
    );
    writeFileSync(at('cycle-2.bin'), bytes);
    writeFileSync(at('cycle-3.bin'), bytes);
    await expect(resumeRun({ directory: at('changed') })).rejects.toThrow(/cycle-3\.bin was not/);
    rmSync(at('cycle-3.bin'));
    await resumeRun({ directory: at('changed') });
    expect(model('changed')).toEqual(model('whole'));
  });

  test('the last sequences are held out', async () => {
    const recipe = recipeOf();
    const world = createSourceWorld(recipe.source!);
    const data = await openSourceData(recipe.source!, world, keyFromSeed(0));
    // 76 sequences of 17 in the first file, 41 in the second.
    expect(data.trainingCount).toBe(76 + 41 - 8);
    const first = 1300 + 17 * (41 - 8);
    expect([...data.heldOutSequences[0]!]).toEqual(
      Array.from({ length: 17 }, (_, i) => ((first + i) * 3) % 11),
    );
    await data.close();
  });

  test('a wrong id is found before the run has begun, and the folder stays away', async () => {
    const recipe = recipeOf({ vocabSize: 10 });
    await expect(startRun(recipe, { directory: at('never') })).rejects.toThrow(
      /cycle-1\.bin: token 7 is 10, outside a vocabulary of 10 ids/,
    );
    expect(existsSync(at('never'))).toBe(false);
  });

  test('too few sequences are refused', async () => {
    const recipe = recipeOf({}, { contextLength: 399 });
    await expect(startRun(recipe, { directory: at('few') })).rejects.toThrow(
      /is too small: of its 4 sequences 8 are held out/,
    );
  });
});

describe('recipes of files of tokens', () => {
  const source = (world: object, stage: object = {}) =>
    parseRecipe({ name: 'x', source: { world: { kind: 'dataset', ...world }, ...stage } }, 'x')
      .source!;

  test('contextLength may stand in the world, and not contradict the stage', () => {
    const files = { files: ['a.bin'], vocabSize: 9 };
    expect(source({ ...files, contextLength: 77 }).contextLength).toBe(77);
    expect(source({ ...files, contextLength: 77 }, { contextLength: 77 }).contextLength).toBe(77);
    expect(() => source({ ...files, contextLength: 77 }, { contextLength: 78 })).toThrow(
      /source.contextLength is 78, and source.world.contextLength 77/,
    );
  });

  test.each([
    [{}, /source.world: a data set has either 'path'.* or 'files'/],
    [{ path: 'a', files: ['a.bin'], vocabSize: 9 }, /either 'path'/],
    [{ files: ['a.bin'] }, /'files' need 'vocabSize'/],
    [{ files: [], vocabSize: 9 }, /source.world.files: name at least one file/],
    [{ files: ['a.bin'], vocabSize: 1e9 }, /vocabSize/],
    [{ path: 'a', dtype: 'uint8' }, /go with 'files'/],
  ])('%j is refused', (world, message) => {
    expect(() => source(world)).toThrow(message);
  });
});
