import { expect, test } from 'vitest';
import { spec } from '../../../core/index.ts';
import { type AttentionOptions, attention, gradients, mean, type Precision } from '../../index.ts';
import { traceProgram } from '../../program.ts';
import { DEFAULT_BLOCKS } from './expansions.ts';
import { lowerProgram } from './lower-program.ts';

const FUSED = { ...DEFAULT_BLOCKS, fusesAttention: true };

/** Attention of 300 queries with its derivative. */
function textOf(
  options: AttentionOptions & { precision?: Precision; size?: number; drops?: boolean } = {},
): string {
  const { precision = 'bfloat16', size = 64, drops = false, ...rest } = options;
  const shape = spec('float32', [2, 3, 300, size]);
  const traced = traceProgram(
    {
      states: {},
      inputs: { q: shape, k: shape, v: shape, key: spec('int32', [2]) },
      build: (_, { q, k, v, key }) => {
        const dropout = { rate: 0.1, key, stream: 1 };
        const loss = mean(attention(q, k, v, { ...rest, ...(drops ? { dropout } : {}) }));
        return { outputs: [loss, ...gradients(loss, [q, k, v])] };
      },
    },
    precision,
  );
  return lowerProgram(traced, undefined, FUSED).text;
}

const configs = (text: string) =>
  [...text.matchAll(/backend_config = ("(?:[^"\\]|\\.)*")/g)].map(
    ([, quoted]) => JSON.parse(JSON.parse(quoted!) as string).cudnn_fmha_backend_config,
  );

test('attention and its derivative are a call of cuDNN each, and no scores exist', () => {
  const text = textOf({ causal: true, scale: 0.25 });
  const shape = 'tensor<2x3x300x64xbf16>';
  const three = [shape, shape, shape].join(', ');
  expect(text.match(/@__cudnn\$\w+/g)).toEqual([
    '@__cudnn$fmhaSoftmax',
    '@__cudnn$fmhaSoftmaxBackward',
  ]);
  expect(text).toContain(`: (${three}) -> (${shape}, tensor<2x3x300xf32>, tensor<0xui8>)`);
  expect(text).toContain(
    `: (${three}, tensor<2x3x300xf32>, ${shape}, ${shape}) -> (${three}, tensor<0xui8>)`,
  );
  expect(text).not.toMatch(/tensor<2x3x\d+x300x/);
  const [forward, backward] = configs(text);
  for (const config of [forward, backward]) {
    expect(config).toMatchObject({ fmha_scale: 0.25, mask_type: 'CAUSAL' });
    expect(config.intermediate_tensor_shape.dimensions).toEqual(['2', '3', '300', '300']);
  }
  expect(backward.force_deterministic).toBe(true);
});

test('attention to all keys has no mask', () => {
  expect(configs(textOf({ causal: false }))[0].mask_type).toBe('NO_MASK');
});

test.each<[string, Parameters<typeof textOf>[0]]>([
  ['float32', { precision: 'float32' }],
  ['dropout', { drops: true }],
  ['heads of 12', { size: 12 }],
  ['heads of 256', { size: 256 }],
])('what cuDNN does not compute is computed in blocks: %s', (_, options) => {
  expect(textOf({ causal: true, ...options })).not.toContain('custom_call');
});
