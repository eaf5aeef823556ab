// A decoder layer with each norm and each channel mixer, against plain loops.

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  arrayOf,
  flattenTree,
  initParams,
  isNdArray,
  isParamSpec,
  keyFromSeed,
  mapTree,
  type NdArray,
  normal,
  type ParamSpec,
  spec,
  type Tree,
  withDtype,
} from '../../core/index.ts';
import { type Device, openDevice } from '../../tensor/index.ts';
import { layerForward, stackSpecs } from './decoder-layer.ts';
import { MLP_KINDS, type MlpKind } from './mlp.ts';
import { NORM_KINDS, type NormKind } from './norm.ts';

const [ROWS, WIDTH, INNER, EPSILON] = [3, 4, 6, 1e-5];
const SIZES = { hiddenSize: WIDTH, intermediateSize: INNER, heads: 2, mlpBias: true };

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

const draw = (seed: number, count: number) => Array.from(normal(keyFromSeed(seed), count));

/** Its tanh form (Hendrycks and Gimpel 2016). */
const geluOf = (x: number) =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** What the layer gives for a row where values are mixed to themselves. */
function plainLayer(named: ReadonlyMap<string, number[]>, row: number[]): number[] {
  const linear = (name: string, x: number[]) => {
    const [weight, bias] = [named.get(`${name}.weight`)!, named.get(`${name}.bias`)];
    return Array.from({ length: weight.length / x.length }, (_, o) =>
      x.reduce((sum, v, i) => sum + v * weight[o * x.length + i]!, bias?.[o] ?? 0),
    );
  };
  const norm = (name: string, x: number[]) => {
    const [gain, bias] = [named.get(`${name}.weight`)!, named.get(`${name}.bias`)];
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    const center = bias ? mean(x) : 0;
    const scale = Math.sqrt(mean(x.map((v) => (v - center) ** 2)) + EPSILON);
    return x.map((v, i) => ((v - center) / scale) * gain[i]! + (bias?.[i] ?? 0));
  };
  const added = (x: number[], y: number[]) => x.map((v, i) => v + y[i]!);
  const value = linear('self_attn.v_proj', norm('input_layernorm', row));
  const h = added(row, linear('self_attn.o_proj', value));
  const b = norm('post_attention_layernorm', h);
  const up = linear('mlp.up_proj', b);
  const gate = named.has('mlp.gate_proj.weight') ? linear('mlp.gate_proj', b) : null;
  const inner = up.map((u, i) => (gate ? (u * gate[i]!) / (1 + Math.exp(-gate[i]!)) : geluOf(u)));
  return added(h, linear('mlp.down_proj', inner));
}

const CASES = NORM_KINDS.flatMap((norm) => MLP_KINDS.map((mlp) => [norm, mlp] as const));

test.each(CASES)('a layer of norm %s and mlp %s', async (norm: NormKind, mlp: MlpKind) => {
  const specs = stackSpecs({ ...SIZES, norm, mlp }, 1)[0]!;
  const named = new Map<string, number[]>();
  const params = mapTree<NdArray, NdArray>(
    initParams(specs, keyFromSeed(1)) as Tree<NdArray>,
    isNdArray,
    ({ shape, data }, name) => {
      const noise = draw(name.length + data.length, data.length);
      const values = noise.map((x, i) => Number(data[i]) + 0.3 * x);
      named.set(name, values);
      return arrayOf('float64', shape, values);
    },
  );
  const roles = flattenTree<ParamSpec>(specs as Tree<ParamSpec>, isParamSpec);
  expect(roles.some(([, { part }]) => part === 'gate')).toBe(mlp === 'swiglu');
  expect(roles.filter(([, { role }]) => role === 'norm')).toHaveLength(norm === 'rms' ? 2 : 4);
  const program = await device.compile({
    states: { params: withDtype(specs, 'float64') },
    inputs: { x: spec('float64', [ROWS, WIDTH]) },
    build: (states, { x }) => ({
      outputs: layerForward(states.params, { rmsNormEpsilon: EPSILON }, x, (_q, _k, v) => v),
    }),
  });
  const state = await device.createState(params as unknown as typeof specs);
  const x = draw(2, ROWS * WIDTH);
  const out = await program
    .run({ params: state }, { x: arrayOf('float64', [ROWS, WIDTH], x) })
    .read();
  await Promise.all([program.close(), state.drop()]);
  for (let row = 0; row < ROWS; row++) {
    const expected = plainLayer(named, x.slice(row * WIDTH, (row + 1) * WIDTH));
    expected.forEach((value, i) => {
      expect(Number(out.data[row * WIDTH + i])).toBeCloseTo(value, 9);
    });
  }
});
