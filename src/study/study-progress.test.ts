// What is passed on of what jobs tell.

import { afterEach, expect, test, vi } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import type { RunEvent } from '../run/events.ts';
import type { StudyJob } from './plan.ts';
import { createStudyProgress } from './study-progress.ts';

function job(id: string, after: readonly string[] = []): StudyJob {
  const stages = { source: { steps: 10 }, text: { steps: 30 } };
  return { id, label: `${id} seed 0`, after, recipe: { name: id, seed: 0, stages } };
}

const step = (stage: string, at: number): RunEvent => ({
  kind: 'step',
  arm: 'x',
  stage,
  step: at,
  steps: 30,
  loss: 2,
  learningRate: 0.1,
  gradientNorm: 1,
  tokensPerSecond: 5,
  etaSeconds: 1,
});

function listen(ended: readonly string[] = [], begun: readonly string[] = []) {
  const events: RunEvent[] = [];
  const progress = createStudyProgress({
    workers: 1,
    listener: (event) => events.push(event),
    hasEnded: ({ id }) => ended.includes(id),
    hasBegun: ({ id }) => begun.includes(id),
  });
  return { progress, events };
}

afterEach(() => vi.restoreAllMocks());

test('the time left is judged by the work that is left, of the stage under way and all after it', () => {
  vi.spyOn(performance, 'now')
    .mockReturnValueOnce(0)
    .mockReturnValueOnce(10_000)
    .mockReturnValue(11_000);
  const { progress, events } = listen();
  progress.setJobs([job('a'), job('b')]);
  const eta = () => (events.at(-1) as { etaSeconds: number }).etaSeconds;
  progress.tell('a', step('text', 15));
  // 25 of 80 steps in 10 seconds.
  expect(eta()).toBeCloseTo(22, 9);
  progress.tell('a', step('text', 30));
  progress.finish('a');
  expect(eta()).toBeCloseTo(11, 9);
  progress.finish('b');
  expect(eta()).toBe(0);
  expect(events.at(-1)).toMatchObject({ kind: 'job', job: 'b seed 0', done: 2, total: 2 });
});

test('what a process before has done of a job tells nothing of the time left', () => {
  vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(10_000);
  const { progress, events } = listen([], ['a']);
  progress.setJobs([job('a'), job('b')]);
  const eta = () => (events.at(-1) as { etaSeconds: number }).etaSeconds;
  progress.tell('a', step('text', 20));
  // By the speed that the job tells, 5 tokens per second: 50 steps of 128 tokens are left.
  expect(eta()).toBe((50 * 128) / 5);
  // 5 steps in 10 seconds: 5 are left of this job, and 40 of the other.
  progress.tell('a', step('text', 25));
  expect(eta()).toBe(90);
  progress.tell('b', step('source', 5));
  expect(eta()).toBe(40);
});

test('jobs that ended before are done, and those that a choice adds are not', () => {
  const { progress, events } = listen(['a']);
  progress.setJobs([job('a'), job('b')]);
  expect(events.at(-1)).toEqual({ kind: 'study-begins', done: 1, total: 2 });
  progress.finish('b');
  progress.setJobs([job('a'), job('c'), job('d')]);
  expect(events.at(-1)).toEqual({ kind: 'study-begins', done: 1, total: 3 });
});

test('a loss that is no number is one again, and a job ends once', () => {
  const { progress, events } = listen();
  progress.setJobs([job('a')]);
  const told = JSON.parse(JSON.stringify({ ...step('text', 3), loss: Number.NaN }));
  progress.tell('a', told);
  expect(events.at(-1)).toMatchObject({ arm: 'a seed 0', loss: Number.NaN, gradientNorm: 1 });
  progress.finish('a');
  progress.finish('a');
  expect(events.filter(({ kind }) => kind === 'job')).toHaveLength(1);
});

test('a gate is told by the job that trained its model alone', () => {
  const { progress, events } = listen();
  progress.setJobs([job('a'), job('b', ['a'])]);
  const gate: RunEvent = { kind: 'gate', gate: gateResult(), arm: 'x' };
  progress.tell('a', gate);
  progress.tell('b', gate);
  const gates = events.filter(({ kind }) => kind === 'gate');
  expect(gates).toMatchObject([{ arm: 'a seed 0' }]);
});
