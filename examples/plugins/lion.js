// Lion (Chen et al. 2023, arXiv 2302.06675): every parameter moves by the learning rate, in the direction of the sign of
// an average of gradients. It keeps one moment where Adam keeps two.

import { arrayOf } from 'primordia/core';
import { defineOptimizer } from 'primordia/optim';
import { add, mul, sign, sub } from 'primordia/tensor';
import { z } from 'zod';

const share = z.number().min(0).lt(1);

const options = z.strictObject({
  beta1: share.default(0.9).describe('Share of the moment in the direction of a step.'),
  beta2: share.default(0.99).describe('Share of the moment that is kept.'),
  weightDecay: z
    .number()
    .nonnegative()
    .default(0)
    .describe('Share of a matrix that goes per step, times the learning rate.'),
});

export const lion = defineOptimizer({
  kind: 'lion',
  source: 'Chen et al. 2023, arXiv 2302.06675',
  description: 'Steps of one size in the direction of the sign of averaged gradients.',
  options,
  create: ({ beta1, beta2, weightDecay }) => ({
    kind: 'lion',
    slots: ({ dtype, shape }) => ({ m: { dtype, shape } }),
    scalars: (_step, learningRate, dtype) => ({ learningRate: arrayOf(dtype, [], learningRate) }),
    update: (params, { learningRate }) =>
      params.map(({ spec, value, gradient, slots }) => {
        const average = (beta) => add(mul(slots.m, beta), mul(gradient, 1 - beta));
        const decays = weightDecay > 0 && (spec.decay ?? spec.shape.length >= 2);
        const kept = decays ? mul(value, sub(1, mul(learningRate, weightDecay))) : value;
        const moved = sub(kept, mul(learningRate, sign(average(beta1))));
        return { value: moved, slots: { m: average(beta2) } };
      }),
  }),
});

export default { optimizers: [lion] };
