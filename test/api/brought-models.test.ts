// Models that people bring: a Qwen 2 in several files is evaluated, sampled, and trained on.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyFromSeed } from '../../src/core/index.ts';
import { formatJson } from '../../src/files/json.ts';
import {
  deriveLlamaConfig,
  initLlama,
  type LlamaParams,
  llamaConfigJson,
} from '../../src/nn/index.ts';
import { createByteTokenizer } from '../../src/text/index.ts';
import {
  parseRecipe,
  REGISTRIES,
  requireStageModel,
  startTraining,
} from '../../src/training/index.ts';
import { runInProcess, writeStory } from '../support/command-line.ts';
import { loadLlama } from '../support/llama-files.ts';
import { withBiases } from '../support/random-biases.ts';
import { writeShardedModel } from '../support/sharded-model.ts';

const MODEL = {
  hiddenSize: 16,
  heads: 2,
  headDim: 6,
  layers: 2,
  attentionBias: 'qkv',
  ropeScaling: { kind: 'linear', factor: 2 },
} as const;
const config = deriveLlamaConfig(
  { ...MODEL, embeddingStd: 30 },
  { vocabSize: 257, contextLength: 32 },
);

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-brought-'));
  mkdirSync(at('qwen'));
  writeShardedModel(at('qwen'), withBiases(initLlama(config, keyFromSeed(4))), 3);
  writeFileSync(at('qwen', 'config.json'), formatJson(llamaConfigJson(config)));
  writeFileSync(at('qwen', 'tokenizer.json'), formatJson(createByteTokenizer().toJson()));
  writeStory(at('story.txt'), 150);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a perplexity over a million is shown as that, and is a number in JSON', async () => {
  const evaluate = (...args: string[]) =>
    runInProcess(['eval', 'qwen', '--text', 'story.txt', ...args], { cwd: folder });
  const plain = await evaluate();
  expect(plain).toMatchObject({ code: 0, stderr: '' });
  expect(plain.stdout).toMatch(/^perplexity +> 1e6$/m);
  const json = JSON.parse((await evaluate('--json')).stdout);
  expect(json.perplexity).toBeGreaterThan(1e6);
  expect(json.perplexity).toBeCloseTo(Math.exp(json.loss), -4);
});

test('training goes on from it, biases included, and writes what it read', async () => {
  const recipe = {
    name: 'from-qwen',
    model: MODEL,
    stages: {
      text: {
        data: { kind: 'text', corpus: { files: [at('story.txt')] }, evaluationTokens: 64 },
        contextLength: 16,
        batchSize: 2,
        steps: 4,
        evaluateEvery: 4,
        start: { from: at('qwen') },
      },
    },
    checkpoint: { everySteps: 4 },
  };
  const options = { directory: at('run'), registries: REGISTRIES };
  await startTraining(parseRecipe(recipe, 'test', REGISTRIES), options);
  const { folder: saved } = requireStageModel(at('run'), REGISTRIES);
  const written = JSON.parse(readFileSync(path.join(saved, 'config.json'), 'utf8'));
  expect(written).toMatchObject({
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    head_dim: 6,
    use_sliding_window: false,
    rope_scaling: { rope_type: 'linear', factor: 2 },
  });
  const before = biasesOf(loadLlama(at('qwen')).params);
  const after = biasesOf(loadLlama(saved).params);
  expect(after).toHaveLength(before.length);
  const distance = after.map((x, i) => Math.abs(x - before[i]!));
  // Four steps of AdamW move each of them a little.
  expect(Math.max(...distance)).toBeLessThan(0.01);
  expect(Math.min(...distance)).toBeGreaterThan(0);
});

function biasesOf(params: LlamaParams<{ data: ArrayLike<unknown> }>): number[] {
  return params.model.layers.flatMap(({ self_attn: { q_proj, k_proj, v_proj } }) =>
    [q_proj, k_proj, v_proj].flatMap(({ bias }) => Array.from(bias!.data, Number)),
  );
}
