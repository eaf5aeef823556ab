// A tiny model learns a text by heart, is evaluated on it, goes through a Hugging Face checkpoint, and
// writes the text again.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arraysToTree, nextToken } from '../../src/algorithms/index.ts';
import { type ArraySpec, keyFromSeed, type NdArray } from '../../src/core/index.ts';
import { evaluateText, openEvaluator, openGenerator } from '../../src/eval/index.ts';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import {
  createLlama,
  deriveLlamaConfig,
  type LlamaParams,
  llamaConfigFromJson,
  llamaConfigJson,
  llamaSpecs,
  namedTensors,
  paramsFromTensors,
} from '../../src/nn/index.ts';
import { createOptimizer, OPTIMIZERS } from '../../src/optim/index.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { createByteTokenizer } from '../../src/text/index.ts';
import { openTestLearner } from '../support/open-learner.ts';

const TEXT = 'In the primordial soup, small molecules met, and some of them stayed.';
const STEPS = 60;
const tokenizer = createByteTokenizer();
const tokens = tokenizer.encode(TEXT);
const config = deriveLlamaConfig(
  { hiddenSize: 48, heads: 4, kvHeads: 2, layers: 2, intermediateSize: 96 },
  { vocabSize: tokenizer.vocabSize, contextLength: tokens.length },
);

let device: Device;
let folder: string;
beforeAll(() => {
  device = openDevice({ threads: 2 });
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-memorize-'));
});
afterAll(async () => {
  await device.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Trains on the one text; the parameters, and the loss of each step. */
async function memorize(): Promise<{ params: LlamaParams<NdArray>; losses: number[] }> {
  const learner = await openTestLearner(device, nextToken, {
    model: createLlama(config),
    data: { batchSize: 1, contextLength: tokens.length },
    optimizer: createOptimizer(OPTIMIZERS, 'adamw', {}),
    key: keyFromSeed(4),
  });
  const inputs = Int32Array.of(tokenizer.endOfText, ...tokens.subarray(0, -1));
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const batch = { inputs, targets: Int32Array.from(tokens) };
    losses.push((await learner.step(batch, { step, learningRate: 4e-3 })).loss);
  }
  const { model } = await learner.finish();
  await learner.close();
  return { params: arraysToTree(llamaSpecs(config), model!.arrays), losses };
}

describe('a text learned by heart', () => {
  it('is predicted, and written again after a checkpoint', async () => {
    const { params, losses } = await memorize();
    expect(losses[0]).toBeGreaterThan(5);
    expect(losses.at(-1)).toBeLessThan(0.05);

    const weights = path.join(folder, 'model.safetensors');
    const configFile = path.join(folder, 'config.json');
    writeSafetensors(weights, namedTensors(params));
    const ids = { bosTokenId: tokenizer.endOfText, eosTokenId: tokenizer.endOfText };
    writeFileSync(configFile, JSON.stringify(llamaConfigJson(config, ids)));
    const json: unknown = JSON.parse(readFileSync(configFile, 'utf8'));
    const loadedConfig = llamaConfigFromJson(json, configFile);
    const loaded = paramsFromTensors(
      llamaSpecs(loadedConfig),
      readSafetensors(weights).tensors,
      weights,
    );
    expect(loadedConfig).toEqual(config);
    expect(loaded).toEqual(params);

    const state = await device.createState<LlamaParams<ArraySpec>>(loaded);
    const evaluator = await openEvaluator(device, createLlama(loadedConfig), { batchSize: 1 });
    const found = await evaluateText(evaluator, state, tokenizer, [TEXT]);
    expect(found.accuracy).toBe(1);
    expect(found.bytes).toBe(tokens.length);
    expect(found.bitsPerByte).toBeLessThan(0.05 / Math.LN2);
    // Losses of a step are of the parameters before it.
    expect(found.loss).toBeLessThan(losses.at(-2)!);

    const generator = await openGenerator(device, createLlama(loadedConfig), state);
    const { endOfText } = tokenizer;
    const greedy = { temperature: 0, seed: 0 };
    const empty = { prompt: new Int32Array(), startToken: endOfText };
    const all = await generator.generate({ ...greedy, ...empty, maxTokens: tokens.length });
    expect(tokenizer.decode(all)).toBe(TEXT);
    const prompt = Int32Array.of(endOfText, ...tokens.subarray(0, 30));
    const rest = await generator.generate({ ...greedy, prompt, maxTokens: tokens.length - 30 });
    expect(tokenizer.decode(rest)).toBe(TEXT.slice(30));
  });
});
