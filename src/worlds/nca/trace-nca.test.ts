import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchKeys, drawTraced, rowsOf } from '../../../test/support/draw-traced.ts';
import { arrayOf, foldIn, keyFromSeed, spec } from '../../core/index.ts';
import { type Device, openDevice } from '../../tensor/index.ts';
import { packRules, scalesOf } from './device-tables.ts';
import { createNcaKernel } from './kernel.ts';
import { type NcaOptions, ncaLayout, resolveNcaOptions } from './options.ts';
import { rolloutNca } from './rollout.ts';
import { sampleNcaRule } from './rule.ts';
import { createNcaStep } from './step.ts';
import { traceNca } from './trace-nca.ts';
import { traceNcaStep } from './trace-step.ts';

const KEY = keyFromSeed(9);
const SMALL: Partial<NcaOptions> = {
  colors: 3,
  grid: 4,
  burnIn: 2,
  sequenceLength: 20,
  band: { kind: 'none' },
};
const POOL: Partial<NcaOptions> = {
  ...SMALL,
  rules: 5,
  filter: 'rule',
  band: { kind: 'percentile', low: 30, high: 100 },
};

let onnx: Device;
let interpreter: Device;
beforeAll(() => {
  onnx = openDevice({ threads: 1 });
  interpreter = openDevice({ device: 'interpreter' });
});
afterAll(() => Promise.all([onnx.close(), interpreter.close()]));

describe('tokens', () => {
  test.each<[string, Partial<NcaOptions>]>([
    ['fresh rules', SMALL],
    ['a pool', POOL],
    ['two colors, cells as tokens, a step in two', { ...SMALL, colors: 2, patch: 1, dt: 2 }],
    ['no burn-in, no noise, a bias', { ...SMALL, burnIn: 0, temperature: 0, identityBias: 0.3 }],
    ['much noise, space alone padded', { ...SMALL, temperature: 1, channelPadding: 'spatial' }],
    ['one cell', { ...SMALL, grid: 1, patch: 1, sequenceLength: 9 }],
    ['a wide network', { ...SMALL, features: 9, hidden: 40, temperature: 0.01 }],
  ])('are the same on every backend: %s', async (_, options) => {
    const world = traceNca(options);
    const keys = batchKeys(KEY, 2);
    const found = await drawTraced(onnx, world, keys, 3);
    expect(found).toEqual(await drawTraced(interpreter, world, keys, 3));
    expect(found[0]).not.toEqual(found[1]);
    const { sequenceLength } = resolveNcaOptions(options);
    const { vocabSize, frameLength, startToken, endToken } = ncaLayout(resolveNcaOptions(options));
    for (const tokens of rowsOf(found, sequenceLength)) {
      tokens.forEach((token, t) => {
        const place = t % frameLength;
        if (place === 0) expect(token).toBe(startToken);
        else if (place === frameLength - 1) expect(token).toBe(endToken);
        else expect(token >= 0 && token < vocabSize - 2).toBe(true);
      });
    }
  });

  test('never change', async () => {
    const hash = (words: Int32Array) =>
      words.reduce((h, word) => Math.imul(h ^ word, 16_777_619), 0x811c9dc5 | 0) >>> 0;
    const [fresh] = await drawTraced(onnx, traceNca({ band: { kind: 'none' } }), [KEY], 2);
    expect(fresh).toHaveLength(2048);
    expect(hash(fresh!)).toBe(3136664843);
    const [pool] = await drawTraced(onnx, traceNca(POOL), [KEY], 4);
    expect(hash(pool!)).toBe(65513537);
  });

  test('of simulations differ within a batch', async () => {
    const rows = rowsOf(await drawTraced(onnx, traceNca({ ...SMALL, colors: 10 }), [KEY], 16), 20);
    expect(new Set(rows.map(String)).size).toBe(16);
  });
});

