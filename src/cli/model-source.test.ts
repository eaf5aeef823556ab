import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveLlama } from '../../test/support/llama-files.ts';
import { keyFromSeed } from '../core/index.ts';
import { deriveLlamaConfig, initLlama, namedTensors } from '../nn/index.ts';
import { runPaths } from '../run/run-folder.ts';
import { writeRunRecord } from '../run/run-record.ts';
import {
  createBpeTokenizer,
  createByteTokenizer,
  type Tokenizer,
  trainBpe,
} from '../text/index.ts';
import { checkpointFolder, parseRecipe, REGISTRIES, TRAINING } from '../training/index.ts';
import { loadFolder, loadTextModel, readPrompt } from './model-source.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-source-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]) => path.join(folder, ...names);
const config = deriveLlamaConfig(
  { hiddenSize: 8, heads: 2, layers: 1, intermediateSize: 8 },
  { vocabSize: 257, contextLength: 16 },
);
const load = (
  directory: string,
  say: (text: string) => void = (text) => {
    throw new Error(`no warning was expected: ${text}`);
  },
) => loadTextModel(directory, { registries: REGISTRIES, say });

/** A run folder with checkpoints of its text stage. */
function writeRun(
  steps: readonly number[],
  tokenizer: Tokenizer | undefined = createByteTokenizer(),
) {
  mkdirSync(at('run'), { recursive: true });
  writeRunRecord(at('run'), TRAINING);
  const paths = runPaths(at('run'));
  const recipe = { name: 'x', stages: { text: { data: { kind: 'text' } } } };
  writeFileSync(paths.recipe, JSON.stringify(parseRecipe(recipe, 'x', REGISTRIES)));
  return steps.map((step) =>
    saveLlama({
      directory: checkpointFolder(paths, 'text'),
      stage: 'text',
      step,
      keepLast: 5,
      config,
      snapshot: { params: namedTensors(initLlama(config, keyFromSeed(step))), optimizer: {} },
      tokenizer,
    }),
  );
}

describe('loadTextModel', () => {
  test('takes the newest checkpoint of a run, or a folder', () => {
    const [first, last] = writeRun([1, 2]) as [string, string];
    expect(load(at('run')).directory).toBe(last);
    expect(load(first).params).toEqual(initLlama(config, keyFromSeed(1)));
    const options = { registries: REGISTRIES, arm: 'nca' };
    expect(() => loadTextModel(at('run'), options)).toThrow("is not a study: it has no arm 'nca'");
  });

  test('warns when the newest is damaged, and refuses when all are', () => {
    const [first, last] = writeRun([1, 2]) as [string, string];
    truncateSync(path.join(last, 'model.safetensors'), 50);
    const warnings: string[] = [];
    expect(load(at('run'), (text) => warnings.push(text)).directory).toBe(first);
    expect(warnings).toEqual([expect.stringMatching(/step-00000002.*model\.safetensors/)]);
    truncateSync(path.join(first, 'model.safetensors'), 50);
    expect(() => load(at('run'))).toThrow('no checkpoint is intact');
  });

  test('says what a folder lacks', () => {
    expect(() => load(at('gone'))).toThrow('no folder');
    expect(() => load(folder)).toThrow('has no config.json');
    const [bare] = writeRun([1]) as [string];
    rmSync(path.join(bare, 'tokenizer.json'));
    expect(() => load(bare)).toThrow('has no tokenizer.json');
    expect(loadFolder(bare, REGISTRIES).tokenizer).toBeNull();
    rmSync(at('run'), { recursive: true });
    writeRun([]);
    expect(() => load(at('run'))).toThrow('has no model yet');
    rmSync(at('run', 'run.json'));
    expect(() => load(at('run'))).toThrow('holds a run without a run.json');
    rmSync(at('run'), { recursive: true });
    const large = createBpeTokenizer(trainBpe(['aaaa bbbb aaaa bbbb'], { vocabSize: 259 }));
    const [saved] = writeRun([1], large);
    expect(() => load(saved!)).toThrow('the tokenizer has 259 ids, the model 257');
  });
});

test('readPrompt takes text as it is, and a file after @', () => {
  writeFileSync(at('prompt.txt'), 'from a file\n');
  expect(readPrompt('as it is')).toBe('as it is');
  expect(readPrompt(`@${at('prompt.txt')}`)).toBe('from a file\n');
  for (const [file, message] of [
    [at('gone.txt'), `no file ${at('gone.txt')}`],
    [at('.'), 'is a directory'],
    ['', 'names no file'],
    ['/dev/zero', 'is a device, not a regular file'],
  ]) {
    expect(() => readPrompt(`@${file}`)).toThrow(message);
  }
});
