// A bit that flips anywhere in a checkpoint is found before anything is read from it.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { arrayOf, keyFromSeed, UserError } from '../../src/core/index.ts';
import {
  deriveLlamaConfig,
  describeModel,
  initLlama,
  MODELS,
  namedTensors,
} from '../../src/nn/index.ts';
import { findLatestCheckpoint, findWholeCheckpoint } from '../../src/run/checkpoint.ts';
import { readLearner, saveLearner } from '../../src/run/learner-checkpoint.ts';
import { createByteTokenizer } from '../../src/text/index.ts';
import { flipBits } from '../support/bit-flips.ts';
import { loadLlama, saveLlama } from '../support/llama-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'primordia-flips-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const weights = arrayOf(
  'float32',
  [64],
  Float32Array.from({ length: 64 }, (_, i) => i / 7),
);

const CHECKPOINTS = {
  'of a language model': () => {
    const sizes = { hiddenSize: 8, heads: 2, layers: 1, intermediateSize: 8 };
    const config = deriveLlamaConfig(sizes, { vocabSize: 257, contextLength: 32 });
    return saveLlama({
      directory: folder,
      stage: 'text',
      step: 3,
      keepLast: 2,
      config,
      snapshot: {
        params: namedTensors(initLlama(config, keyFromSeed(0))),
        optimizer: { 'm.x': weights },
      },
      tokenizer: createByteTokenizer(),
    });
  },
  // What is trained beside the model makes a file of its own.
  'of a recurrent network with its teacher': () => {
    const model = describeModel(
      MODELS,
      'gru',
      { hiddenSize: 8, memoryTokens: 2, heads: 2 },
      { vocabSize: 16, contextLength: 8 },
    );
    return saveLearner({
      directory: folder,
      registry: MODELS,
      stage: 'smt',
      step: 3,
      keepLast: 2,
      model,
      algorithm: { kind: 'smt' },
      snapshot: { params: { 'encoder.x': weights }, optimizer: { 'm.x': weights } },
    });
  },
};

// All of them are tried by `npm run test:full`.
const STRIDE = process.env.FLIP_STRIDE === undefined ? 20 : Number(process.env.FLIP_STRIDE);

describe.each(Object.entries(CHECKPOINTS))('in a checkpoint %s', (_, save) => {
  test('a flipped bit is found by what resumes', () => {
    const saved = save();
    const missed: string[] = [];
    let tried = 0;
    for (const name of readdirSync(saved)) {
      for (const flip of flipBits(path.join(saved, name), STRIDE)) {
        tried++;
        const { checkpoint, warnings } = findLatestCheckpoint(folder, { hashes: true });
        if (checkpoint !== null || !warnings[0]?.includes(name)) missed.push(flip);
      }
    }
    expect(missed).toEqual([]);
    expect(tried).toBeGreaterThan(1500 / STRIDE);
    expect(findLatestCheckpoint(folder, { hashes: true }).checkpoint?.step).toBe(3);
  });

  test('a flipped bit is found by what samples, evaluates or begins with it', () => {
    const saved = save();
    const ofLearner = existsSync(path.join(saved, 'learner.safetensors'));
    const open = ofLearner
      ? () => readLearner(findWholeCheckpoint(folder, () => {})!.path)
      : () => loadLlama(saved);
    const missed: string[] = [];
    const file = ofLearner ? 'learner.safetensors' : 'model.safetensors';
    for (const name of ['config.json', file, 'checkpoint.json']) {
      for (const flip of flipBits(path.join(saved, name), STRIDE)) {
        try {
          open();
          missed.push(flip);
        } catch (error) {
          if (!(error instanceof UserError)) missed.push(`${flip}: ${error}`);
        }
      }
    }
    expect(missed).toEqual([]);
    expect(open).not.toThrow();
  });
});

test('what was changed on purpose is read again without the manifest', () => {
  const saved = CHECKPOINTS['of a language model']();
  const open = () => loadLlama(saved);
  const file = path.join(saved, 'config.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('{', '{ '));
  try {
    open();
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain('config.json has');
    expect((error as UserError).hint).toContain('remove checkpoint.json');
  }
  rmSync(path.join(saved, 'checkpoint.json'));
  expect(open).not.toThrow();
});
