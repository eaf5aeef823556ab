import { describe, expect, test } from 'vitest';
import { type BaselineLosses, judgeLosses, meetsRequirement, VERDICTS } from './judge-losses.ts';

/** Sequences of unlike difficulty, as they are. */
const HARDNESS = [0.2, 0.9, 0.5, 1.4, 0.1, 0.7];

/** Losses that lie `level` above the sequence's hardness, `spread` apart. */
const losses = (level: number, spread = 0) =>
  HARDNESS.map((hardness, i) => hardness + level + (i % 2 === 0 ? spread : -spread));

const BASELINES: BaselineLosses[] = [
  { name: 'global unigram', kind: 'global', losses: losses(4) },
  { name: 'copy', kind: 'global', losses: losses(3.5) },
  { name: 'in-context unigram', kind: 'blind', losses: losses(2.5) },
  { name: 'same place', kind: 'blind', losses: losses(2) },
  { name: '3×3 cells', kind: 'lookup', losses: losses(1) },
];

describe('judgeLosses', () => {
  test.each([
    ['log V', losses(5), 'nothing', [true, true]],
    ['just above the best global one', losses(3.501), 'nothing', [true, true]],
    ['what equals it', losses(3.5), 'nothing', [true, true]],
    ['just below it', losses(3.499), 'statistics', [false, true]],
    ['counts of tokens in context', losses(2.5), 'statistics', [false, true]],
    ['what equals the best blind one', losses(2), 'statistics', [false, true]],
    ['below it without exception', losses(1.999), 'dynamics', [false, false]],
    ['half the look-up, half the best blind one', losses(1.5), 'dynamics', [false, false]],
    ['the look-up', losses(1), 'dynamics', [false, false]],
  ] as const)('%s', (_, model, verdict, nots) => {
    const judged = judgeLosses(model, BASELINES);
    expect(judged.verdict).toBe(verdict);
    expect(judged.reasons.slice(0, 2).map((reason) => reason.includes('NOT'))).toEqual(nots);
    expect(judged.bestGlobal!.name).toBe('copy');
    expect(judged.bestBlind!.name).toBe('same place');
    expect(judged.bestLookup!.name).toBe('3×3 cells');
  });

  test('a model that mixes the look-up with the best blind predictor is dynamics, with its share', () => {
    // −ln(q · e^−lookup + (1 − q) · e^−blind) per sequence.
    const [blind, lookup] = [BASELINES[3]!.losses, BASELINES[4]!.losses];
    const mixed = blind.map(
      (loss, i) => -Math.log(0.5 * Math.exp(-loss) + 0.5 * Math.exp(-lookup[i]!)),
    );
    const judged = judgeLosses(mixed, BASELINES);
    expect(judged.verdict).toBe('dynamics');
    // ln 2 − ln(1 + e^−1) of the nat between them.
    expect(judged.share).toBeCloseTo(1 - (Math.log(2) - Math.log(1 + Math.exp(-1))), 10);
    expect(judgeLosses(lookup, BASELINES).share).toBeCloseTo(1, 10);
    expect(judgeLosses(blind, BASELINES).share).toBeCloseTo(0, 10);
    expect(judgeLosses(losses(3), BASELINES).share).toBeCloseTo(-1, 10);
    expect(judgeLosses(losses(3), BASELINES).reasons.at(-1)).toContain('none of the way');
  });

  test('dynamics need the whole interval below zero, whatever the mean', () => {
    // Differences ± .2 around −.1: half the interval is 2.5706 · .2191 / √6 = .2299.
    const wide = judgeLosses(losses(1.9, 0.2), BASELINES);
    expect(wide.margin.mean).toBeCloseTo(-0.1, 10);
    expect(wide.margin.interval![1]).toBeCloseTo(-0.1 + 0.2299, 3);
    expect(wide.verdict).toBe('statistics');
    expect(wide.reasons[1]).toContain('NOT below, by more than its interval,');
    // An interval that touches zero from below.
    const half = (2.5706 * Math.sqrt((6 * 0.2 ** 2) / 5)) / Math.sqrt(6);
    expect(judgeLosses(losses(2 - half + 1e-4, 0.2), BASELINES).verdict).toBe('statistics');
    expect(judgeLosses(losses(2 - half - 1e-4, 0.2), BASELINES).verdict).toBe('dynamics');
  });

  test('one sequence has no interval, and shows no dynamics', () => {
    const one = BASELINES.map((baseline) => ({ ...baseline, losses: baseline.losses.slice(0, 1) }));
    const judged = judgeLosses([0], one);
    expect(judged.verdict).toBe('statistics');
    expect(judged.margin.interval).toBeNull();
    expect(judged.reasons[1]).toContain('one sequence gives no interval');
  });

  test('without frames there is no look-up, and no share', () => {
    const stream = BASELINES.filter(({ kind, name }) => kind !== 'lookup' && name !== 'copy');
    const judged = judgeLosses(losses(1), stream);
    expect(judged).toMatchObject({ verdict: 'dynamics', share: null, bestLookup: null });
    expect(judged.reasons).toHaveLength(2);
  });

  test('a look-up that gains nothing gives no share', () => {
    const useless = [...BASELINES.slice(0, 4), { ...BASELINES[4]!, losses: losses(2) }];
    expect(judgeLosses(losses(1), useless).share).toBeNull();
  });

  test('a control has statistics at most', () => {
    const judged = judgeLosses(losses(1), BASELINES, { control: true });
    expect(judged).toMatchObject({ verdict: 'statistics', control: true });
    expect(judged.reasons.join(' ')).toContain('The world is a control');
    expect(judgeLosses(losses(5), BASELINES, { control: true }).verdict).toBe('nothing');
  });

  test('who was trained on more than the predictors remember has statistics at most', () => {
    const judge = (level: number, remembered: number, trained: number) =>
      judgeLosses(losses(level), BASELINES, { memory: { remembered, trained } });
    const judged = judge(1, 1024, 80_000);
    expect(judged).toMatchObject({ verdict: 'statistics', control: false });
    expect(judged.share).toBeCloseTo(1, 10);
    expect(judged.margin.interval![1]).toBeLessThan(0);
    expect(judged.reasons).toContainEqual(
      expect.stringContaining('the predictors remember 1,024 of the 80,000 sequences'),
    );
    expect(meetsRequirement(judged, 'dynamics')).toBe(false);
    expect(judge(5, 1024, 80_000).verdict).toBe('nothing');
    // Who remembers all of them misses nothing.
    expect(judge(1, 1024, 1024)).toEqual(judgeLosses(losses(1), BASELINES));
    expect(judge(1, 1024, 1024).verdict).toBe('dynamics');
  });

  test('a loss that is no number is nothing, and a predictor without one is passed over', () => {
    const broken = [...HARDNESS.slice(1), Number.NaN];
    expect(judgeLosses(broken, BASELINES)).toMatchObject({ verdict: 'nothing', share: null });
    const impossible = {
      ...BASELINES[4]!,
      name: 'oracle',
      losses: losses(Number.POSITIVE_INFINITY),
    };
    expect(judgeLosses(losses(1), [...BASELINES, impossible]).bestLookup!.name).toBe('3×3 cells');
  });
});

test('a requirement is met by what is as strong or stronger, and not asked of a control', () => {
  const met = (required: Parameters<typeof meetsRequirement>[1]) =>
    VERDICTS.map((verdict) => meetsRequirement({ verdict, control: false }, required));
  expect(met(undefined)).toEqual([true, true, true]);
  expect(met('statistics')).toEqual([false, true, true]);
  expect(met('dynamics')).toEqual([false, false, true]);
  expect(meetsRequirement({ verdict: 'nothing', control: true }, 'dynamics')).toBe(true);
});
