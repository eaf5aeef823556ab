import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LearnerRequest, openTestLearner } from '../../../test/support/open-learner.ts';
import { openSharing } from '../../../test/support/open-sharing.ts';
import {
  flattenTree,
  initParams,
  isParamSpec,
  keyFromSeed,
  type NdArray,
  type ParamSpec,
} from '../../core/index.ts';
import { openTokenLosses } from '../../eval/index.ts';
import { createModel, MODELS, type Model, type ModelKind } from '../../nn/index.ts';
import { createOptimizer, OPTIMIZERS } from '../../optim/index.ts';
import type { Device } from '../../tensor/index.ts';
import type { TokenBatch } from '../../text/batches.ts';
import type { LearnerSnapshot, NamedArrays } from '../algorithm.ts';
import { isSelected, type ModuleSelection } from '../transfer.ts';
import { nextToken } from './next-token.ts';

const BATCH = 2;
const TIME = 6;
const VOCAB = 9;
const LLAMA = { hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 8, attentionDropout: 0.2 };
const GRU = { hiddenSize: 8, memoryTokens: 2, decoderLayers: 1 };
const create = (kind: ModelKind, options: object) =>
  createModel(MODELS, kind, options, { vocabSize: VOCAB, contextLength: TIME });
const llama = (options: object = {}) => create('llama', { ...LLAMA, ...options });
const gru = create('gru', GRU);
const DATA = { batchSize: BATCH, contextLength: TIME };

let device: Device;
beforeAll(() => {
  device = openSharing();
});
afterAll(() => device.close());

/** A batch of its own for every step. */
const batch = (step: number) => {
  const token = (i: number) => (i * i + 5 * i + 3 * step) % VOCAB;
  const inputs = Int32Array.from({ length: BATCH * TIME }, (_, i) => token(i));
  const targets = Int32Array.from({ length: BATCH * TIME }, (_, i) => token(i + 1));
  return { inputs, targets };
};

type Changes = Partial<LearnerRequest>;

const open = (changes: Changes = {}, snapshot?: LearnerSnapshot) =>
  openTestLearner(device, nextToken, {
    model: llama(),
    data: DATA,
    key: keyFromSeed(3),
    snapshot,
    params: initParams((changes.model ?? llama()).params, keyFromSeed(1)),
    ...changes,
  });

/** Takes steps `first` .. `last - 1`; what each cost, and the state after them. */
async function train(changes: Changes, first: number, last: number, from?: LearnerSnapshot) {
  const learner = await open(changes, from);
  const losses: number[] = [];
  for (let step = first; step < last; step++) {
    losses.push((await learner.step(batch(step), { step, learningRate: 0.01 })).loss);
  }
  const snapshot = await learner.snapshot();
  await learner.close();
  return { losses, snapshot };
}

const changed = (before: NamedArrays, after: NamedArrays) =>
  Object.keys(after).filter((path) => String(before[path]!.data) !== String(after[path]!.data));

async function initialSnapshot(model = llama()): Promise<NamedArrays> {
  return (await train({ model }, 0, 0)).snapshot.params;
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
    const model = llama({ layers: 2 });
    const { snapshot } = await train({ frozen, model }, 0, 3);
    const moved = changed(await initialSnapshot(model), snapshot.params);
    const trained = flattenTree<ParamSpec>(model.params, isParamSpec).flatMap(([path, spec]) =>
      frozen(spec) ? [] : [path],
    );
    expect(moved).toEqual(trained);
    expect(Object.keys(snapshot.optimizer)).toEqual(
      ['m.', 'v.'].flatMap((moment) => trained.map((path) => moment + path)),
    );
  });

  test('goes on from a snapshot to the same bits', async () => {
    const whole = await train({}, 0, 4);
    const first = await train({}, 0, 2);
    const second = await train({}, 2, 4, first.snapshot);
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(second.snapshot).toEqual(whole.snapshot);
  });

  test('refuses the optimizer state of a model that froze something else', async () => {
    const frozen = ({ part }: ParamSpec) => part === 'key';
    const { snapshot } = await train({ frozen }, 0, 1);
    await expect(train({}, 1, 2, snapshot)).rejects.toThrow(
      /no 'm\.model\.layers\.0\.self_attn\.k_proj\.weight'/,
    );
  });

  test('in parts averages what one step takes at once', async () => {
    // Dropout differs between parts.
    const model = llama({ attentionDropout: 0 });
    const whole = await train({ model }, 0, 2);
    const parts = await train({ model, accumulate: 2 }, 0, 2);
    expect(parts.losses[1]).toBeCloseTo(whole.losses[1]!, 5);
    const name = 'model.layers.0.mlp.up_proj.weight';
    parts.snapshot.params[name]!.data.forEach((x, i) => {
      expect(Number(x)).toBeCloseTo(Number(whole.snapshot.params[name]!.data[i]), 4);
    });
  });
});

