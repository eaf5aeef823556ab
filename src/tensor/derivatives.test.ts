import { beforeAll, describe, expect, test } from 'vitest';
import {
  type CheckedCase,
  castInputs,
  differentiateNumerically,
  relativeError,
  runCases,
  tracedOperations,
} from '../../test/support/gradient-check.ts';
import { LAYER_CASES } from '../../test/support/layer-cases.ts';
import { BASIC_CASES } from '../../test/support/operation-cases.ts';
import { valuesOf } from '../../test/support/reference-ops.ts';
import { DERIVATIVES } from './derivatives.ts';
import { Device, openDevice, TARGETS } from './index.ts';

const CASES = [...BASIC_CASES, ...LAYER_CASES];

let analytic: Map<string, CheckedCase>;
let numeric: Map<string, Omit<CheckedCase, 'value'>>;
const single: Record<string, Map<string, CheckedCase>> = {};

beforeAll(async () => {
  const device = openDevice({ threads: 1 });
  analytic = await runCases(device, CASES);
  numeric = await differentiateNumerically(device, CASES);
  const float32 = CASES.map((check) => ({ ...check, inputs: castInputs(check.inputs, 'float32') }));
  single.fused = await runCases(device, float32);
  await device.close();
  const standard = new Device({ ...TARGETS.webgpu, executionProviders: ['cpu'] }, 1);
  single.standard = await runCases(standard, float32);
  await standard.close();
});

test('names are unique, and every operation with a derivative has a case', () => {
  expect(new Set(CASES.map((check) => check.name)).size).toBe(CASES.length);
  const covered = new Set(CASES.flatMap((check) => [...tracedOperations(check)]));
  expect(Object.keys(DERIVATIVES).filter((op) => !covered.has(op))).toEqual([]);
});

describe.each(CASES)('$name', ({ name, inputs, expected, second }) => {
  test('values', () => {
    const reference = expected(
      Object.fromEntries(Object.entries(inputs).map(([key, x]) => [key, valuesOf(x)])),
    );
    const { value } = analytic.get(name)!;
    expect(value.shape).toEqual(reference.shape);
    expect(value.dtype).toBe('float64');
    expect(relativeError(value.data as Float64Array, reference.data)).toBeLessThan(1e-12);
  });

  test('gradients agree with finite differences', () => {
    const found = analytic.get(name)!;
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

  test.each(['fused', 'standard'])('float32, %s operations', (lowering) => {
    const exact = analytic.get(name)!;
    const found = single[lowering]!.get(name)!;
    expect(found.value.dtype).toBe('float32');
    const values = [found, exact].map(({ value }) => value.data as Float64Array);
    expect(relativeError(values[0]!, values[1]!)).toBeLessThan(1e-5);
    for (const order of ['first', 'second'] as const) {
      for (const [key, g] of Object.entries(exact[order])) {
        expect(relativeError(found[order][key]!, g), `${order} derivative by ${key}`).toBeLessThan(
          1e-4,
        );
      }
    }
  });
});
