// Losses, accuracies and their sums, against models whose losses are known and against plain sums.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArraySpec, keyFromSeed, randomBits, spec } from '../core/index.ts';
import {
  createLlama,
  deriveLlamaConfig,
  initLlama,
  type LlamaParams,
  llamaHidden,
  llamaSpecs,
  readout,
} from '../nn/index.ts';
import { type Device, type DeviceState, matmul, openDevice } from '../tensor/index.ts';
import {
  type EvaluationBatch,
  type EvaluatorOptions,
  evaluateTokens,
  formatPerplexity,
  openEvaluator,
} from './perplexity.ts';

const VOCABULARY = 11;
const config = deriveLlamaConfig(
  { hiddenSize: 16, heads: 2, layers: 1, intermediateSize: 24, embeddingStd: 1 },
  { vocabSize: VOCABULARY, contextLength: 6 },
);
const SIZE = { batchSize: 2 };

it.each([
  [1, '1.000'],
  [12.3456, '12.346'],
  [1e6, '1000000.000'],
  [1_000_001, '> 1e6'],
  [Number.POSITIVE_INFINITY, '> 1e6'],
])('a perplexity of %d is shown as %s', (perplexity, text) => {
  expect(formatPerplexity(perplexity)).toBe(text);
});

const model = createLlama(config);

let device: Device;
let params: DeviceState<LlamaParams<ArraySpec>>;
beforeAll(async () => {
  device = openDevice({ threads: 1 });
  params = await device.createState<LlamaParams<ArraySpec>>(initLlama(config, keyFromSeed(2)));
});
afterAll(() => device.close());

function randomBatch(seed: number): EvaluationBatch {
  const ids = Int32Array.from(randomBits(keyFromSeed(seed), 24), (bits) => bits % VOCABULARY);
  return { inputs: ids.slice(0, 12), targets: ids.slice(12) };
}

/** Loss and hit of every target `[2 · 6]`, from the logits in float64. */
async function expectedTargets({ inputs, targets }: EvaluationBatch) {
  const program = await device.compile({
    states: { params: llamaSpecs(config) },
    inputs: { tokens: spec('int32', [2, 6]) },
    build: (states, { tokens }) => {
      const hidden = llamaHidden(states.params, config, tokens);
      return { outputs: { logits: matmul(hidden, readout(states.params), { transposeB: true }) } };
    },
  });
  const tokens = { dtype: 'int32', shape: [2, 6], data: inputs } as const;
  const { logits } = await program.run({ params }, { tokens }).read();
  await program.close();
  return Array.from(targets, (target, i) => {
    const row = Array.from((logits.data as Float32Array).subarray(i * 11, (i + 1) * 11));
    const normalizer = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    return { loss: normalizer - row[target]!, hit: +(row.indexOf(Math.max(...row)) === target) };
  });
}

const average = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

