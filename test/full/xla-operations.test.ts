// Values and derivatives of every operation on XLA, against the interpreter.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import {
  type CheckedCase,
  castInputs,
  relativeError,
  runCases,
} from '../support/gradient-check.ts';
import { LAYER_CASES } from '../support/layer-cases.ts';
import { hasXla, openXla } from '../support/open-xla.ts';
import { BASIC_CASES } from '../support/operation-cases.ts';

const CASES = [...BASIC_CASES, ...LAYER_CASES];

const TOLERANCES = { float64: [1e-12, 1e-11], float32: [1e-5, 1e-4] } as const;

describe.skipIf(!hasXla)('on XLA', () => {
  let interpreter: Device;
  let xla: Device;
  beforeAll(() => {
    interpreter = openDevice({ device: 'interpreter' });
    xla = openXla();
  });
  afterAll(async () => {
    await xla.close();
    await interpreter.close();
  });

  test.each(CASES)('$name', async (check) => {
    const { name } = check;
    const { value, ...orders } = await run(interpreter, check);
    for (const dtype of ['float64', 'float32'] as const) {
      const found = await run(xla, { ...check, inputs: castInputs(check.inputs, dtype) });
      const [ofValues, ofDerivatives] = TOLERANCES[dtype];
      expect(found.value.dtype).toBe(dtype);
      const values = [found.value, value].map(({ data }) => data as Float64Array);
      expect(relativeError(values[0]!, values[1]!), dtype).toBeLessThan(ofValues);
      for (const order of ['first', 'second'] as const) {
        for (const [key, g] of Object.entries(orders[order])) {
          expect(
            relativeError(found[order][key]!, g),
            `${dtype}: ${order} derivative of ${name} by ${key}`,
          ).toBeLessThan(ofDerivatives);
        }
      }
    }
  });
});

async function run(device: Device, check: (typeof CASES)[number]): Promise<CheckedCase> {
  return (await runCases(device, [check])).get(check.name)!;
}
