import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foldIn, keyFromSeed, type NdArray } from '../../core/index.ts';
import {
  deriveMemoryConfig,
  initRecurrent,
  type MemoryConfig,
  type RecurrentParams,
  recurrentSpecs,
} from '../../nn/index.ts';
import { type Device, openDevice } from '../../tensor/index.ts';
import { createRetrievalWorld } from '../../worlds/index.ts';
import { openBpttLearner } from '../bptt/bptt-learner.ts';
import type { Learner, LearnerSnapshot, NamedArrays } from '../learner.ts';
import { DMT_WEIGHTS } from '../smt/dmt-forward.ts';
import { dmtTrainer, openDmtLearner } from '../smt/dmt-learner.ts';
import { SMT_WEIGHTS } from '../smt/smt-forward.ts';
import { initSmt, openSmtLearner, smtSpecs } from '../smt/smt-learner.ts';
import type { Supervision } from '../smt/supervision.ts';
import { arraysToTree } from '../trainer.ts';
import type { SequenceBatch } from './sequence-batch.ts';
import { drawBatch, inputsOf } from './task-batches.ts';

const world = createRetrievalWorld({ symbols: 4, sequenceLength: 9 });
const time = inputsOf(world);
const BATCH = 4;
const config = deriveMemoryConfig(
  { hiddenSize: 8, memoryTokens: 2, encoderLayers: 1, decoderLayers: 1, cellLayers: 1 },
  world.vocabSize,
);
const optimizer = { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 } as const;
const KEY = keyFromSeed(5);
// Two batches in turn, so that a few steps show in the loss.
const batch = (step: number) => drawBatch(world, KEY, step % 2, BATCH);
const HELD_OUT = [drawBatch(world, foldIn(KEY, 'held-out'), 0, BATCH)];
const PREFIXES: Supervision = { positions: 3, shortContexts: true };
const WINDOWS: Supervision = {
  positions: 3,
  shortContexts: true,
  contextLength: 5,
  futureLength: 4,
};

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

type Open = (snapshot?: LearnerSnapshot) => Promise<Learner<SequenceBatch>>;

const openSmt = (model: MemoryConfig, supervision: Supervision, snapshot?: LearnerSnapshot) =>
  openSmtLearner(
    device,
    {
      config: model,
      batchSize: BATCH,
      time,
      supervision,
      weights: SMT_WEIGHTS,
      optimizer,
      key: KEY,
    },
    snapshot
      ? {
          params: arraysToTree(smtSpecs(model), snapshot.params),
          optimizer: snapshot.optimizer,
        }
      : { params: initSmt(model, KEY) },
  );

const network = (snapshot: LearnerSnapshot | undefined): RecurrentParams<NdArray> =>
  snapshot ? arraysToTree(recurrentSpecs(config), snapshot.params) : initRecurrent(config, KEY);

const openDmt = (gradientSteps: number, snapshot?: LearnerSnapshot) =>
  openDmtLearner(
    device,
    {
      config,
      batchSize: BATCH,
      time,
      supervision: PREFIXES,
      schedule: { every: 2, gradientSteps },
      weights: DMT_WEIGHTS,
      optimizer,
    },
    {
      params: network(snapshot),
      teacher: initSmt(config, KEY).teacher,
      ...(snapshot ? { optimizer: snapshot.optimizer } : {}),
    },
  );

const openBptt = (learnInitial: boolean, truncation?: number, snapshot?: LearnerSnapshot) =>
  openBpttLearner(
    device,
    { config, batchSize: BATCH, time, learnInitial, truncation, optimizer },
    { params: network(snapshot), ...(snapshot ? { optimizer: snapshot.optimizer } : {}) },
  );

const bidirectional = { ...config, encoder: 'bidirectional' } as const;
const LEARNERS: [string, Open][] = [
  ['smt of all prefixes', (snapshot) => openSmt(config, PREFIXES, snapshot)],
  ['smt of sliding windows', (snapshot) => openSmt(bidirectional, WINDOWS, snapshot)],
  ['dmt', (snapshot) => openDmt(1, snapshot)],
  ['dmt through two steps', (snapshot) => openDmt(2, snapshot)],
  ['bptt', (snapshot) => openBptt(false, undefined, snapshot)],
  ['bptt truncated', (snapshot) => openBptt(true, 3, snapshot)],
];

async function train(open: Open, first: number, last: number, from?: LearnerSnapshot) {
  const learner = await open(from);
  const metrics = [];
  for (let step = first; step < last; step++) {
    metrics.push(await learner.step(batch(step), { step, learningRate: 0.01 }));
  }
  const [loss, measured, snapshot] = [
    await learner.evaluate(HELD_OUT),
    await learner.measure!(HELD_OUT),
    await learner.snapshot(),
  ];
  await learner.close();
  return { metrics, loss, measured, snapshot };
}

