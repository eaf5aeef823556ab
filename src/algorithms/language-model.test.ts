import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  flattenTree,
  isParamSpec,
  keyFromSeed,
  type NdArray,
  type ParamSpec,
} from '../core/index.ts';
import { deriveLlamaConfig, initLlama, type LlamaConfig, llamaSpecs } from '../nn/index.ts';
import { type Device, openDevice } from '../tensor/index.ts';
import { type LanguageModelOptions, openLanguageModel } from './language-model.ts';
import type { NamedArrays } from './learner.ts';
import { isSelected, type ModuleSelection } from './transfer.ts';

const BATCH = 2;
const TIME = 6;
const VOCAB = 9;
const config = deriveLlamaConfig(
  { hiddenSize: 8, layers: 2, heads: 2, intermediateSize: 8, attentionDropout: 0.2 },
  { vocabSize: VOCAB, contextLength: TIME },
);
const OPTIONS: LanguageModelOptions = {
  config,
  batchSize: BATCH,
  contextLength: TIME,
  accumulate: 1,
  firstPosition: 0,
  optimizer: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 },
  key: keyFromSeed(3),
};

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

/** A batch of its own for every step. */
const batch = (step: number) => {
  const token = (i: number) => (i * i + 5 * i + 3 * step) % VOCAB;
  const inputs = Int32Array.from({ length: BATCH * TIME }, (_, i) => token(i));
  const targets = Int32Array.from({ length: BATCH * TIME }, (_, i) => token(i + 1));
  return { inputs, targets };
};

const fresh = (model: LlamaConfig = config) => ({ params: initLlama(model, keyFromSeed(1)) });

/** Takes steps `first` .. `last - 1`; what each cost, and the state after them. */
async function train(
  changes: Partial<LanguageModelOptions>,
  first: number,
  last: number,
  initial: Parameters<typeof openLanguageModel>[2] = fresh(changes.config),
) {
  const learner = await openLanguageModel(device, { ...OPTIONS, ...changes }, initial);
  const losses: number[] = [];
  for (let step = first; step < last; step++) {
    losses.push((await learner.step(batch(step), { step, learningRate: 0.01 })).loss);
  }
  const snapshot = await learner.snapshot();
  const params = await learner.params();
  await learner.close();
  return { losses, snapshot, params };
}

const changed = (before: NamedArrays, after: NamedArrays) =>
  Object.keys(after).filter((path) => String(before[path]!.data) !== String(after[path]!.data));

async function initialSnapshot(): Promise<NamedArrays> {
  return (await train({}, 0, 0)).snapshot.params;
}

describe('training', () => {
  test('changes every parameter, and lowers the loss', async () => {
    const { losses, snapshot } = await train({}, 0, 12);
    expect(changed(await initialSnapshot(), snapshot.params)).toEqual(Object.keys(snapshot.params));
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });

  test.each<[string, ModuleSelection]>([
    ['one module', { modules: ['key'] }],
    ['some layers', { modules: ['attention', 'mlp'], layers: [1, 1] }],
    ['norms and both ends', { modules: ['norms', 'embedding', 'head'] }],
  ])('leaves frozen parameters their bits: %s', async (_, selection) => {
    const frozen = (spec: ParamSpec) => isSelected(selection, spec);
    const { snapshot } = await train({ frozen }, 0, 3);
    const moved = changed(await initialSnapshot(), snapshot.params);
    const trained = flattenTree<ParamSpec>(llamaSpecs(config), isParamSpec).flatMap(
      ([path, spec]) => (frozen(spec) ? [] : [path]),
    );
    expect(moved).toEqual(trained);
    expect(Object.keys(snapshot.optimizer)).toEqual(
      ['m.', 'v.'].flatMap((moment) => trained.map((path) => moment + path)),
    );
  });

  test('goes on from a snapshot to the same bits', async () => {
    const whole = await train({}, 0, 4);
    const first = await train({}, 0, 2);
    const { optimizer } = first.snapshot;
    const second = await train({}, 2, 4, { params: first.params, optimizer });
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(second.snapshot).toEqual(whole.snapshot);
  });

  test('refuses the optimizer state of a model that froze something else', async () => {
    const frozen = ({ part }: ParamSpec) => part === 'key';
    const { params, snapshot } = await train({ frozen }, 0, 1);
    const { optimizer } = snapshot;
    await expect(train({}, 1, 2, { params, optimizer })).rejects.toThrow(
      /no 'm\.model\.layers\.0\.self_attn\.k_proj\.weight'/,
    );
  });

  test('in parts averages what one step takes at once', async () => {
    // Dropout differs between parts.
    const plain = { ...config, attentionDropout: 0 };
    const whole = await train({ config: plain }, 0, 2);
    const parts = await train({ config: plain, accumulate: 2 }, 0, 2);
    expect(parts.losses[1]).toBeCloseTo(whole.losses[1]!, 5);
    const name = 'model.layers.0.mlp.up_proj.weight';
    parts.snapshot.params[name]!.data.forEach((x, i) => {
      expect(Number(x)).toBeCloseTo(Number(whole.snapshot.params[name]!.data[i]), 4);
    });
  });
});

