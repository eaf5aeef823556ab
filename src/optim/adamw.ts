// AdamW (Loshchilov and Hutter 2019).

import { z } from 'zod';
import { arrayOf, type ParamSpec } from '../core/index.ts';
import { add, div, mul, sqrt, square, sub } from '../tensor/tracing.ts';
import { defineOptimizer } from './optimizer.ts';

const beta = z.number().min(0).lt(1);

const options = z.strictObject({
  betas: z
    .tuple([beta, beta])
    .default([0.9, 0.95])
    .describe('Decay rates of the first and second moment, per step.'),
  epsilon: z
    .number()
    .positive()
    .default(1e-8)
    .describe(
      'Added to the square root of the second moment, to bound updates where gradients are small.',
    ),
  weightDecay: z
    .number()
    .nonnegative()
    .default(0)
    .describe(
      'Decoupled weight decay: in each step a weight shrinks by this times the learning rate.',
    ),
  decay: z
    .enum(['matrices', 'all'])
    .default('matrices')
    .describe(
      'Which parameters decay: matrices (those with two or more axes, so no gains or biases), or all.',
    ),
});

export type AdamwOptions = z.output<typeof options>;

/** Whether weight decay applies to a parameter; `decay` of its spec takes precedence over its number of axes. */
export function decays(
  { decay, shape }: Pick<ParamSpec, 'decay' | 'shape'>,
  { weightDecay, decay: what }: Pick<AdamwOptions, 'weightDecay' | 'decay'>,
): boolean {
  if (weightDecay === 0) return false;
  return what === 'all' || (decay ?? shape.length >= 2);
}

/**
 * m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p − lr·(m̂ / (√v̂ + ε) + decay·p).
 *
 * The scalars `correction1` and `correction2` are 1 / (1 − β₁^t) and 1 / (1 − β₂^t), which undo the moments' bias
 * toward zero.
 */
export const adamw = defineOptimizer({
  kind: 'adamw',
  source: 'Loshchilov and Hutter 2019, arXiv 1711.05101',
  description: 'Adam with decoupled weight decay.',
  options,
  create: (given) => {
    const [beta1, beta2] = given.betas;
    return {
      kind: 'adamw',
      elementwise: true,
      slots: ({ dtype, shape }) => ({ m: { dtype, shape }, v: { dtype, shape } }),
      scalars: (step, learningRate, dtype) => ({
        learningRate: arrayOf(dtype, [], learningRate),
        correction1: arrayOf(dtype, [], 1 / (1 - beta1 ** (step + 1))),
        correction2: arrayOf(dtype, [], 1 / (1 - beta2 ** (step + 1))),
      }),
      update(params, scalars) {
        const { learningRate, correction1, correction2 } = scalars;
        // m̂ / (√v̂ + ε) with the corrections moved into scalars: two operations per element less.
        const inflate = sqrt(correction2!);
        const stepSize = div(mul(learningRate!, correction1!), inflate);
        const epsilon = div(given.epsilon, inflate);
        const keep = sub(1, mul(learningRate!, given.weightDecay));
        return params.map(({ spec, value, gradient, slots }) => {
          const m = add(mul(slots.m!, beta1), mul(gradient, 1 - beta1));
          const v = add(mul(slots.v!, beta2), mul(square(gradient), 1 - beta2));
          const move = mul(div(m, add(sqrt(v), epsilon)), stepSize);
          const kept = decays(spec, given) ? mul(value, keep) : value;
          return { value: sub(kept, move), slots: { m, v } };
        });
      },
    };
  },
});