describe('a step', () => {
  test.each<Partial<NcaOptions>>([
    {},
    { colors: 2 },
    { colors: 40, grid: 6 },
    { channelPadding: 'spatial' },
    { identityBias: 1 },
    { features: 16, hidden: 64 },
    { grid: 13, patch: 1 },
  ])('of %j differs from the host in at most one of 20,000 cells', async (given) => {
    const count = 64;
    const options = resolveNcaOptions({ ...given, temperature: 0, burnIn: 1 });
    const scales = scalesOf(options);
    const { colors, features, hidden, grid } = options;
    const size = grid * grid;
    const keyOf = (i: number) => foldIn(KEY, i);
    const ruleOf = (i: number) => sampleNcaRule(options, keyOf(i));
    const packed = packRules(options, scales, count, ruleOf);
    const cut = (from: number, to: number, shape: number[], dtype: 'float32' | 'float64') => {
      const width = packed.shape[1]!;
      const values = Array.from({ length: count }, (_, i) =>
        packed.data.subarray(i * width + from, i * width + to),
      );
      return arrayOf(
        dtype,
        shape,
        values.flatMap((row) => Array.from(row)),
      );
    };
    const first = colors * 9 * features;
    const second = first + features * hidden;
    const rules = {
      table: cut(0, first, [count * colors, 9 * features], 'float32'),
      hidden: cut(first, second, [count, features, hidden], 'float64'),
      logits: cut(second, second + hidden * colors, [count, hidden, colors], 'float64'),
    };
    const before = Array.from(
      { length: count },
      (_, i) => rolloutNca(options, ruleOf(i), keyOf(i), 1).cells,
    );
    const cells = arrayOf(
      'int32',
      [count, size],
      before.flatMap((row) => Array.from(row)),
    );
    const program = await onnx.compile({
      states: {},
      inputs: { rules, cells, key: spec('int32', [2]) },
      build: (_, x) => ({
        outputs: traceNcaStep(options, scales, x.cells, x.rules, undefined, x.key),
      }),
    });
    const key = arrayOf('int32', [2], [0, 0]);
    const { data } = await program.run({}, { rules, cells, key }).read();
    await program.close();
    let different = 0;
    before.forEach((states, i) => {
      const after = new Uint8Array(size);
      createNcaStep(ruleOf(i), options, KEY)(states, after, 0);
      after.forEach((state, c) => {
        if (state !== data[i * size + c]) different++;
      });
    });
    expect(different / (count * size)).toBeLessThanOrEqual(1 / 20_000 + 1 / (count * size));
  });
});

test('the pool has the rules of the host', () => {
  const { data, shape } = traceNca(POOL).tables().pool!;
  expect(shape[0]).toBe(5);
  const kernel = createNcaKernel(POOL);
  const width = shape[1]!;
  const { colors, features, hidden } = kernel.options;
  const { features: bits } = scalesOf(kernel.options);
  for (let member = 0; member < 5; member++) {
    const rule = sampleNcaRule(kernel.options, kernel.poolRuleKey(member));
    const from = member * width + colors * 9 * features;
    const found = Array.from(data.subarray(from, from + features * hidden) as Float32Array);
    expect(found).toEqual(Array.from(rule.kernels.hidden, (w) => Math.round(w * 2 ** bits)));
  }
});

test('the host draws from a pool of the same keys', () => {
  const kernel = createNcaKernel(POOL);
  const tokens = new Int32Array(20);
  kernel.draw(KEY, 0, tokens);
  const again = createNcaKernel(POOL);
  for (const member of [4, 1]) again.poolRuleKey(member);
  const others = new Int32Array(20);
  again.draw(KEY, 0, others);
  expect(others).toEqual(tokens);
});

test('what a device cannot filter is refused', () => {
  for (const given of [{}, { filter: 'rule' }, { rules: 10 }] as const) {
    expect(() => traceNca({ ...SMALL, band: { kind: 'default' }, ...given })).toThrow(
      'a device cannot judge simulations by their gzip ratio',
    );
  }
  expect(() => traceNca({ ...SMALL, rules: 2 ** 21 })).toThrow('too large for a device');
});