describe('evaluation', () => {
  test('has no dropout, changes nothing, and is the mean of all tokens', async () => {
    const learner = await openLanguageModel(device, { ...OPTIONS, firstPosition: 2 }, fresh());
    const before = await learner.snapshot();
    const batches = [batch(0), batch(7)];
    const mean = await learner.evaluate(batches);
    expect(await learner.evaluate(batches)).toBe(mean);
    const tokens = await Promise.all(batches.map((tokens) => learner.tokenLosses(tokens)));
    const losses = tokens.flatMap((out) => [...out.losses]);
    expect(losses).toHaveLength(2 * BATCH * (TIME - 2));
    expect(mean).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / losses.length, 6);
    expect(tokens[0]!.predictions).toHaveLength(BATCH * (TIME - 2));
    expect(await learner.snapshot()).toEqual(before);
    await learner.close();
  });
});

/** Each changed setting of the optimizer or the model must reach the numbers of a step. */
describe('reaches the parameters after three steps:', () => {
  const optimizers: [string, Partial<LanguageModelOptions['optimizer']>][] = [
    ['first beta', { betas: [0.5, 0.95] }],
    ['second beta', { betas: [0.9, 0.5] }],
    ['epsilon', { epsilon: 1e-2 }],
    ['weightDecay', { weightDecay: 0.5 }],
    ['clipNorm', { clipNorm: 0 }],
    ['decay', { decay: 'all' }],
  ];
  const models: [string, Partial<LlamaConfig>][] = [
    ['ropeBase', { ropeBase: 10 }],
    ['rmsNormEpsilon', { rmsNormEpsilon: 0.1 }],
    ['attentionDropout', { attentionDropout: 0.5 }],
    ['heads', { heads: 1, kvHeads: 1 }],
    ['kvHeads', { kvHeads: 1 }],
    ['tieEmbeddings', { tieEmbeddings: true }],
    ['embeddingStd', { embeddingStd: 0.5 }],
  ];
  const variants: [string, Partial<LanguageModelOptions>][] = [
    ...optimizers.map(
      ([name, change]) => [name, { optimizer: { ...OPTIONS.optimizer, ...change } }] as const,
    ),
    ...models.map(([name, change]) => [name, { config: { ...config, ...change } }] as const),
    ['key', { key: keyFromSeed(4) }],
    ['firstPosition', { firstPosition: 1 }],
  ].map(([name, change]) => [name as string, change as Partial<LanguageModelOptions>]);
  const normOf = ({ data }: NdArray) => [...(data as Float32Array)].map((x) => x.toPrecision(6));

  test.each(variants)('%s', async (_, change) => {
    const path = 'model.layers.0.mlp.up_proj.weight';
    const base = await train({}, 0, 3);
    const other = await train(change, 0, 3);
    expect(normOf(other.snapshot.params[path]!)).not.toEqual(normOf(base.snapshot.params[path]!));
  });
});
