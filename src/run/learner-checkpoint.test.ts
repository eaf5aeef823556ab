import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadLlama, saveLlama } from '../../test/support/llama-files.ts';
import { arrayOf, keyFromSeed } from '../core/index.ts';
import {
  deriveLlamaConfig,
  initLlama,
  type LlamaConfig,
  llamaDescription,
  MODELS,
  namedTensors,
} from '../nn/index.ts';
import { createByteTokenizer, readTokenizerJson } from '../text/index.ts';
import { findWholeCheckpoint, listCheckpoints } from './checkpoint.ts';
import { findLearner } from './learner-checkpoint.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-model-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const config = deriveLlamaConfig(
  { hiddenSize: 8, heads: 2, layers: 2, intermediateSize: 8, kvHeads: 1, ropeBase: 500 },
  { vocabSize: 257, contextLength: 32 },
);
const paramsOf = (seed: number) => initLlama(config, keyFromSeed(seed));
const optimizer = { 'm.x': arrayOf('float32', [2], [1, 2]) };

const save = (step: number, tokenizer = true) =>
  saveLlama({
    directory: folder,
    stage: 'text',
    step,
    keepLast: 9,
    config,
    snapshot: { params: namedTensors(paramsOf(step)), optimizer },
    ...(tokenizer ? { tokenizer: createByteTokenizer() } : {}),
  });

const findResumePoint = (
  directory: string,
  config: LlamaConfig,
  keepLast: number,
  warn: (text: string) => void,
) => {
  const expected = { stage: 'text', model: llamaDescription(config) };
  return findLearner(directory, MODELS, expected, keepLast, warn);
};

const silent = () => {
  throw new Error('no warning was expected');
};

describe('a saved model', () => {
  test('is a folder that Hugging Face tools know, and the state beside it', () => {
    const saved = save(3);
    expect(readdirSync(saved).sort()).toEqual([
      'checkpoint.json',
      'config.json',
      'model.safetensors',
      'optimizer.safetensors',
      'state.json',
      'tokenizer.json',
    ]);
    const json = JSON.parse(readFileSync(path.join(saved, 'config.json'), 'utf8'));
    expect(json).toMatchObject({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      bos_token_id: 256,
      eos_token_id: 256,
    });
    const tokenizer = readTokenizerJson(path.join(saved, 'tokenizer.json'));
    expect([...tokenizer.encode('é')]).toEqual([0xc3, 0xa9]);
    expect(existsSync(path.join(save(4, false), 'tokenizer.json'))).toBe(false);
  });

  test('comes back as it was, and has the same bytes each time', () => {
    const first = save(3);
    const bytes = () =>
      readdirSync(first).map((name) => readFileSync(path.join(first, name), 'hex'));
    const before = bytes();
    expect(loadLlama(first)).toEqual({ config, params: paramsOf(3) });
    save(3);
    expect(bytes()).toEqual(before);
    expect(findResumePoint(folder, config, 3, silent)).toEqual({
      params: namedTensors(paramsOf(3)),
      stage: 'text',
      algorithm: {},
      step: 3,
      optimizer,
    });
  });

  test('of another algorithm is refused by what differs', () => {
    save(3);
    const asked = { stage: 'text', model: llamaDescription(config), algorithm: { depth: 4 } };
    expect(() => findLearner(folder, MODELS, asked, 3, silent)).toThrow(
      /holds a different algorithm from the recipe's: depth none against 4$/,
    );
  });

  test.each<[string, (saved: string) => void, RegExp]>([
    ['no config', (x) => rmSync(path.join(x, 'config.json')), /has no config\.json/],
    ['no weights', (x) => rmSync(path.join(x, 'model.safetensors')), /has no model\.safetensors/],
    [
      'changed config',
      (x) => writeFileSync(path.join(x, 'config.json'), '{'),
      /damaged checkpoint, config\.json has 1 bytes/,
    ],
    ['broken config', (x) => writeConfig(x, '{'), /config\.json is not JSON/],
    [
      'foreign config',
      (x) => writeConfig(x, '{"model_type":"gpt2"}'),
      /config\.json: the model is model_type "gpt2"; known are LlamaForCausalLM, Mistral/,
    ],
    [
      'cut weights',
      (x) => truncateSync(path.join(x, 'model.safetensors'), 300),
      /model\.safetensors/,
    ],
  ])('with %s is refused by the name of the file', (_, harm, message) => {
    const saved = save(1);
    harm(saved);
    expect(() => loadLlama(saved)).toThrow(message);
    expect(() => loadLlama(saved)).toThrow(expect.objectContaining({ name: 'UserError' }));
  });
});

/** Of a model's folder that lists no hashes, as other programs write it. */
function writeConfig(saved: string, text: string): void {
  rmSync(path.join(saved, 'checkpoint.json'));
  writeFileSync(path.join(saved, 'config.json'), text);
}

const cut = (saved: string) => truncateSync(path.join(saved, 'model.safetensors'), 100);
const flip = (saved: string) => {
  const file = path.join(saved, 'optimizer.safetensors');
  const bytes = readFileSync(file);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(file, bytes);
};

describe('findLearner', () => {
  test('is null where there is nothing', () => {
    expect(findResumePoint(folder, config, 3, silent)).toBeNull();
    expect(findResumePoint(path.join(folder, 'gone'), config, 3, silent)).toBeNull();
  });

  test.each([
    ['shorter', cut],
    ['other by one bit', flip],
  ])('passes over a file that is %s, says so, and removes it', (_, harm) => {
    save(1);
    harm(save(2));
    const warnings: string[] = [];
    const point = findResumePoint(folder, config, 3, (text) => warnings.push(text));
    expect(point?.step).toBe(1);
    expect(point?.params).toEqual(namedTensors(paramsOf(1)));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/step-00000002.*safetensors.*; the checkpoint before it is used/);
    expect(listCheckpoints(folder).map(({ step }) => step)).toEqual([1]);
  });

  test('never begins anew over damaged checkpoints, and leaves them there', () => {
    const [one, two] = [save(1), save(2)];
    cut(one);
    flip(two);
    for (const find of [
      () => findResumePoint(folder, config, 3, silent),
      () => findWholeCheckpoint(folder, silent),
    ]) {
      expect(find).toThrow(
        /no checkpoint is intact: .*step-00000002.*optimizer\.safetensors.*step-00000001.*model\.safetensors/,
      );
    }
    expect(listCheckpoints(folder)).toHaveLength(2);
  });

  test.each<[keyof LlamaConfig, number | boolean]>([
    ['vocabSize', 300],
    ['hiddenSize', 16],
    ['layers', 1],
    ['heads', 4],
    ['kvHeads', 2],
    ['ropeBase', 10_000],
    ['contextLength', 64],
    ['attentionDropout', 0.5],
    ['tieEmbeddings', true],
  ])('refuses a model whose %s is another', (name, value) => {
    save(1);
    cut(save(2));
    const other = { ...config, [name]: value };
    expect(() => findResumePoint(folder, other, 3, () => {})).toThrow(
      `${name} ${config[name]} against ${value}`,
    );
    expect(listCheckpoints(folder)).toHaveLength(2);
  });
});