describe.each(LEARNERS)('%s', (name, open) => {
  test('goes on from a snapshot to the same bits, and lowers its loss', async () => {
    const whole = await train(open, 0, 8);
    const half = await train(open, 0, 4);
    const rest = await train(open, 4, 8, half.snapshot);
    expect([...half.metrics, ...rest.metrics]).toEqual(whole.metrics);
    expect(rest.snapshot).toEqual(whole.snapshot);
    expect([rest.loss, rest.measured]).toEqual([whole.loss, whole.measured]);
    const { teacherLoss, rolledOutLoss } = whole.measured.parts;
    expect(whole.loss).toBeCloseTo((name.startsWith('smt') ? teacherLoss : rolledOutLoss)!, 10);
    const losses = whole.metrics.map(({ loss }) => loss);
    expect(losses[6]! + losses[7]!).toBeLessThan(losses[0]! + losses[1]!);
  });
});

const changed = (before: NamedArrays, after: NamedArrays) =>
  Object.keys(after).filter((path) => String(before[path]!.data) !== String(after[path]!.data));

test('SMT trains encoder, decoder and cell', async () => {
  const open: Open = (snapshot) => openSmt(config, PREFIXES, snapshot);
  const before = (await train(open, 0, 0)).snapshot.params;
  const after = (await train(open, 0, 2)).snapshot.params;
  expect(changed(before, after)).toEqual(Object.keys(after));
});

test('DMT trains the network with its initial state; BPTT leaves that at zero unless told', async () => {
  const initial = async (open: Open) =>
    Array.from((await train(open, 0, 2)).snapshot.params.initial!.data, Number);
  const moved = (values: number[]) => values.filter((x) => x !== 0).length;
  expect(moved(await initial((s) => openDmt(1, s)))).toBe(16);
  expect(moved(await initial((s) => openBptt(false, undefined, s)))).toBe(0);
  expect(moved(await initial((s) => openBptt(true, undefined, s)))).toBe(16);
});

test('SMT ends with the decoder as readout, and the teacher’s memory of nothing as initial state', async () => {
  const learner = await openSmt(config, PREFIXES);
  await learner.step(batch(0), { step: 0, learningRate: 0.01 });
  const before = await learner.measure!(HELD_OUT);
  const { network: found, teacher } = await learner.finish();
  await learner.close();
  expect(found.readout.head).toEqual(teacher.decoder.head);
  expect(found.readout.layers).toEqual(teacher.decoder.layers);
  // The network by itself is what SMT measured.
  const dmt = await openDmtLearner(
    device,
    {
      config,
      batchSize: BATCH,
      time,
      supervision: PREFIXES,
      schedule: { every: 4, gradientSteps: 1 },
      weights: DMT_WEIGHTS,
      optimizer,
    },
    { params: found, teacher },
  );
  const after = await dmt.measure!(HELD_OUT);
  await dmt.close();
  for (const [name, value] of Object.entries(before.parts)) {
    expect(after.parts[name], name).toBeCloseTo(value, 4);
  }
  expect(before.series.drift).toHaveLength(time);
});

test('measures tell losses, hits, drift and rank', async () => {
  const { measured } = await train((s) => openSmt(config, PREFIXES, s), 0, 1);
  expect(Object.keys(measured.parts).sort()).toEqual([
    'drift',
    'driftAtEnd',
    'effectiveRank',
    'oneStepAccuracy',
    'oneStepLoss',
    'rolledOutAccuracy',
    'rolledOutLoss',
    'teacherAccuracy',
    'teacherLoss',
    'teacherRank',
  ]);
  const drift = measured.series.drift!;
  expect(measured.parts.driftAtEnd).toBe(drift.at(-1));
  expect(measured.parts.drift).toBeCloseTo(drift.reduce((a, b) => a + b) / time, 10);
  // One target a sequence, the last one.
  const losses = measured.series.rolledOutLoss!;
  expect(losses.slice(0, -1).every(Number.isNaN)).toBe(true);
  expect(losses.at(-1)).toBeCloseTo(measured.parts.rolledOutLoss!, 10);
});

test('gradients with regard to memories: BPTT truncated sees none before the cut', async () => {
  const series = async (open: Open) =>
    (await train(open, 0, 1)).metrics[0]!.series!.memoryGradients!;
  const full = await series((s) => openBptt(false, undefined, s));
  expect(full).toHaveLength(time);
  expect(full.every((x) => x > 0)).toBe(true);
  // Steps 6 and 7 lie after the last multiple of 3; the loss is at the end.
  const cut = await series((s) => openBptt(false, 3, s));
  expect(cut.map((x) => x > 0)).toEqual([false, false, false, false, false, false, true, true]);
  expect(cut.at(-1)).toBeCloseTo(full.at(-1)!, 6);
});

test('settings that do not go together are refused', async () => {
  await expect(openSmt(config, WINDOWS)).rejects.toThrow('causal encoder');
  await expect(openSmt(config, { ...PREFIXES, positions: 99 })).rejects.toThrow('99 positions');
  await expect(openDmt(3)).rejects.toThrow('gradientSteps 3');
  const dmt = (supervision: Supervision) =>
    dmtTrainer({
      config: bidirectional,
      batchSize: BATCH,
      time,
      supervision,
      schedule: { every: 2, gradientSteps: 1 },
      weights: DMT_WEIGHTS,
      optimizer,
    });
  expect(() => dmt(WINDOWS)).not.toThrow();
  expect(() => dmt({ ...WINDOWS, shortContexts: false })).toThrow('never saw a context shorter');
  await expect(openBptt(false, 0)).rejects.toThrow('truncation is 0');
});
