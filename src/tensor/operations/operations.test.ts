// Values and derivatives of every operation: the interpreter against plain references and finite differences, onnxruntime
// against the interpreter.

import { beforeAll, describe, expect, test } from 'vitest';
import {
  type CheckedCase,
  castInputs,
  differentiateNumerically,
  type GradientCase,
  relativeError,
  runCases,
  tracedOperations,
} from '../../../test/support/gradient-check.ts';
import { LAYER_CASES } from '../../../test/support/layer-cases.ts';
import { openOnnx, STANDARD } from '../../../test/support/open-onnx.ts';
import { BASIC_CASES } from '../../../test/support/operation-cases.ts';
import { valuesOf } from '../../../test/support/reference-ops.ts';
import { type Device, openDevice } from '../index.ts';
import { OPERATIONS } from './table.ts';

const CASES = [...BASIC_CASES, ...LAYER_CASES];

/** Those that are computed in chunks; of the others every size of chunks makes the same program. */
const CHUNKED = CASES.filter((check) =>
  [...tracedOperations(check)].some((name) => /^(attention|linearCrossEntropy)/.test(name)),
);

type Results = Map<string, CheckedCase>;

let exact: Results;
let numeric: Map<string, Omit<CheckedCase, 'value'>>;
type Other = {
  readonly name: string;
  /** Names of the cases that it computes. */
  readonly asked: ReadonlySet<string>;
  readonly results: Results;
  readonly dtype: string;
  /** How far values and derivatives may be from the interpreter's. */
  readonly bounds: readonly [number, number];
};

const others: Other[] = [];

beforeAll(async () => {
  const interpreter = openDevice({ device: 'interpreter' });
  exact = await runCases(interpreter, CASES);
  await interpreter.close();
  const double = openOnnx({});
  numeric = await differentiateNumerically(double, CASES);
  const add = async (
    name: string,
    device: Device,
    dtype: 'float32' | 'float64',
    cases: readonly GradientCase[] = CASES,
  ) => {
    const cast = cases.map((check) => ({ ...check, inputs: castInputs(check.inputs, dtype) }));
    const results = await runCases(device, cast);
    others.push({
      name,
      asked: new Set(cases.map((check) => check.name)),
      results,
      dtype,
      bounds: dtype === 'float64' ? [1e-12, 1e-11] : [1e-5, 1e-4],
    });
    await device.close();
  };
  await add('float64', double, 'float64');
  // 2 and 3 do not divide the five rows.
  for (const rows of [1, 2, 3, 9]) {
    const chunks = { attentionRows: rows, lossRows: rows };
    await add(`float64, ${rows} rows a chunk`, openOnnx({ chunks }), 'float64', CHUNKED);
  }
  await add('float32, fused operations', openOnnx({}), 'float32');
  await add('float32, standard operations', openOnnx({ target: STANDARD }), 'float32');
});

test('names are unique, and every operation has a case', () => {
  expect(new Set(CASES.map((check) => check.name)).size).toBe(CASES.length);
  expect(CHUNKED.length).toBeGreaterThan(5);
  const covered = new Set(CASES.flatMap((check) => [...tracedOperations(check)]));
  // Integers and bools have tests of their own, without derivatives.
  const elsewhere = ['argmax', 'logicalAnd', 'logicalNot', 'logicalOr', 'randomUniform'];
  const missing = Object.keys(OPERATIONS).filter((name) => !covered.has(name));
  expect(missing.filter((name) => !elsewhere.includes(name))).toEqual([]);
});

test('names of operations are those of the table', () => {
  expect(Object.values(OPERATIONS).map(({ name }) => name)).toEqual(Object.keys(OPERATIONS));
});

describe.each(CASES)('$name', ({ name, inputs, expected, second }) => {
  test('values', () => {
    const reference = expected(
      Object.fromEntries(Object.entries(inputs).map(([key, x]) => [key, valuesOf(x)])),
    );
    const { value } = exact.get(name)!;
    expect(value.shape).toEqual(reference.shape);
    expect(value.dtype).toBe('float64');
    expect(relativeError(value.data as Float64Array, reference.data)).toBeLessThan(1e-12);
  });

  test('gradients agree with finite differences', () => {
    const found = exact.get(name)!;
    const differences = numeric.get(name)!;
    for (const order of second === false ? (['first'] as const) : (['first', 'second'] as const)) {
      expect(Object.keys(found[order])).toEqual(Object.keys(differences[order]));
      for (const [key, g] of Object.entries(differences[order])) {
        expect(relativeError(found[order][key]!, g), `${order} derivative by ${key}`).toBeLessThan(
          1e-7,
        );
      }
    }
  });

  test('onnxruntime agrees with the interpreter', () => {
    const { value, ...orders } = exact.get(name)!;
    for (const { name: backend, asked, results, dtype, bounds } of others) {
      if (!asked.has(name)) continue;
      const found = results.get(name)!;
      expect(found.value.dtype).toBe(dtype);
      const values = [found.value, value].map(({ data }) => data as Float64Array);
      expect(relativeError(values[0]!, values[1]!), backend).toBeLessThan(bounds[0]);
      for (const order of ['first', 'second'] as const) {
        for (const [key, g] of Object.entries(orders[order])) {
          expect(
            relativeError(found[order][key]!, g),
            `${backend}: ${order} derivative by ${key}`,
          ).toBeLessThan(bounds[1]);
        }
      }
    }
  });
});