describe('weights', () => {
  const data = { ...DATA, weighted: true };
  const model = llama({ attentionDropout: 0 });
  const weighted = (step: number): TokenBatch => ({
    ...batch(step),
    weights: Float32Array.from({ length: BATCH * TIME }, (_, i) => (i % 5) / 2),
  });
  const lossOf = async (changes: Changes, tokens: TokenBatch) => {
    const learner = await open({ model, ...changes });
    const { loss } = await learner.step(tokens, { step: 0, learningRate: 0.01 });
    const held = await learner.evaluate([tokens]);
    const snapshot = await learner.snapshot();
    await learner.close();
    return { loss, held: held.loss, snapshot };
  };

  test('of one are none; others say how much a target counts, in whatever parts', async () => {
    const ones = { ...batch(0), weights: new Float32Array(BATCH * TIME).fill(1) };
    const plain = await lossOf({}, batch(0));
    const counted = await lossOf({ data }, ones);
    expect(counted.loss).toBeCloseTo(plain.loss, 5);
    expect(counted.held).toBeCloseTo(plain.held, 5);
    const some = await lossOf({ data }, weighted(0));
    expect(Math.abs(some.loss - plain.loss)).toBeGreaterThan(1e-4);
    const parts = await lossOf({ data, accumulate: 2 }, weighted(0));
    expect(parts.loss).toBeCloseTo(some.loss, 5);
    const path = 'm.model.layers.0.mlp.up_proj.weight';
    some.snapshot.optimizer[path]!.data.forEach((x, i) => {
      expect(Number(parts.snapshot.optimizer[path]!.data[i])).toBeCloseTo(Number(x), 5);
    });
  });

  test('are those of the held-out loss too', async () => {
    const learner = await open({ model, data: { ...data, firstPosition: 1 } });
    const judge = await openTokenLosses(device, model, {
      ...DATA,
      firstPosition: 0,
    });
    const tokens = [weighted(0), weighted(7)];
    let [total, count] = [0, 0];
    for (const one of tokens) {
      const { losses } = await judge.run(learner.model.state as never, one);
      losses.forEach((loss, i) => {
        if (i % TIME === 0) return;
        total += loss * one.weights![i]!;
        count += one.weights![i]!;
      });
    }
    expect((await learner.evaluate(tokens)).loss).toBeCloseTo(total / count, 5);
    await Promise.all([judge.close(), learner.close()]);
  });

  test('that come unasked, or are missing, are refused', async () => {
    await expect(lossOf({}, weighted(0))).rejects.toThrow('a batch has weights');
    await expect(lossOf({ data }, batch(0))).rejects.toThrow('a batch has no weights');
  });
});

describe('evaluation', () => {
  test('has no dropout, changes nothing, and is the mean of all tokens', async () => {
    const data = { ...DATA, firstPosition: 2 };
    const learner = await open({ data });
    const judge = await openTokenLosses(device, llama(), data);
    const before = await learner.snapshot();
    const batches = [batch(0), batch(7)];
    const { loss: mean } = await learner.evaluate(batches);
    expect((await learner.evaluate(batches)).loss).toBe(mean);
    const tokens = await Promise.all(
      batches.map((one) => judge.run(learner.model.state as never, one)),
    );
    const losses = tokens.flatMap((out) => [...out.losses]);
    expect(losses).toHaveLength(2 * BATCH * (TIME - 2));
    expect(mean).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / losses.length, 6);
    expect(tokens[0]!.predictions).toHaveLength(BATCH * (TIME - 2));
    expect(await learner.snapshot()).toEqual(before);
    await Promise.all([learner.close(), judge.close()]);
  });

  test('of a recurrent model is that of its steps, which is that of its forward pass', async () => {
    const learner = await open({ model: gru });
    const judge = await openTokenLosses(device, gru, { ...DATA, firstPosition: 0 });
    const { loss, parts, series } = await learner.evaluate([batch(0)]);
    const { losses } = await judge.run(learner.model.state as never, batch(0));
    expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b) / losses.length, 5);
    expect(parts!.rolledOutLoss).toBe(loss);
    expect(series!.rolledOutLoss).toHaveLength(TIME);
    await Promise.all([learner.close(), judge.close()]);
  });
});

