// Attention weights of a stack, held against the attention operation itself.

import { expect, test } from 'vitest';
import { initParams, keyFromSeed, type NdArray, normal, spec } from '../../core/index.ts';
import { attention, openDevice, rope, type Tensor } from '../../tensor/index.ts';
import { repeatHeads, rotary, splitHeads } from './attention.ts';
import { type DecoderLayer, stackSpecs } from './decoder-layer.ts';
import { stackAttention, stackWith } from './decoder-stack.ts';

const [BATCH, TIME, WIDTH] = [2, 5, 8];
const SEEN = [0, 3];
const SIZES = {
  hiddenSize: WIDTH,
  intermediateSize: 12,
  heads: 4,
  kvHeads: 2,
  ropeBase: 100,
  rmsNormEpsilon: 1e-5,
};

test('weights are those that attention gives values by', async () => {
  const device = openDevice({ device: 'interpreter' });
  const specs = stackSpecs(SIZES, 2);
  const params = await device.createState(initParams(specs, keyFromSeed(1)) as never);
  const program = await device.compile({
    states: { params: (params as { specs: never }).specs },
    inputs: {
      x: spec('float32', [BATCH, TIME, WIDTH]),
      values: spec('float32', [BATCH, SIZES.heads, TIME, 2]),
    } as never,
    build: (states, given) => {
      const layers = states.params as unknown as DecoderLayer<Tensor>[];
      const { x, values } = given as unknown as { x: Tensor; values: Tensor };
      const table = rotary(SIZES, x, TIME);
      const split = (t: Tensor, count: number) => splitHeads(t, BATCH, TIME, count);
      let first: Tensor | undefined;
      stackWith(layers, SIZES, x, (q, k, v) => {
        const keys = repeatHeads(rope(split(k, 2), table), 4);
        // Its result has the heads of a position together.
        first ??= split(attention(rope(split(q, 4), table), keys, values), 4);
        return q === v ? v : q;
      });
      const [own] = stackAttention(layers, SIZES, x);
      return { outputs: { own: own!, first: first! } };
    },
  });
  const inputs = {
    x: {
      dtype: 'float32',
      shape: [BATCH, TIME, WIDTH],
      data: normal(keyFromSeed(2), BATCH * TIME * WIDTH),
    },
    // What attention gives of these is the weights of two positions.
    values: {
      dtype: 'float32',
      shape: [BATCH, SIZES.heads, TIME, 2],
      data: Float32Array.from({ length: BATCH * SIZES.heads * TIME * 2 }, (_, i) =>
        Math.floor(i / 2) % TIME === SEEN[i % 2] ? 1 : 0,
      ),
    },
  };
  const out = (await program.run({ params } as never, inputs as never).read()) as unknown as Record<
    'own' | 'first',
    NdArray
  >;
  const own = Array.from(out.own.data, Number);
  expect(own).toHaveLength(BATCH * SIZES.heads * TIME * TIME);
  Array.from(out.first.data, Number).forEach((weight, i) => {
    expect(own[Math.floor(i / 2) * TIME + SEEN[i % 2]!]).toBeCloseTo(weight, 6);
  });
  for (let row = 0; row < own.length; row += TIME) {
    expect(own.slice(row, row + TIME).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  }
  // No mask: the first position looks at later ones, too.
  expect(own[TIME - 1]).toBeGreaterThan(0);
  await device.close();
});
