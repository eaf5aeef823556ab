// A training checkpoint as a run writes it: a model folder, an optimizer state, and what is needed to go on.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keyFromSeed, type NdArray, normal } from '../../src/core/index.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { findLatestCheckpoint, readCheckpoint, saveCheckpoint } from '../../src/run/checkpoint.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'checkpoint-api-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const model: Record<string, NdArray> = {
  'model.embed_tokens.weight': {
    dtype: 'float32',
    shape: [50, 8],
    data: normal(keyFromSeed(1), 400),
  },
  'model.norm.weight': { dtype: 'float32', shape: [8], data: normal(keyFromSeed(2), 8) },
};
const optimizer: Record<string, NdArray> = {
  'mean.model.norm.weight': { dtype: 'float32', shape: [8], data: normal(keyFromSeed(3), 8) },
  step: { dtype: 'int64', shape: [], data: BigInt64Array.of(120n) },
};

it('writes a model folder with the state beside it, and reads it back to the same bits', () => {
  const { checkpoint } = saveCheckpoint({
    directory,
    step: 120,
    keepLast: 3,
    files: [
      { name: 'config.json', content: '{"model_type":"llama"}\n' },
      { name: 'generation_config.json', content: Buffer.from('{}\n') },
      { name: 'model.safetensors', content: { tensors: model } },
      {
        name: 'optimizer.safetensors',
        content: { tensors: optimizer, metadata: { kind: 'adamw' } },
      },
      {
        name: 'state.json',
        content: (filePath) => writeFileSync(filePath, '{"stage":"transfer"}'),
      },
      { name: 'teacher/model.safetensors', content: { tensors: model } },
      { name: 'notes.txt', content: [Buffer.from('in '), Buffer.from('pieces')] },
    ],
  });

  expect(path.basename(checkpoint.path)).toBe('step-00000120');
  expect(readdirSync(checkpoint.path).sort()).toEqual([
    'checkpoint.json',
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'notes.txt',
    'optimizer.safetensors',
    'state.json',
    'teacher',
  ]);
  const found = findLatestCheckpoint(directory, { hashes: true });
  expect(found).toEqual({ checkpoint, warnings: [] });
  expect(readCheckpoint(checkpoint.path)).toEqual(checkpoint);

  const restored = readSafetensors(path.join(checkpoint.path, 'model.safetensors'));
  expect(restored).toEqual({ tensors: model, metadata: { format: 'pt' } });
  const state = readSafetensors(path.join(checkpoint.path, 'optimizer.safetensors'));
  expect(state).toEqual({ tensors: optimizer, metadata: { kind: 'adamw' } });
  expect(readFileSync(path.join(checkpoint.path, 'notes.txt'), 'utf8')).toBe('in pieces');

  // The manifest can be checked with sha256sum alone.
  for (const { name, size, sha256 } of checkpoint.files) {
    const bytes = readFileSync(path.join(checkpoint.path, name));
    expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([
      size,
      sha256,
    ]);
  }
});