describe('a stream', () => {
  const CHUNKS = 4;
  const stream = { ...DATA, order: 'stream' } as const;
  const ids = (row: number, t: number) => (t * t + 3 * t * row + 5 * row) % VOCAB;
  /** Chunk `step` of so many rows that go on. */
  const chunk = (step: number, time: number): TokenBatch => {
    const at = (shift: number) =>
      Int32Array.from({ length: BATCH * time }, (_, i) =>
        ids(Math.floor(i / time), step * time + (i % time) + shift),
      );
    return { inputs: at(0), targets: at(1) };
  };
  // Without steps the network stays as it is.
  const still = (step: number) => ({ step, learningRate: 0 });

  test('is one long sequence: truncated backpropagation sees the state of all tokens before', async () => {
    const long = CHUNKS * TIME;
    const optimizer = createOptimizer(OPTIMIZERS, 'adamw', {});
    const whole = await open({
      model: gru,
      optimizer,
      clipNorm: 0,
      data: { batchSize: BATCH, contextLength: long },
      options: { truncate: TIME, learnInitial: false },
    });
    const { loss, series } = await whole.step(chunk(0, long), still(0));
    const before = await whole.snapshot();
    await whole.close();
    const parts = await open({ model: gru, optimizer, clipNorm: 0, data: stream });
    const apart = await open({ model: gru, optimizer, clipNorm: 0, data: DATA });
    const losses: number[] = [];
    const anew: number[] = [];
    const gradients: number[] = [];
    for (let step = 0; step < CHUNKS; step++) {
      const found = await parts.step(chunk(step, TIME), still(step));
      losses.push(found.loss);
      gradients.push(...found.series!.memoryGradients!);
      anew.push((await apart.step(chunk(step, TIME), still(step))).loss);
    }
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(mean(losses)).toBeCloseTo(loss, 5);
    expect(losses[0]).toBeCloseTo(anew[0]!, 6);
    // What was read before counts.
    for (const step of [1, 2, 3])
      expect(Math.abs(losses[step]! - anew[step]!)).toBeGreaterThan(1e-4);
    gradients.forEach((x, t) => {
      expect(x).toBeCloseTo(CHUNKS * series!.memoryGradients![t]!, 4);
    });
    // The moments are of gradients through as many steps: their sum over the chunks is that of the whole.
    expect(Object.keys(before.optimizer)).not.toContain('carried.memory');
    // Held-out sequences begin again.
    const held = await parts.evaluate([0, 1, 2, 3].map((step) => chunk(step, TIME)));
    expect(held.loss).toBeCloseTo(mean(anew), 5);
    await Promise.all([parts.close(), apart.close()]);
  });

  test('goes on from a snapshot to the same bits, its state in it; the initial state stays', async () => {
    const go = async (first: number, last: number, from?: LearnerSnapshot) => {
      const learner = await open({ model: gru, data: stream, accumulate: 2 }, from);
      const losses: number[] = [];
      for (let step = first; step < last; step++) {
        losses.push((await learner.step(chunk(step, TIME), { step, learningRate: 0.01 })).loss);
      }
      const snapshot = await learner.snapshot();
      await learner.close();
      return { losses, snapshot };
    };
    const whole = await go(0, 4);
    const half = await go(0, 2);
    expect(half.snapshot.optimizer['carried.memory']!.shape).toEqual([BATCH, 2, 8]);
    const rest = await go(2, 4, half.snapshot);
    expect([...half.losses, ...rest.losses]).toEqual(whole.losses);
    expect(rest.snapshot).toEqual(whole.snapshot);
    expect(whole.snapshot.optimizer['m.initial']).toBeUndefined();
    const { optimizer, params } = half.snapshot;
    const { 'carried.memory': _, ...without } = optimizer;
    await expect(go(2, 3, { params, optimizer: without })).rejects.toThrow("no 'carried.memory'");
  });

  test('has no meaning for a model whose state grows: its batches are windows', async () => {
    const learner = await open({ data: stream });
    await learner.step(batch(0), { step: 0, learningRate: 0.01 });
    expect(Object.keys((await learner.snapshot()).optimizer).join()).not.toContain('carried');
    await learner.close();
  });

  test('is learned by a model without a memory of its own, too', async () => {
    const { memory: _, ...plain } = gru;
    const losses = async (model: Model) => {
      const learner = await open({ model, data: stream });
      const found = [];
      for (const step of [0, 1, 2])
        found.push((await learner.step(chunk(step, TIME), still(step))).loss);
      const held = await learner.evaluate([chunk(0, TIME)]);
      await learner.close();
      return { found, held: held.loss.toFixed(5), parts: held.parts !== undefined };
    };
    const [own, bare] = [await losses(gru), await losses(plain)];
    expect(bare).toEqual({ ...own, parts: false });
    expect(own.parts).toBe(true);
  });
});

