import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LearnerRequest, openTestLearner } from '../../../test/support/open-learner.ts';
import { openSharing } from '../../../test/support/open-sharing.ts';
import { foldIn, initParams, keyFromSeed } from '../../core/index.ts';
import { createModel, MODELS, teacherSpecs } from '../../nn/index.ts';
import type { Device } from '../../tensor/index.ts';
import { createRetrievalWorld } from '../../worlds/index.ts';
import type { Learner, LearnerSnapshot, NamedArrays } from '../algorithm.ts';
import { nextToken } from '../next-token/next-token.ts';
import { dmt } from '../smt/dmt.ts';
import { smt } from '../smt/smt.ts';
import { teacherConfig } from '../smt/teacher-artifact.ts';
import { arraysToTree, nameArrays } from '../trainer.ts';
import { requireMemory } from './memory-model.ts';
import { drawBatch, inputsOf } from './task-batches.ts';

const world = createRetrievalWorld({ symbols: 4, sequenceLength: 9 });
const time = inputsOf(world);
const BATCH = 4;
const model = createModel(
  MODELS,
  'recurrent-transformer',
  { hiddenSize: 8, memoryTokens: 2, decoderLayers: 1, cellLayers: 1 },
  { vocabSize: world.vocabSize, contextLength: time },
);
const KEY = keyFromSeed(5);
// Two batches in turn, so that a few steps show in the loss.
const batch = (step: number) => drawBatch(world, KEY, step % 2, BATCH);
const HELD_OUT = [drawBatch(world, foldIn(KEY, 'held-out'), 0, BATCH)];
const PREFIXES = { encoderLayers: 1, supervision: { positions: 3 } };
const WINDOWS = {
  encoderLayers: 1,
  supervision: { positions: 3, contextLength: 5, futureLength: 4 },
};

let device: Device;
beforeAll(() => {
  device = openSharing();
});
afterAll(() => device.close());

/** Steps after which a learner is gone on from. */
const HALF = 4;

type Open = (snapshot?: LearnerSnapshot) => Promise<Learner>;

const request = (options: object, snapshot?: LearnerSnapshot): LearnerRequest => ({
  model,
  options,
  snapshot,
  key: KEY,
  data: { batchSize: BATCH, contextLength: time, weighted: true },
});
const openSmt = (options: object, snapshot?: LearnerSnapshot) =>
  openTestLearner(device, smt, request(options, snapshot));

/** A teacher that was never taught. */
const teacherOf = (given: object) => {
  const options = smt.options.parse(given);
  const config = teacherConfig(requireMemory('smt', model), options);
  return {
    arrays: nameArrays(initParams(teacherSpecs(config), foldIn(KEY, 'teacher'))),
    config: smt.leaves!(options).teacher,
  };
};
const openDmt = (gradientSteps: number, snapshot?: LearnerSnapshot, taught: object = PREFIXES) =>
  openTestLearner(device, dmt, {
    ...request({ every: 2, gradientSteps }, snapshot),
    artifacts: { teacher: teacherOf(taught) },
  });

const openBptt = (
  learnInitial: boolean,
  truncate: number | null = null,
  snapshot?: LearnerSnapshot,
) => openTestLearner(device, nextToken, request({ learnInitial, truncate }, snapshot));

const LEARNERS: [string, Open][] = [
  ['smt of all prefixes', (snapshot) => openSmt(PREFIXES, snapshot)],
  [
    'smt of sliding windows',
    (snapshot) => openSmt({ ...WINDOWS, encoder: 'bidirectional' }, snapshot),
  ],
  ['dmt', (snapshot) => openDmt(1, snapshot)],
  ['dmt through two steps', (snapshot) => openDmt(2, snapshot)],
  ['bptt', (snapshot) => openBptt(false, null, snapshot)],
  ['bptt truncated', (snapshot) => openBptt(true, 3, snapshot)],
  [
    'bptt with checkpoints',
    (snapshot) => openTestLearner(device, nextToken, request({ checkpointEvery: 2 }, snapshot)),
  ],
];

async function train(open: Open, first: number, last: number, from?: LearnerSnapshot) {
  const learner = await open(from);
  const metrics = [];
  let half: LearnerSnapshot | undefined;
  for (let step = first; step < last; step++) {
    if (step === HALF) half = await learner.snapshot();
    metrics.push(await learner.step(batch(step), { step, learningRate: 0.01 }));
  }
  const { loss, parts, series } = await learner.evaluate(HELD_OUT);
  const snapshot = await learner.snapshot();
  await learner.close();
  return { metrics, loss, parts: parts!, series: series!, snapshot, half };
}

describe.each(LEARNERS)('%s', (name, open) => {
  test('goes on from a snapshot to the same bits, and lowers its loss', async () => {
    const whole = await train(open, 0, 2 * HALF);
    const rest = await train(open, HALF, 2 * HALF, whole.half);
    expect(rest.metrics).toEqual(whole.metrics.slice(HALF));
    expect({ ...rest, metrics: [] }).toEqual({ ...whole, metrics: [] });
    const { teacherLoss, rolledOutLoss } = whole.parts;
    expect(whole.loss).toBeCloseTo((name.startsWith('smt') ? teacherLoss : rolledOutLoss)!, 10);
    const losses = whole.metrics.map(({ loss }) => loss);
    expect(losses[6]! + losses[7]!).toBeLessThan(losses[0]! + losses[1]!);
  });
});

