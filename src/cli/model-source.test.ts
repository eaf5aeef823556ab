import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveLlama } from '../../test/support/llama-files.ts';
import { keyFromSeed } from '../core/index.ts';
import { deriveLlamaConfig, initLlama, namedTensors } from '../nn/index.ts';
import {
  createBpeTokenizer,
  createByteTokenizer,
  type Tokenizer,
  trainBpe,
} from '../text/index.ts';
import { loadAnyModel, loadTextModel, readPrompt } from './model-source.ts';

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
const silent = () => {
  throw new Error('no warning was expected');
};

/** A run folder with checkpoints of its text stage. */
function writeRun(
  steps: readonly number[],
  tokenizer: Tokenizer | undefined = createByteTokenizer(),
) {
  mkdirSync(at('run'), { recursive: true });
  writeFileSync(at('run', 'recipe.json'), '{}');
  return steps.map((step) =>
    saveLlama({
      directory: at('run', 'checkpoints', 'text'),
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
  test('takes the newest checkpoint of a run, the first arm of a comparison, or a folder', () => {
    const [first, last] = writeRun([1, 2]) as [string, string];
    expect(loadTextModel(at('run'), silent).directory).toBe(last);
    expect(loadTextModel(first, silent).params).toEqual(initLlama(config, keyFromSeed(1)));
    const recipe = { name: 'x', text: {} };
    const arms = ['run', 'scratch'].map((name) => ({ name, recipe }));
    writeFileSync(at('arms.json'), JSON.stringify({ name: 'both', arms }));
    expect(loadTextModel(folder, silent).directory).toBe(last);
  });

  test('warns when the newest is damaged, and refuses when all are', () => {
    const [first, last] = writeRun([1, 2]) as [string, string];
    truncateSync(path.join(last, 'model.safetensors'), 50);
    const warnings: string[] = [];
    expect(loadTextModel(at('run'), (text) => warnings.push(text)).directory).toBe(first);
    expect(warnings).toEqual([expect.stringMatching(/step-00000002.*model\.safetensors/)]);
    truncateSync(path.join(first, 'model.safetensors'), 50);
    expect(() => loadTextModel(at('run'), silent)).toThrow('no checkpoint is whole');
  });

  test('says what a folder lacks', () => {
    expect(() => loadTextModel(at('gone'))).toThrow('no folder');
    expect(() => loadTextModel(folder)).toThrow('has no config.json');
    const [bare] = writeRun([1]) as [string];
    rmSync(path.join(bare, 'tokenizer.json'));
    expect(() => loadTextModel(bare)).toThrow('has no tokenizer.json');
    expect(loadAnyModel(bare).tokenizer).toBeNull();
    rmSync(at('run'), { recursive: true });
    writeRun([]);
    expect(() => loadTextModel(at('run'))).toThrow('has no text model yet');
    const large = createBpeTokenizer(trainBpe(['aaaa bbbb aaaa bbbb'], { vocabSize: 259 }));
    const [saved] = writeRun([1], large);
    expect(() => loadTextModel(saved!)).toThrow('the tokenizer has 259 ids, the model 257');
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
