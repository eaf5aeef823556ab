// What "parallel in time" means: the longest chain of operations of a step, as sequences grow.

import { expect, test } from 'vitest';
import { OPTIMIZER } from '../../../test/support/open-learner.ts';
import { createRecurrent, deriveMemoryConfig, type MemoryModelOptions } from '../../nn/index.ts';
import { nextToken } from '../next-token/next-token.ts';
import { dmt, dmtStep } from '../smt/dmt.ts';
import { smt } from '../smt/smt.ts';
import { describeStep } from '../train-step.ts';
import { requireMemory } from './memory-model.ts';

const MODEL = {
  hiddenSize: 4,
  memoryTokens: 2,
  decoderLayers: 1,
  cellLayers: 1,
};
const TEACHER = { encoderLayers: 1, supervision: { positions: 2 } };
const TIMES = [8, 12, 24];

const planOf = <O>(options: O, time: number, model: MemoryModelOptions = {}) => ({
  model: createRecurrent(deriveMemoryConfig({ ...MODEL, ...model }, 5)),
  accumulate: 1,
  options,
  ...OPTIMIZER,
  data: {
    vocabSize: 5,
    contextLength: time,
    batchSize: 2,
    firstPosition: 0,
    order: 'independent' as const,
    weighted: true,
  },
});

const ofSmt = (time: number, teacher: object, supervision = {}, model: MemoryModelOptions = {}) => {
  const options = { ...TEACHER, supervision: { ...TEACHER.supervision, ...supervision } };
  const plan = planOf(smt.options.parse({ ...options, ...teacher }), time, model);
  return smt.facts!(plan, {}).depth;
};
/** Of the step in parallel that follows the rollout. */
const ofDmt = (time: number, gradientSteps: number) => {
  const plan = planOf(dmt.options.parse({ every: 4, gradientSteps }), time);
  return describeStep(dmtStep(plan, requireMemory('dmt', plan.model))).depth;
};
const bptt = (time: number, truncate: number | null = null) =>
  nextToken.facts!(planOf({ learnInitial: false, truncate, checkpointEvery: null }, time), {})
    .depth;

test.each<[string, (time: number) => number]>([
  ['SMT of all prefixes', (time) => ofSmt(time, { encoder: 'causal' })],
  ['SMT of every position', (time) => ofSmt(time, { encoder: 'causal' }, { positions: 'all' })],
  ['SMT of contexts one by one', (time) => ofSmt(time, { encoder: 'bidirectional' })],
  [
    'SMT of sliding windows',
    (time) => ofSmt(time, { encoder: 'bidirectional' }, { contextLength: 8, futureLength: 4 }),
  ],
  ['SMT of another cell', (time) => ofSmt(time, {}, {}, { cell: 'gru' })],
  ['DMT', (time) => ofDmt(time, 1)],
  ['DMT through four steps', (time) => ofDmt(time, 4)],
])('%s: the depth of a step does not depend on the length', (_, depth) => {
  const depths = TIMES.map(depth);
  expect(depths[0]).toBeGreaterThan(20);
  expect(new Set(depths).size).toBe(1);
});

test('BPTT: the depth grows with the length, as much for each step', () => {
  const [short, middle, long] = TIMES.map((time) => bptt(time)) as [number, number, number];
  const perStep = (middle - short) / 4;
  expect(perStep).toBeGreaterThan(20);
  expect((long - middle) / 12).toBeCloseTo(perStep, 6);
});

test('BPTT truncated still goes forward step by step, but not back', () => {
  const full = bptt(24) - bptt(8);
  const truncated = bptt(24, 4) - bptt(8, 4);
  expect(truncated).toBeGreaterThan(0);
  expect(truncated).toBeLessThan(0.6 * full);
});

test('DMT as a whole grows with the length of its rollout', () => {
  const [short, middle, long] = TIMES.map(
    (time) => dmt.facts!(planOf(dmt.options.parse({ every: 4 }), time), { teacher: TEACHER }).depth,
  ) as [number, number, number];
  expect(middle - short).toBeGreaterThan(4 * 10);
  expect((long - middle) / 12).toBe((middle - short) / 4);
});

test('DMT through more steps is deeper by those', () => {
  // Through one step, the readout of what was rolled out is the longer way.
  const depths = [2, 3, 4].map((steps) => ofDmt(8, steps)) as [number, number, number];
  expect(depths[1]).toBeGreaterThan(depths[0]);
  expect(depths[2] - depths[1]).toBe(depths[1] - depths[0]);
});
