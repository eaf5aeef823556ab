import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeOptions } from './describe-options.ts';

test('keys have types with their limits, defaults and meanings, those of alternatives by kind', () => {
  const warmup = z.number().min(0).max(1).describe('Rise.');
  const options = z.strictObject({
    count: z.int().positive().max(1e12).default(3).describe('How many.'),
    size: z.enum(['small', 'large']).optional().describe('How large.'),
    parts: z.array(z.union([z.int(), z.literal('all')])).describe('Which.'),
    inner: z.strictObject({ flag: z.boolean().default(true).describe('Whether.') }).prefault({}),
    shape: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('flat'), warmup: warmup.default(0) }),
        z.strictObject({ kind: z.literal('round'), warmup: warmup.default(0.1) }),
        z.strictObject({ kind: z.literal('steep'), warmup: warmup.default(0.1) }),
      ])
      .prefault({ kind: 'round' })
      .describe('Of the curve.'),
  });
  const rise = { key: 'shape.warmup', type: 'number ≥ 0, ≤ 1', required: false };
  expect(describeOptions(options)).toEqual([
    { key: 'count', type: 'integer > 0', default: 3, required: false, description: 'How many.' },
    { key: 'size', type: '"small" | "large"', required: false, description: 'How large.' },
    { key: 'parts', type: 'list of integer | "all"', required: true, description: 'Which.' },
    { key: 'inner', type: 'object', default: {}, required: false, description: '' },
    { key: 'inner.flag', type: 'boolean', default: true, required: false, description: 'Whether.' },
    {
      key: 'shape',
      type: 'object of kind flat | round | steep',
      default: { kind: 'round' },
      required: false,
      description: 'Of the curve.',
    },
    { ...rise, of: ['flat'], default: 0, description: 'Rise.' },
    { ...rise, of: ['round', 'steep'], default: 0.1, description: 'Rise.' },
  ]);
});
