import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { describeInColumns, describeProgress } from './describe-progress.ts';
import { type Advance, advance, beginProgress, planStages, type StagePlan } from './progress.ts';

const STEPS = { unit: 'steps', total: 4000 };
const THREE = ['nca source', 'nca text', 'scratch text'].map((name) => ({
  ...STEPS,
  id: name,
  name,
}));

/** The progress of `plans` after `change`, told of after `seconds`. */
function after(plans: readonly StagePlan[], seconds: number, change: Advance, noun?: string) {
  return advance(planStages(beginProgress(0, noun), plans), change, seconds * 1000);
}

const describeAfter = (plans: readonly StagePlan[], seconds: number, change: Advance) =>
  describeProgress(after(plans, seconds, change), seconds * 1000);

const SECOND = {
  stage: 'nca text',
  done: 1200,
  details: ['loss 2.346'],
  rate: { perSecond: 9855.4, unit: 'tokens' },
};

describe('a line of a log', () => {
  test('has the place among stages, counts, details, the rate and both times', () => {
    expect(describeAfter(THREE, 60, SECOND)).toMatchInlineSnapshot(
      `"stage 2 of 3  nca text 1,200/4,000 steps  30 %  loss 2.346  9,855 tokens/s  ETA 2m20s, whole 5m40s"`,
    );
  });

  test('has no stage where there is one, and says once how long it takes', () => {
    const [only] = THREE.slice(1);
    expect(describeAfter([only!], 60, SECOND)).toMatchInlineSnapshot(
      `"nca text 1,200/4,000 steps  30 %  loss 2.346  9,855 tokens/s  ETA 2m20s"`,
    );
  });

  test('has the time that a stage took at its end, and what is left of the whole', () => {
    const end = { stage: 'nca text', done: 4000 };
    expect(describeAfter(THREE, 100, end)).toMatchInlineSnapshot(
      `"stage 2 of 3  nca text 4,000/4,000 steps  100 %  40 steps/s  in 1m40s, whole 1m40s"`,
    );
    expect(describeAfter(THREE.slice(1, 2), 100, end)).toMatchInlineSnapshot(
      `"nca text 4,000/4,000 steps  100 %  40 steps/s  in 1m40s"`,
    );
  });

  const PAIRS = { id: 'pairs', unit: 'pairs', total: 50_086 };

  test('is not complete before all is done', () => {
    const of = (done: number) => describeAfter([PAIRS], 100, { stage: 'pairs', done });
    expect(of(50_085)).toContain('50,085/50,086 pairs  99 %  501 pairs/s  ETA 0s');
    expect(of(50_086)).toBe('50,086/50,086 pairs  100 %  501 pairs/s  in 1m40s');
    expect(of(3)).toContain('0.0 pairs/s  ETA 463h');
    expect(of(0)).toBe('0/50,086 pairs  0 %');
  });

  test('counts without a total, of nothing, and of very much', () => {
    const bytes = { id: 'b', unit: 'bytes', total: null };
    expect(describeAfter([bytes], 2, { stage: 'b', done: 24e6 })).toBe(
      '24.0M bytes  12,000,000 bytes/s',
    );
    expect(describeAfter([{ ...PAIRS, total: 0 }], 2, { stage: 'pairs', done: 0 })).toBe(
      '0/0 pairs  100 %  in 2s',
    );
    const tokens = { id: 't', unit: 'tokens', total: 164_000_768 };
    expect(describeAfter([tokens], 10, { stage: 't', done: 82e6 })).toContain(
      '82.0M/164.0M tokens  49 %',
    );
    expect(describeAfter([{ ...tokens, total: 2e10 }], 1, { stage: 't', done: 1e9 })).toContain(
      '1.00G/20.00G tokens  5 %',
    );
  });

  test('calls stages what they are', () => {
    const plans = ['1', '2'].map((id) => ({ id, unit: 'candidates', total: 20 }));
    const progress = after(plans, 10, { stage: '2', done: 5 }, 'round');
    expect(describeProgress(progress, 10_000)).toBe(
      'round 2 of 2  5/20 candidates  25 %  0.5 candidates/s  ETA 30s',
    );
  });

  test('is one line without control characters, whatever it is given', () => {
    const name = 'a\u001b[31m\nb';
    const line = describeAfter([{ id: 'x', name, unit: 'steps', total: 2 }], 1, {
      stage: 'x',
      done: 1,
      details: ['bell \u0007'],
    });
    expect(line).toContain('a\\x1b[31m b 1/2 steps');
    expect(line).toContain('bell \\x07');
  });
});

describe('a line of a terminal', () => {
  const progress = after(THREE, 60, SECOND);
  const fit = (columns: number) => describeInColumns(progress, 60_000, columns);

  test('has a bar, and what fits: what matters least goes first', () => {
    expect([140, 110, 79, 65, 55, 40, 30, 12].map(fit)).toMatchInlineSnapshot(`
      [
        "[#######.................]  stage 2 of 3  nca text 1,200/4,000 steps  30 %  loss 2.346  9,855 tokens/s  ETA 2m20s, whole 5m40s",
        "[##......]  2/3  nca text 1,200/4,000 steps  30 %  loss 2.346  9,855 tokens/s  ETA 2m20s, whole 5m40s",
        "[##......]  2/3  nca text 1,200/4,000 steps  loss 2.346  ETA 2m20s, whole 5m40s",
        "2/3  nca text 1,200/4,000 steps  ETA 2m20s, whole 5m40s",
        "2/3  nca text 1,200/4,000 steps  ETA 2m20s, whole 5m40s",
        "nca text 1,200/4,000 steps",
        "nca text 1,200/4,000 steps",
        "nca text 1,2",
      ]
    `);
  });

  test('never is wider than asked for, also with letters of two columns', () => {
    const wide = after([{ id: 'x', name: '世界世界世界', unit: 'steps', total: 9 }], 1, {
      stage: 'x',
      done: 3,
      details: ['損失 2.3'],
    });
    for (let columns = 1; columns < 120; columns++) {
      for (const one of [progress, wide]) {
        expect(stringWidth(describeInColumns(one, 60_000, columns))).toBeLessThanOrEqual(columns);
      }
    }
  });

  test('has no bar without a total', () => {
    const bytes = after([{ id: 'b', unit: 'bytes', total: null }], 2, { stage: 'b', done: 24 });
    expect(describeInColumns(bytes, 2000, 100)).toBe('24 bytes  12 bytes/s');
  });
});
