import { describe, expect, test } from 'vitest';
import { gateResult } from '../../../test/support/gate-result.ts';
import { openOutput } from '../../../test/support/open-output.ts';
import type { RunEvent } from '../../run/index.ts';
import { createTrainingListener } from './training-progress.ts';

const step = (at: number, etaSeconds = 75, arm = 'nca'): RunEvent => ({
  kind: 'step',
  arm,
  stage: 'text',
  step: at,
  steps: 10,
  loss: 2.34567,
  etaSeconds,
  learningRate: 0.1,
  gradientNorm: 1,
  tokensPerSecond: 12_345.6,
});
const evaluation: RunEvent = {
  kind: 'evaluation',
  arm: 'nca',
  stage: 'text',
  step: 5,
  tokens: 20_480,
  heldOutLoss: 2.5,
};
const checkpoint: RunEvent = { kind: 'checkpoint', path: 'x', stage: 'text', step: 5 };
const gate: RunEvent = {
  kind: 'gate',
  gate: gateResult({ verdict: 'nothing', reasons: ['a reason'] }),
};
const begins: RunEvent = {
  kind: 'run-begins',
  arm: 'nca',
  stages: [
    { name: 'source', steps: 30, tokensPerStep: 100 },
    { name: 'text', steps: 10, tokensPerStep: 400 },
  ],
};
const scratch: RunEvent = {
  kind: 'run-begins',
  arm: 'scratch',
  stages: [{ name: 'text', steps: 10, tokensPerStep: 400 }],
};

/** Events and moments, in milliseconds, as lines. */
function listen(told: readonly (RunEvent | number)[], options: { json?: boolean } = {}): string[] {
  const { output, text } = openOutput(options);
  let time = 0;
  const listener = createTrainingListener(output, { now: () => time });
  for (const one of told) {
    if (typeof one === 'number') time = one;
    else listener(one);
  }
  return text().trimEnd().split('\n');
}

describe('a run', () => {
  test('is a line an event, with the progress only now and then', () => {
    const message: RunEvent = { kind: 'message', text: 'hello' };
    const events = [step(1), step(2), evaluation, checkpoint, gate, message, step(10, 0)];
    expect(listen([0, ...events])).toEqual([
      'nca text 1/10 steps  10 %  loss 2.346  12,346 tokens/s  ETA 1m15s',
      'nca text step 5: held-out loss 2.5000 after 20,480 tokens',
      'gate nothing: the model has learned nothing of its world',
      '  a reason',
      'hello',
      'nca text 10/10 steps  100 %  loss 2.346  12,346 tokens/s  in 0s',
    ]);
  });

  test('says which stage of how many, and when all arms are done', () => {
    // An arm says again what the comparison has said of it.
    const told = [begins, scratch, begins, 1000, step(1), 80_000, step(10, 0)];
    expect(listen(told)).toEqual([
      'stage 2 of 3  nca text 1/10 steps  10 %  loss 2.346  12,346 tokens/s  ETA 1m15s, whole 2m38s',
      'stage 2 of 3  nca text 10/10 steps  100 %  loss 2.346  12,346 tokens/s  in 1m20s, whole 1m23s',
    ]);
  });

  test('that is a control has no verdict in words; an arm has its name before the gate', () => {
    const control: RunEvent = {
      kind: 'gate',
      arm: 'iid',
      gate: gateResult({ verdict: 'nothing', reasons: [], control: true }),
    };
    expect(listen([control])).toEqual(['iid: gate nothing: the source world is a control']);
  });
});

test('a study counts its runs, and says where the one is that was heard of last', () => {
  const job = { kind: 'job', job: 'nca seed 0', done: 3, total: 4, workers: 2 } as const;
  const told = [
    { kind: 'study-begins', done: 2, total: 4 } as const,
    step(5, 90, 'nca seed 0'),
    6000,
    step(6, 80, 'nca seed 1'),
    { ...job, etaSeconds: 70 },
    20_000,
    { ...job, job: 'nca seed 1', done: 4, etaSeconds: 0 },
  ];
  expect(listen(told)).toEqual([
    '2/4 runs  50 %  nca seed 0 text 5/10  loss 2.346  12,346 tokens/s  ETA 1m30s',
    '2/4 runs  50 %  nca seed 1 text 6/10  loss 2.346  12,346 tokens/s  ETA 1m20s',
    '3/4 nca seed 0  ETA 1m10s',
    '4/4 nca seed 1',
  ]);
});

test('in JSON every event is a line, and nothing else', () => {
  const lines = listen([begins, step(1), evaluation, checkpoint, gate], { json: true });
  const parsed = lines.map((line) => JSON.parse(line));
  expect(parsed.map(({ event }) => event)).toEqual([
    'run-begins',
    'step',
    'evaluation',
    'checkpoint',
    'gate',
  ]);
  expect(parsed[1]).toMatchObject({ step: 1, steps: 10, loss: 2.34567 });
});