const changed = (before: NamedArrays, after: NamedArrays) =>
  Object.keys(after).filter((path) => String(before[path]!.data) !== String(after[path]!.data));

test('SMT trains encoder, decoder and cell', async () => {
  const open: Open = (snapshot) => openSmt(PREFIXES, snapshot);
  const before = (await train(open, 0, 0)).snapshot.params;
  const after = (await train(open, 0, 2)).snapshot.params;
  expect(changed(before, after)).toEqual(Object.keys(after));
});

test('DMT trains the network with its initial state; BPTT leaves that at zero unless told', async () => {
  const initial = async (open: Open) =>
    Array.from((await train(open, 0, 2)).snapshot.params.initial!.data, Number);
  const moved = (values: number[]) => values.filter((x) => x !== 0).length;
  expect(moved(await initial((s) => openDmt(1, s)))).toBe(16);
  expect(moved(await initial((s) => openBptt(false, null, s)))).toBe(0);
  expect(moved(await initial((s) => openBptt(true, null, s)))).toBe(16);
});

test('SMT ends with the decoder as readout, and the teacher’s memory of nothing as initial state', async () => {
  const learner = await openSmt(PREFIXES);
  await learner.step(batch(0), { step: 0, learningRate: 0.01 });
  const before = await learner.evaluate(HELD_OUT);
  const artifacts = await learner.finish();
  await learner.close();
  const [network, teacher] = [artifacts.model!.arrays, artifacts.teacher!.arrays];
  const read = Object.keys(network).filter((name) => name.startsWith('readout.'));
  expect(read.length).toBeGreaterThan(5);
  for (const name of read) {
    expect(network[name], name).toEqual(teacher[name.replace('readout.', 'decoder.')]);
  }
  // The network by itself is what SMT measured.
  const alone = await openTestLearner(device, dmt, {
    ...request({ every: 4 }),
    artifacts,
    params: arraysToTree(dmt.specs(model, {} as never), network),
  });
  const after = await alone.evaluate(HELD_OUT);
  await alone.close();
  for (const [name, value] of Object.entries(before.parts!)) {
    expect(after.parts![name], name).toBeCloseTo(value, 4);
  }
  expect(before.series!.drift).toHaveLength(time);
  // And SMT goes on from what it left.
  const names = Object.keys((await train((s) => openSmt(PREFIXES, s), 0, 0)).snapshot.params);
  expect(Object.keys(smt.adopt!(artifacts)).sort()).toEqual(names.sort());
});

test('measures tell losses, hits, drift and rank', async () => {
  const measured = await train((s) => openSmt(PREFIXES, s), 0, 1);
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
  const full = await series((s) => openBptt(false, null, s));
  expect(full).toHaveLength(time);
  expect(full.every((x) => x > 0)).toBe(true);
  // Steps 6 and 7 lie after the last multiple of 3; the loss is at the end.
  const cut = await series((s) => openBptt(false, 3, s));
  expect(cut.map((x) => x > 0)).toEqual([false, false, false, false, false, false, true, true]);
  expect(cut.at(-1)).toBeCloseTo(full.at(-1)!, 6);
});

test.each<[string, Open]>([
  ['smt', (snapshot) => openSmt(PREFIXES, snapshot)],
  ['dmt', (snapshot) => openDmt(1, snapshot)],
  ['bptt', (snapshot) => openBptt(true, null, snapshot)],
])('%s in parts takes about the step of the whole batch', async (name, whole) => {
  const definition = { smt, dmt, bptt: nextToken }[name]!;
  const options = { smt: PREFIXES, dmt: { every: 2 }, bptt: {} }[name]!;
  const parts: Open = () =>
    openTestLearner(device, definition, {
      ...request(options),
      accumulate: 2,
      artifacts: { teacher: teacherOf(PREFIXES) },
    });
  const [a, b] = [await train(whole, 0, 1), await train(parts, 0, 1)];
  const [one, two] = [a.metrics[0]!, b.metrics[0]!];
  // Which memories the uniformity loss compares differs.
  const digits = name === 'smt' ? 2 : 4;
  expect(two.loss).toBeCloseTo(one.loss, digits);
  expect(two.gradientNorm).toBeCloseTo(one.gradientNorm, digits);
  const gradients = (metrics: typeof one) =>
    (metrics.series?.memoryGradients ?? []).map((x) => (Number.isNaN(x) ? -1 : x));
  const [p, q] = [gradients(one), gradients(two)];
  expect(q).toHaveLength(p.length);
  p.forEach((x, t) => {
    expect(q[t]).toBeCloseTo(x, digits);
  });
});

test('settings that do not go together are refused', async () => {
  await expect(openSmt(WINDOWS)).rejects.toThrow('causal encoder');
  await expect(openSmt({ supervision: { positions: 99 } })).rejects.toThrow('99 positions');
  await expect(openDmt(3)).rejects.toThrow('gradientSteps 3');
  const windows = { ...WINDOWS, encoder: 'bidirectional' };
  await (await openDmt(1, undefined, windows)).close();
  const whole = { ...windows, supervision: { ...WINDOWS.supervision, shortContexts: false } };
  await expect(openDmt(1, undefined, whole)).rejects.toThrow('has not seen contexts shorter');
  await expect(openBptt(false, 0)).rejects.toThrow('truncate');
  await expect(openTestLearner(device, dmt, request({ every: 2 }))).rejects.toThrow(
    "dmt needs the artifact 'teacher'",
  );
});