describe('evaluate', () => {
  it('is as lost as a die where all parameters are zero', async () => {
    const zeros = await device.createState<LlamaParams<ArraySpec>>(llamaSpecs(config));
    const { loss, perplexity, tokens, accuracy } = await evaluateTokens(
      device,
      model,
      zeros,
      [{ inputs: new Int32Array(12), targets: Int32Array.from({ length: 12 }, (_, i) => i % 3) }],
      SIZE,
    );
    expect(loss).toBeCloseTo(Math.log(VOCABULARY), 6);
    expect(perplexity).toBeCloseTo(VOCABULARY, 4);
    expect(tokens).toBe(12);
    // All logits are equal, and the first id is the prediction.
    expect(accuracy).toBeCloseTo(4 / 12, 12);
  });

  it('averages over the targets of all batches, in all and by position', async () => {
    const batches = [randomBatch(1), randomBatch(2), randomBatch(3)];
    const expected = [];
    for (const batch of batches) expected.push(...(await expectedTargets(batch)));
    const found = await evaluateTokens(device, model, params, batches, SIZE);
    expect(found.tokens).toBe(36);
    expect(found.loss).toBeCloseTo(average(expected.map(({ loss }) => loss)), 5);
    expect(found.perplexity).toBeCloseTo(Math.exp(found.loss), 9);
    expect(found.accuracy).toBeCloseTo(average(expected.map(({ hit }) => hit)), 12);
    for (let position = 0; position < 6; position++) {
      const here = expected.filter((_, i) => i % 6 === position);
      expect(found.lossByPosition[position]).toBeCloseTo(average(here.map((x) => x.loss)), 5);
      expect(found.accuracyByPosition[position]).toBeCloseTo(average(here.map((x) => x.hit)), 12);
    }
    expect(found.lossByPosition).toHaveLength(6);
  });

  it('leaves out the first positions and what is masked', async () => {
    const batch = randomBatch(4);
    const mask = Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1);
    const found = await evaluateTokens(device, model, params, [{ ...batch, mask }], {
      ...SIZE,
      firstPosition: 2,
    });
    const expected = await expectedTargets(batch);
    const counted = [2, 3, 5, 9, 11].map((i) => expected[i]!);
    expect(found.tokens).toBe(5);
    expect(found.loss).toBeCloseTo(average(counted.map(({ loss }) => loss)), 5);
    expect(found.lossByPosition).toHaveLength(4);
    expect(found.lossByPosition[0]).toBeCloseTo(expected[2]!.loss, 5);
    expect(found.lossByPosition[1]).toBeCloseTo(average([expected[3]!.loss, expected[9]!.loss]), 5);
    expect(found.lossByPosition[2]).toBeNaN();
    expect(found.accuracyByPosition[2]).toBeNaN();
  });

  it('evaluates shorter windows, and many parameters with one program', async () => {
    const evaluator = await openEvaluator(device, model, { batchSize: 4, contextLength: 3 });
    const batch = randomBatch(5);
    const first = await evaluator.evaluate(params, [batch]);
    const other = await device.createState<LlamaParams<ArraySpec>>(
      initLlama(config, keyFromSeed(9)),
    );
    const second = await evaluator.evaluate(other, [batch]);
    expect(second.loss).not.toBe(first.loss);
    expect(await evaluator.evaluate(params, [batch])).toEqual(first);
    await evaluator.close();
    await expect(evaluator.evaluate(params, [batch])).rejects.toThrow('closed');
  });

  it.each([
    ['inputs', { inputs: new Int32Array(11) }, 'inputs'],
    ['targets', { targets: new Int32Array(13) }, 'targets'],
    ['mask', { mask: new Uint8Array(2) }, 'mask'],
    ['an id that is too large', { targets: new Int32Array(12).fill(11) }, 'token 0 is 11'],
    ['a negative id', { inputs: new Int32Array(12).fill(-1) }, 'token 0 is -1'],
    ['nothing to count', { mask: new Uint8Array(12) }, 'no target'],
  ])('refuses a batch: %s', async (_, change, named) => {
    const batch = { ...randomBatch(1), ...change };
    await expect(evaluateTokens(device, model, params, [batch], SIZE)).rejects.toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringContaining(named) }),
    );
  });

  it('refuses no batches at all', async () => {
    await expect(evaluateTokens(device, model, params, [], SIZE)).rejects.toThrow('no target');
  });

  it.each<[EvaluatorOptions, string]>([
    [{ batchSize: 0 }, 'batchSize 0'],
    [{ batchSize: 1, contextLength: 7 }, "longer than the model's, 6"],
    [{ batchSize: 1, contextLength: 2.5 }, '2.5'],
    [{ batchSize: 1, contextLength: 3, firstPosition: 3 }, 'leaves nothing of 3'],
    [{ batchSize: 1, firstPosition: -1 }, 'firstPosition -1'],
  ])('refuses to open with %o', async (options, named) => {
    await expect(openEvaluator(device, model, options)).rejects.toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringContaining(named) }),
    );
  });
});
