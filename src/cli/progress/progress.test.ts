import { describe, expect, test } from 'vitest';
import {
  advance,
  beginProgress,
  currentStage,
  isComplete,
  type Progress,
  planStages,
  stageEtaSeconds,
  wholeEtaSeconds,
} from './progress.ts';

const SOURCE = { id: 'source', unit: 'steps', total: 100, cost: 10 };
const TEXT = { id: 'text', unit: 'steps', total: 50, cost: 40 };

/** Both stages, begun at 1,000 ms. */
const plan = () => planStages(beginProgress(1000), [SOURCE, TEXT]);
const etas = (progress: Progress, nowMs: number) => [
  stageEtaSeconds(progress, nowMs),
  wholeEtaSeconds(progress, nowMs),
];

describe('time that is left', () => {
  test('is not known before anything is done', () => {
    expect(currentStage(plan())).toBeNull();
    expect(etas(plan(), 1000)).toEqual([null, null]);
    expect(etas(advance(plan(), { stage: 'source', done: 0 }, 2000), 2000)).toEqual([null, null]);
  });

  test('follows from the measured speed: of the stage, and by cost of those after it', () => {
    // 20 steps in 10 s leave 80 of half a second; a step of the other stage costs four times as much.
    const progress = advance(plan(), { stage: 'source', done: 20 }, 11_000);
    expect(etas(progress, 11_000)).toEqual([40, 40 + 50 * 4 * 0.5]);
    expect(currentStage(progress)!.rate).toEqual({ perSecond: 2, unit: 'steps' });
  });

  test('leaves out what was there before', () => {
    const resumed = advance(plan(), { stage: 'source', done: 60, kept: 60 }, 1010);
    expect(etas(resumed, 1010)).toEqual([null, null]);
    const progress = advance(resumed, { stage: 'source', done: 80 }, 11_000);
    expect(etas(progress, 11_000)).toEqual([10, 10 + 50 * 4 * 0.5]);
    expect(currentStage(progress)!.rate).toEqual({ perSecond: 2, unit: 'steps' });
  });

  test('gets less while nothing is told, and is never negative', () => {
    const progress = advance(plan(), { stage: 'source', done: 20 }, 11_000);
    expect(etas(progress, 14_000)).toEqual([37, 137]);
    expect(stageEtaSeconds(progress, 99_000)).toBe(0);
  });

  test('is what the work itself says, where it does, as for a run that was resumed', () => {
    const change = { stage: 'source', done: 80, etaSeconds: 60 };
    const progress = advance(plan(), change, 2000);
    expect(etas(progress, 2000)).toEqual([60, 60 + 50 * 4 * 3]);
    const rate = { perSecond: 7, unit: 'tokens' };
    expect(currentStage(advance(progress, { ...change, rate }, 3000))!.rate).toEqual(rate);
  });

  test('at the end of a stage is that of the others, by its last speed', () => {
    const before = advance(plan(), { stage: 'source', done: 80, etaSeconds: 60 }, 2000);
    const progress = advance(before, { stage: 'source', done: 100, etaSeconds: 0 }, 62_000);
    expect(isComplete(currentStage(progress)!)).toBe(true);
    expect(etas(progress, 62_000)).toEqual([0, 600]);
  });

  test('of the whole is not known where a later total is not', () => {
    const unknown = planStages(plan(), [{ id: 'last', unit: 'files', total: null }]);
    const progress = advance(unknown, { stage: 'source', done: 20 }, 11_000);
    expect(etas(progress, 11_000)).toEqual([40, null]);
  });
});

test('a stage begins where the one before was last told of; earlier ones are over', () => {
  const first = advance(plan(), { stage: 'source', done: 100 }, 11_000);
  const progress = advance(first, { stage: 'text', done: 10 }, 21_000);
  expect(currentStage(progress)).toMatchObject({ id: 'text', beganMs: 11_000, secondsPerUnit: 1 });
  expect(etas(progress, 21_000)).toEqual([40, 40]);
  const skipping = advance(plan(), { stage: 'text', done: 25 }, 26_000);
  expect(etas(skipping, 26_000)).toEqual([25, 25]);
});

test('a plan adds what is not planned yet, and changes nothing else', () => {
  const begun = advance(plan(), { stage: 'source', done: 20 }, 11_000);
  expect(planStages(begun, [SOURCE, TEXT])).toEqual(begun);
  const more = planStages(begun, [
    { ...SOURCE, total: 7 },
    { ...TEXT, id: 'more' },
  ]);
  expect(more.stages.map(({ id, total, done }) => [id, total, done])).toEqual([
    ['source', 100, 20],
    ['text', 50, 0],
    ['more', 50, 0],
  ]);
});

test('a total may turn out to be another; details stay until there are others', () => {
  const told = advance(plan(), { stage: 'source', done: 1, total: 2, details: ['a'] }, 2000);
  const progress = advance(told, { stage: 'source', done: 2 }, 3000);
  expect(currentStage(progress)).toMatchObject({ total: 2, details: ['a'] });
  expect(isComplete(currentStage(progress)!)).toBe(true);
});

test('a stage that nobody planned is an internal error', () => {
  expect(() => advance(plan(), { stage: 'other', done: 1 }, 0)).toThrow("no stage 'other'");
});
