// Gradients of whole models in float64 against finite differences.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arrayOf,
  castFloats,
  flattenTree,
  isNdArray,
  isParamSpec,
  keyFromSeed,
  mapTree,
  type NdArray,
  type ParamSpec,
  type Tree,
} from '../../src/core/index.ts';
import {
  deriveLlamaConfig,
  initLlama,
  type LlamaParams,
  llamaLosses,
  llamaSpecs,
  type ModelOptions,
} from '../../src/nn/index.ts';
import * as t from '../../src/tensor/index.ts';
import { checkSlopes, type Model } from './direction-check.ts';
import { ids, randn } from './operation-cases.ts';

/** The tests on one device. */
export function describeGradients(open: () => t.Device): void {
  let device: t.Device;
  beforeAll(() => {
    device = open();
  });
  afterAll(() => device.close());

  async function expectGradients(model: Model): Promise<void> {
    for (const { what, numeric, analytic } of await checkSlopes(device, model)) {
      const error = Math.abs(numeric - analytic) / Math.max(1e-3, Math.abs(analytic));
      expect(error, `${what}: ${analytic} against ${numeric}`).toBeLessThan(1e-6);
    }
  }

  describe('Llama', () => {
    const sizes = { hiddenSize: 8, intermediateSize: 12, layers: 2, heads: 4, embeddingStd: 0.7 };
    const tokens = ids('int32', [2, 6], 3, 1, 3, 12, 0, 3, 7, 7, 1, 2, 3, 12);
    const targets = ids('int32', [2, 6], 1, 3, 12, 0, 3, 7, 7, 1, 2, 3, 12, 5);

    test.each<[string, ModelOptions]>([
      ['untied', {}],
      ['tied', { tieEmbeddings: true }],
      ['grouped queries', { kvHeads: 2 }],
      ['one head of keys, tied', { kvHeads: 1, tieEmbeddings: true }],
      ['dropout', { attentionDropout: 0.3 }],
    ])('%s', async (_name, options) => {
      const config = deriveLlamaConfig(
        { ...sizes, ...options, ropeBase: 50 },
        { vocabSize: 13, contextLength: 6 },
      );
      const start = castFloats(
        initLlama(config, keyFromSeed(5)) as unknown as Tree<NdArray>,
        'float64',
      );
      const specs = llamaSpecs(config);
      await expectGradients({
        params: Object.fromEntries(flattenTree<NdArray>(start, isNdArray)),
        inputs: { tokens, targets, key: arrayOf('int32', [2], [4, 2]) },
        loss: (flat, { tokens, targets, key }) => {
          const params = mapTree<ParamSpec, t.Tensor>(specs, isParamSpec, (_, path) => flat[path]!);
          const { losses } = llamaLosses(
            params as unknown as LlamaParams<t.Tensor>,
            config,
            tokens!,
            targets!,
            {
              firstPosition: 1,
              dropoutKey: key!,
            },
          );
          return t.mean(losses);
        },
      });
    });
  });

  const STEPS = 5;
  const sequence = randn('sequence', STEPS, 3, 4);
  const goal = randn('goal', 3, 6);

  /** The rows of time step `n`, `[batch, features]`. */
  const atStep = (x: t.Tensor, n: number) => t.reshape(t.slice(x, 0, n, n + 1), [3, 4]);

  test('a GRU over five steps', async () => {
    // Cho et al. 2014, with the reset gate after the product.
    await expectGradients({
      params: {
        input: randn('gru input', 4, 18),
        recurrent: randn('gru recurrent', 6, 18),
        bias: randn('gru bias', 18),
        start: randn('gru start', 1, 6),
      },
      inputs: { sequence, goal },
      loss: ({ input, recurrent, bias, start }, { sequence, goal }) => {
        let h = t.expand(start!, [3, 6]);
        for (let n = 0; n < STEPS; n++) {
          const [xr, xz, xn] = t.split(t.add(t.matmul(atStep(sequence!, n), input!), bias!), 3);
          const [hr, hz, hn] = t.split(t.matmul(h, recurrent!), 3);
          const z = t.sigmoid(t.add(xz!, hz!));
          const candidate = t.tanh(t.add(xn!, t.mul(t.sigmoid(t.add(xr!, hr!)), hn!)));
          h = t.add(t.mul(z, h), t.mul(t.sub(1, z), candidate));
        }
        return t.meanSquaredError(h, goal!);
      },
    });
  });

  test('an LSTM over five steps', async () => {
    // Hochreiter and Schmidhuber 1997, with forget gates.
    await expectGradients({
      params: {
        weight: randn('lstm weight', 10, 24),
        bias: randn('lstm bias', 24),
        readout: randn('lstm readout', 6, 6),
      },
      inputs: { sequence, goal },
      loss: ({ weight, bias, readout }, { sequence, goal }) => {
        let h = t.full(weight!.graph, [3, 6], 0, 'float64');
        let c = h;
        for (let n = 0; n < STEPS; n++) {
          const joined = t.concat([atStep(sequence!, n), h], 1);
          const [i, f, g, o] = t.split(t.add(t.matmul(joined, weight!), bias!), 4);
          c = t.add(t.mul(t.sigmoid(f!), c), t.mul(t.sigmoid(i!), t.tanh(g!)));
          h = t.mul(t.sigmoid(o!), t.tanh(c));
        }
        return t.meanSquaredError(t.matmul(h, readout!), goal!);
      },
    });
  });

  /** Weights that keep an unrolled map from being chaotic. */
  function small(label: string, ...shape: number[]): NdArray {
    return arrayOf(
      'float64',
      shape,
      (randn(label, ...shape).data as Float64Array).map((v) => v / 2),
    );
  }

  test('memory tokens that attend to a window and replace themselves', async () => {
    // [batch, tokens, 6] with two heads of three; four memory tokens read themselves and the window.
    const heads = (x: t.Tensor) => t.transpose(t.reshape(x, [3, x.shape[1]!, 2, 3]), [0, 2, 1, 3]);
    await expectGradients({
      params: {
        memory: randn('memory', 1, 4, 6),
        embed: small('memory embed', 4, 6),
        query: small('memory query', 6, 6),
        key: small('memory key', 6, 6),
        value: small('memory value', 6, 6),
        up: small('memory up', 6, 8),
        down: small('memory down', 8, 6),
        gain: randn('memory gain', 6),
        shift: randn('memory shift', 6),
      },
      inputs: { sequence, goal },
      loss: (p, { sequence, goal }) => {
        let memory = t.expand(p.memory!, [3, 4, 6]);
        const window = t.matmul(t.transpose(sequence!, [1, 0, 2]), p.embed!);
        for (let n = 0; n + 2 <= STEPS; n++) {
          const seen = t.concat([memory, t.slice(window, 1, n, n + 2)], 1);
          const mixed = t.attention(
            heads(t.matmul(memory, p.query!)),
            heads(t.matmul(seen, p.key!)),
            heads(t.matmul(seen, p.value!)),
          );
          const h = t.layerNorm(t.add(memory, mixed), p.gain!, p.shift!, 1e-5);
          memory = t.add(h, t.matmul(t.gelu(t.matmul(h, p.up!)), p.down!));
        }
        const distances = t.pairwiseSquaredDistances(t.mean(memory, { axes: [1] }), goal!);
        return t.mean(t.logSumExp(t.neg(distances), -1));
      },
    });
  });
}
