// Values and derivatives of every operation on XLA, against the interpreter.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayOf, spec } from '../../src/core/index.ts';
import { DEFAULT_BLOCKS } from '../../src/tensor/backends/xla/expansions.ts';
import * as t from '../../src/tensor/index.ts';
import {
  type CheckedCase,
  castInputs,
  type GradientCase,
  relativeError,
  runCases,
} from '../support/gradient-check.ts';
import { LAYER_CASES } from '../support/layer-cases.ts';
import { hasXla, openXla } from '../support/open-xla.ts';
import { BASIC_CASES, ids, randn } from '../support/operation-cases.ts';

const CASES: readonly GradientCase[] = [...BASIC_CASES, ...LAYER_CASES];

/** Neither 5 queries nor 5 rows divide into them. */
const SMALL_BLOCKS = { attentionRows: 2, lossRows: 2, fusesAttention: false };

const IN_BLOCKS = CASES.filter(({ name }) => /^attention|^linearCrossEntropy/.test(name));

/** Longer than the blocks that are chosen by default, and no multiple of them. */
const LONG_CASES: readonly GradientCase[] = [false, true].map((dropped) => ({
  name: `causal attention of 150 queries${dropped ? ', with dropout' : ''}`,
  inputs: {
    q: randn('q', 1, 2, 150, 4),
    k: randn('k', 1, 2, 150, 4),
    v: randn('v', 1, 2, 150, 4),
    key: ids('int32', [2], 5, 6),
  },
  build: ({ q, k, v, key }) =>
    t.attention(q!, k!, v!, {
      causal: true,
      ...(dropped ? { dropout: { rate: 0.3, key: key!, stream: 1 } } : {}),
    }),
}));

const TOLERANCES = { float64: [1e-12, 1e-11], float32: [1e-5, 1e-4] } as const;

describe.skipIf(!hasXla)('on XLA', () => {
  let interpreter: t.Device;
  let xla: t.Device;
  let inBlocks: t.Device;
  beforeAll(() => {
    interpreter = t.openDevice({ device: 'interpreter' });
    xla = openXla();
    inBlocks = openXla({ blocks: SMALL_BLOCKS });
  });
  afterAll(async () => {
    await xla.close();
    await inBlocks.close();
    await interpreter.close();
  });

  test.each(CASES)('$name', (check) => compare(xla, check));

  test.each(IN_BLOCKS)('in small blocks: $name', (check) => compare(inBlocks, check));

  test.each(LONG_CASES)('$name', (check) => compare(xla, check));

  test('a plugin without the kernel of attention computes it in blocks', async () => {
    const device = openXla({ blocks: { ...DEFAULT_BLOCKS, fusesAttention: true } }, 'bfloat16');
    const inBfloat16 = openXla({}, 'bfloat16');
    const q = spec('float32', [1, 2, 4, 8]);
    const open = (on: t.Device) =>
      on.compile({
        states: {},
        inputs: { q },
        build: (_, inputs) => ({ outputs: t.attention(inputs.q, inputs.q, inputs.q) }),
      });
    try {
      const program = await open(device);
      expect(program.facts.hasFusedAttention).toBe(false);
      const given = { q: arrayOf('float32', [1, 2, 4, 8], randn('q', 1, 2, 4, 8).data) };
      const found = await program.run({}, given).read();
      expect(found).toEqual(await (await open(inBfloat16)).run({}, given).read());
    } finally {
      await device.close();
      await inBfloat16.close();
    }
  });

  async function compare(device: t.Device, check: GradientCase): Promise<void> {
    const { name } = check;
    const { value, ...orders } = await run(interpreter, check);
    for (const dtype of ['float64', 'float32'] as const) {
      const found = await run(device, { ...check, inputs: castInputs(check.inputs, dtype) });
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
  }
});

async function run(device: t.Device, check: GradientCase): Promise<CheckedCase> {
  return (await runCases(device, [check])).get(check.name)!;
}
