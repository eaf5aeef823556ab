// What "parallel in time" means: the longest chain of operations of a step, as sequences grow.

import { expect, test } from 'vitest';
import { deriveMemoryConfig, type MemoryModelOptions } from '../../nn/index.ts';
import { programDepth } from '../../tensor/index.ts';
import { bpttTrainer } from '../bptt/bptt-learner.ts';
import { DMT_WEIGHTS } from '../smt/dmt-forward.ts';
import { dmtTrainer } from '../smt/dmt-learner.ts';
import { SMT_WEIGHTS } from '../smt/smt-forward.ts';
import { smtTrainer } from '../smt/smt-learner.ts';
import { type TrainerOptions, trainerProgram } from '../trainer.ts';

const MODEL = {
  hiddenSize: 4,
  memoryTokens: 2,
  encoderLayers: 1,
  decoderLayers: 1,
  cellLayers: 1,
};
const OPTIMIZER = { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 } as const;
const ALL = { positions: 2, shortContexts: true } as const;
const TIMES = [8, 12, 24];

/** The depth of a step's gradients: they are what `gradientNorm` waits for. */
function stepDepth<P>(options: TrainerOptions<P>): number {
  return programDepth(trainerProgram(options));
}

const common = (time: number, model: MemoryModelOptions = MODEL) => ({
  config: deriveMemoryConfig(model, 5),
  batchSize: 2,
  time,
  optimizer: OPTIMIZER,
});
const smt = (time: number, model: MemoryModelOptions, supervision = {}) =>
  stepDepth(
    smtTrainer({
      ...common(time, { ...MODEL, ...model }),
      supervision: { ...ALL, ...supervision },
      weights: SMT_WEIGHTS,
      key: [0, 0],
    }),
  );
const dmt = (time: number, gradientSteps: number) =>
  stepDepth(
    dmtTrainer({
      ...common(time),
      supervision: ALL,
      schedule: { every: 4, gradientSteps },
      weights: DMT_WEIGHTS,
    }),
  );
const bptt = (time: number, truncation?: number) =>
  stepDepth(bpttTrainer({ ...common(time), learnInitial: false, truncation }));

test.each<[string, (time: number) => number]>([
  ['SMT of all prefixes', (time) => smt(time, { encoder: 'causal' })],
  ['SMT of every position', (time) => smt(time, { encoder: 'causal' }, { positions: 'all' })],
  ['SMT of contexts one by one', (time) => smt(time, { encoder: 'bidirectional' })],
  [
    'SMT of sliding windows',
    (time) => smt(time, { encoder: 'bidirectional' }, { contextLength: 8, futureLength: 4 }),
  ],
  ['SMT of another cell', (time) => smt(time, { cell: 'gru' })],
  ['DMT', (time) => dmt(time, 1)],
  ['DMT through four steps', (time) => dmt(time, 4)],
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

test('DMT through more steps is deeper by those', () => {
  // Through one step, the readout of what was rolled out is the longer way.
  const depths = [2, 3, 4].map((steps) => dmt(8, steps)) as [number, number, number];
  expect(depths[1]).toBeGreaterThan(depths[0]);
  expect(depths[2] - depths[1]).toBe(depths[1] - depths[0]);
});
