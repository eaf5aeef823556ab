import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { arrayOf, initParams, keyFromSeed } from '../core/index.ts';
import { createModel, describeModel, MODELS, namedTensors } from '../nn/index.ts';
import { createByteTokenizer } from '../text/index.ts';
import { artifactFolder, readArtifact, readArtifacts, saveArtifacts } from './artifacts.ts';
import { loadModel } from './model-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-artifacts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...parts: string[]) => path.join(folder, 'left', ...parts);
const sizes = { vocabSize: 257, contextLength: 8 };
const options = { hiddenSize: 8, memoryTokens: 2, heads: 2 };
const model = describeModel(MODELS, 'gru', options, sizes);
const params = namedTensors(
  initParams(createModel(MODELS, 'gru', options, sizes).params, keyFromSeed(1)),
);
const teacher = { 'encoder.x': arrayOf('float32', [2], [1, 2]) };
const CONFIG = { encoder: 'causal' };
const origin = { model, tokenizer: createByteTokenizer(), step: 5 };
const save = () =>
  saveArtifacts(
    at(),
    MODELS,
    { model: { arrays: params }, teacher: { arrays: teacher, config: CONFIG } },
    origin,
  );

describe('artifacts of a stage', () => {
  test('are a model folder and named arrays, with the same bytes each time', () => {
    expect(existsSync(at())).toBe(false);
    save();
    expect(readdirSync(at()).sort()).toEqual(['model', 'teacher']);
    expect(readArtifact(at(), 'teacher')).toMatchObject({
      arrays: teacher,
      config: CONFIG,
      step: 5,
    });
    expect(readArtifact(at(), 'model').arrays).toEqual(params);
    expect(Object.keys(readArtifacts(at())).sort()).toEqual(['model', 'teacher']);
    expect(readArtifacts(at()).model).toEqual(readArtifact(at(), 'model'));
    const found = artifactFolder(at(), 'model');
    expect(namedTensors(loadModel(found, MODELS).params)).toEqual(params);
    expect(existsSync(at('model', 'tokenizer.json'))).toBe(true);
    const bytes = () =>
      ['model', 'teacher'].flatMap((name) =>
        readdirSync(at(name)).map((file) => readFileSync(at(name, file), 'hex')),
      );
    const before = bytes();
    save();
    expect(bytes()).toEqual(before);
    expect(readdirSync(folder)).toEqual(['left']);
  });

  test('are known by the hash of their arrays', () => {
    save();
    const first = readArtifact(at(), 'teacher').sha256;
    expect(readArtifact(at(), 'model').sha256).not.toBe(first);
    const other = { 'encoder.x': arrayOf('float32', [2], [1, 3]) };
    saveArtifacts(at(), MODELS, { teacher: { arrays: other } }, origin);
    expect(readArtifact(at(), 'teacher').sha256).not.toBe(first);
    expect(existsSync(at('model'))).toBe(false);
  });

  test('are refused where they are missing, damaged, or badly named', () => {
    expect(() => readArtifacts(at())).toThrow('holds no artifacts');
    save();
    expect(() => readArtifact(at(), 'student')).toThrow("has no artifact 'student'");
    for (const name of ['../model', 'Teacher', '']) {
      expect(() => readArtifact(at(), name)).toThrow('no word of small letters');
      expect(() => saveArtifacts(at(), MODELS, { [name]: { arrays: {} } }, origin)).toThrow(
        'no word of small letters',
      );
    }
    const file = at('teacher', 'arrays.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    expect(() => readArtifact(at(), 'teacher')).toThrow('has changed since it was written');
  });
});