test('truncation and checkpoints are for states of constant size', () => {
  const data = {
    ...DATA,
    vocabSize: VOCAB,
    firstPosition: 0,
    weighted: false,
    order: 'independent' as const,
  };
  const options = nextToken.options.parse({ truncate: 3 });
  expect(nextToken.accepts(gru, data, options)).toBe(null);
  expect(nextToken.accepts(llama(), data, options)).toBe(
    "next-token truncates models whose state has a constant size; llama's grows with the context",
  );
  const kept = nextToken.options.parse({ checkpointEvery: 3 });
  expect(nextToken.accepts(gru, data, kept)).toBe(null);
  expect(nextToken.accepts(llama(), data, kept)).toBe(
    "next-token keeps checkpoints of models whose state has a constant size; llama's grows with the context",
  );
  const { stepping: _, ...whole } = llama();
  expect(nextToken.accepts(whole, data, options)).toContain('llama has none');
});

/** Each changed setting of the optimizer or the model must reach the numbers of a step. */
describe('reaches the parameters after three steps:', () => {
  const adamw = (options: object) => createOptimizer(OPTIMIZERS, 'adamw', options);
  const variants: [string, Changes][] = [
    ['first beta', { optimizer: adamw({ weightDecay: 0.01, betas: [0.5, 0.95] }) }],
    ['second beta', { optimizer: adamw({ weightDecay: 0.01, betas: [0.9, 0.5] }) }],
    ['epsilon', { optimizer: adamw({ weightDecay: 0.01, epsilon: 1e-2 }) }],
    ['weightDecay', { optimizer: adamw({ weightDecay: 0.5 }) }],
    ['decay', { optimizer: adamw({ weightDecay: 0.01, decay: 'all' }) }],
    ['clipNorm', { clipNorm: 0 }],
    ['ropeBase', { model: llama({ ropeBase: 10 }) }],
    ['rmsNormEpsilon', { model: llama({ rmsNormEpsilon: 0.1 }) }],
    ['attentionDropout', { model: llama({ attentionDropout: 0.5 }) }],
    ['heads', { model: llama({ heads: 1 }) }],
    ['kvHeads', { model: llama({ kvHeads: 1 }) }],
    ['tieEmbeddings', { model: llama({ tieEmbeddings: true }) }],
    ['embeddingStd', { model: llama({ embeddingStd: 0.5 }) }],
    ['key', { key: keyFromSeed(4) }],
    ['firstPosition', { data: { ...DATA, firstPosition: 1 } }],
  ];
  const normOf = ({ data }: NdArray) => [...(data as Float32Array)].map((x) => x.toPrecision(6));

  test.each(variants)('%s', async (_, change) => {
    const path = 'model.layers.0.mlp.up_proj.weight';
    const base = await train({}, 0, 3);
    const other = await train(change, 0, 3);
    expect(normOf(other.snapshot.params[path]!)).not.toEqual(normOf(base.snapshot.params[path]!));
  });
});
