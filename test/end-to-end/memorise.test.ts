// A tiny model learns a text by heart, is evaluated on it, goes through a Hugging Face checkpoint, and
// writes the text again.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainedParams, trainStepProgram } from '../../src/algorithms/train-step.ts';
import {
  type ArraySpec,
  arrayOf,
  keyFromSeed,
  type NdArray,
  spec,
  type Tree,
} from '../../src/core/index.ts';
import { evaluateText, openEvaluator, openGenerator } from '../../src/eval/index.ts';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import {
  createLlama,
  deriveLlamaConfig,
  initLlama,
  type LlamaParams,
  llamaConfigFromJson,
  llamaConfigJson,
  llamaLosses,
  llamaSpecs,
  namedTensors,
  paramsFromTensors,
} from '../../src/nn/index.ts';
import { adamwScalars, adamwSpecs } from '../../src/optim/index.ts';
import { type Device, mean, openDevice, type Tensor } from '../../src/tensor/index.ts';
import { createByteTokenizer } from '../../src/text/index.ts';

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
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-memorise-'));
});
afterAll(async () => {
  await device.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Trains on the one text; the parameters, and the loss of each step. */
async function memorise(): Promise<{ params: LlamaParams<NdArray>; losses: number[] }> {
  const shape = [1, tokens.length];
  const specs = llamaSpecs(config);
  const optimizer = { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0, clipNorm: 1 } as const;
  const program = await device.compile(
    trainStepProgram({
      params: specs,
      batch: { inputs: spec('int32', shape), targets: spec('int32', shape) },
      loss: (params, { inputs, targets }) =>
        mean(
          llamaLosses(params as unknown as LlamaParams<Tensor>, config, inputs!, targets!).losses,
        ),
      optimizer,
    }),
  );
  const initial = initLlama(config, keyFromSeed(4)) as unknown as Tree<ArraySpec>;
  const params = await device.createState(initial);
  const moments = await device.createState(
    adamwSpecs(trainedParams(specs).map(([, leaf]) => leaf)),
  );
  const inputs = Int32Array.of(tokenizer.endOfText, ...tokens.subarray(0, -1));
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const out = await program.run({ params, moments } as never, {
      batch: { inputs: arrayOf('int32', shape, inputs), targets: arrayOf('int32', shape, tokens) },
      scalars: adamwScalars(optimizer, step, 4e-3),
      key: arrayOf('int32', [2], [0, step]),
    });
    losses.push(Number(out.loss.data[0]));
  }
  return { params: (await params.read()) as unknown as LlamaParams<NdArray>, losses };
}

describe('a text learned by heart', () => {
  it('is predicted, and written again after a checkpoint', async () => {
    const { params, losses } = await memorise();
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
