// Model folders against other implementations: numpy reads what we write, transformers reads what we write and we read
// what it writes, in every variant of Llama. Each part is skipped where its Python modules are not installed.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../src/core/index.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import {
  deriveLlamaConfig,
  initLlama,
  llamaConfigText,
  type ModelOptions,
  namedTensors,
} from '../../src/nn/index.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { findPython } from '../support/find-python.ts';
import { loadLlama } from '../support/llama-files.ts';
import { largestDifference, llamaLogits } from '../support/llama-logits.ts';
import { withBiases } from '../support/random-biases.ts';
import { writeShardedModel } from '../support/sharded-model.ts';

const NUMPY = findPython('numpy');
const TRANSFORMERS = findPython('torch', 'transformers');

/** Wavelengths of 6, 29 and 135 tokens: one stays, one is blended, one is slowed. */
const LLAMA3 = {
  ropeBase: 100,
  ropeScaling: {
    kind: 'llama3',
    factor: 4,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalContextLength: 40,
  },
} as const;

const VARIANTS: Readonly<Record<string, ModelOptions>> = {
  plain: {},
  tied: { tieEmbeddings: true },
  biases: { attentionBias: 'qkvo', mlpBias: true },
  'head-dim': { headDim: 10 },
  llama3: LLAMA3,
  linear: { ropeBase: 100, ropeScaling: { kind: 'linear', factor: 3 } },
  mistral: { modelType: 'mistral', headDim: 8 },
  qwen2: { attentionBias: 'qkv' },
  'qwen2-llama3': { attentionBias: 'qkv', tieEmbeddings: true, ...LLAMA3 },
  shards: { attentionBias: 'qkv' },
  'qwen2-head-dim': { attentionBias: 'qkv', headDim: 4 },
  'wide-embedding': { embeddingStd: 2 },
};
const ARCHITECTURES: Readonly<Record<string, string>> = {
  mistral: 'MistralForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  'qwen2-llama3': 'Qwen2ForCausalLM',
  'qwen2-head-dim': 'Qwen2ForCausalLM',
  shards: 'Qwen2ForCausalLM',
};
/** As in the script that writes models with transformers. */
const CONTEXT = 64;
const WINDOW = 12;
/** Logits are up to about ten, in float32. */
const TOLERANCE = 1e-4;
const TOKENS = Array.from({ length: CONTEXT }, (_, i) => (i * i + 5 * i + 3) % 37);

let root: string;
let device: Device;
const ours = (name: string) => path.join(root, 'ours', name);
const theirs = (name: string) => path.join(root, 'theirs', name);

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'primordia-models-'));
  device = openDevice({ threads: 1 });
  for (const [name, options] of Object.entries(VARIANTS)) writeModel(name, options);
});
afterAll(async () => {
  await device.close();
  rmSync(root, { recursive: true, force: true });
});

function writeModel(name: string, options: ModelOptions): void {
  const sizes = { hiddenSize: 24, intermediateSize: 40, layers: 2, heads: 4, kvHeads: 2 };
  const config = deriveLlamaConfig(
    { ...sizes, embeddingStd: 1, ...options },
    { vocabSize: 37, contextLength: CONTEXT },
  );
  const params = withBiases(initLlama(config, keyFromSeed(3)));
  mkdirSync(ours(name), { recursive: true });
  writeFileSync(path.join(ours(name), 'config.json'), llamaConfigText(config));
  if (name === 'shards') writeShardedModel(ours(name), params, 4);
  else writeSafetensors(path.join(ours(name), 'model.safetensors'), namedTensors(params));
}

/** Our logits of a folder's model, for the first tokens. */
async function logitsOf(folder: string, tokens = TOKENS): Promise<Float32Array> {
  const { config, params } = loadLlama(folder);
  return llamaLogits(device, config, params, tokens);
}

const script = (name: string) => fileURLToPath(new URL(`../support/${name}`, import.meta.url));

function runPython(python: string, args: readonly string[]): unknown {
  const printed = execFileSync(python, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(printed);
}

type Logits = readonly (readonly number[])[];

describe.skipIf(!NUMPY)('numpy', () => {
  let found: Record<string, Logits>;
  beforeAll(() => {
    const folders = Object.keys(VARIANTS).map(ours);
    const args = [script('llama_numpy.py'), '--logits', TOKENS.join(','), ...folders];
    found = runPython(NUMPY!, args) as typeof found;
  });

  test.each(Object.keys(VARIANTS))('computes what we do: %s', async (name) => {
    const expected = found[ours(name)]!.flat();
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(3);
    expect(largestDifference(await logitsOf(ours(name)), expected)).toBeLessThan(TOLERANCE);
  });
});

describe.skipIf(!TRANSFORMERS)('transformers', () => {
  let found: {
    version: number;
    written: Record<string, Logits>;
    read: Record<string, { model: string; keys: object; logits: Logits }>;
  };
  beforeAll(() => {
    mkdirSync(theirs(''));
    const folders = [theirs(''), path.join(root, 'ours')];
    const args = [script('transformers_models.py'), ...folders, ...TOKENS.map(String)];
    found = runPython(TRANSFORMERS!, args) as typeof found;
  }, 300_000);

  test.for(Object.keys(VARIANTS))(
    'reads what we write and computes the same: %s',
    async (name, { skip }) => {
      // The Qwen 2 of transformers 4 has no heads of their own width.
      skip(name === 'qwen2-head-dim' && found.version < 5);
      const { model, keys, logits } = found.read[name]!;
      // No tensor is missing, left over, or of another shape.
      expect([model, keys]).toEqual([ARCHITECTURES[name] ?? 'LlamaForCausalLM', {}]);
      expect(largestDifference(await logitsOf(ours(name)), logits.flat())).toBeLessThan(TOLERANCE);
    },
  );

  test.each([
    ...Object.keys(VARIANTS).filter(
      (name) => !['shards', 'wide-embedding', 'qwen2-head-dim'].includes(name),
    ),
    'mistral-window',
    'qwen2-shards',
    'biases-bfloat16',
    'biases-float16',
  ])('writes what we read, and computes the same: %s', async (name) => {
    const { contextLength } = loadLlama(theirs(name)).config;
    expect(contextLength).toBe(name === 'mistral-window' ? WINDOW : CONTEXT);
    const logits = found.written[name]!.slice(0, contextLength).flat();
    expect(Math.max(...logits.map(Math.abs))).toBeGreaterThan(3);
    const mine = await logitsOf(theirs(name), TOKENS.slice(0, contextLength));
    expect(largestDifference(mine, logits)).toBeLessThan(TOLERANCE);
  });
});
