import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import type { Difference, StudyArm, StudySource, StudySummary } from '../run/index.ts';
import { buildStudyReport } from './study-report.ts';
import { describeComparisons, writeStudyHeadline } from './study-verdict.ts';

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(html: string): any {
  return parseHTML(html).document;
}

function difference(low: number, high: number, adjustedP: number): Difference {
  return { mean: (low + high) / 2, interval: [low, high], pairs: 2, p: adjustedP / 2, adjustedP };
}

function arm(name: string, changes: Partial<StudyArm> = {}): StudyArm {
  const curve = [0, 500, 1000].map((tokens): [number, number] => [tokens, 3 - tokens / 1000]);
  return {
    name,
    from: 'nca',
    sourceTokens: 100,
    gate: 'dynamics',
    excluded: false,
    runs: [0, 1].map((seed) => ({ name, seed, textLoss: 2 + seed / 100, bitsPerByte: 2.9, curve })),
    loss: 2.005,
    spread: 0.01,
    bitsPerByte: 2.9,
    difference: difference(-0.05, 0.01, 0.4),
    speedUp: { mean: 1.25, interval: null, pairs: 2 },
    speedUpWithSource: { mean: 0.5, interval: null, pairs: 2 },
    gap: [0, 500, 1000].map((tokens) => ({
      tokens,
      mean: -0.02,
      interval: [-0.05, 0.01],
      pairs: 2,
    })),
    ...changes,
  };
}

const EMPTY = { difference: null, speedUp: null, speedUpWithSource: null, gap: [] };
const SCRATCH = arm('scratch', { from: null, gate: 'none', ...EMPTY });
const FAILED = arm('dyck', {
  gate: 'statistics',
  excluded: true,
  loss: null,
  spread: null,
  bitsPerByte: null,
  ...EMPTY,
});
const BELOW = arm('keys', { difference: difference(-0.05, -0.01, 0.2) });
const STANDS = arm('low', { difference: difference(-0.05, -0.04, 0.01) });
const ABOVE = arm('all', { difference: difference(0.01, 0.05, 0.03) });
const NULL = arm('nca');

function source(failed: boolean): StudySource {
  const gate = gateResult({
    loss: 3.4,
    verdict: failed ? 'statistics' : 'dynamics',
    margin: { mean: 0.0123, interval: [0.0083, 0.0163] },
    reasons: ['It is NOT below the best blind one.'],
  });
  const requireGate = 'dynamics';
  const rest = { corpus: null, superseded: false, seed: 1, tokens: 4_096_000, finished: true };
  return { name: 'dyck', gate, requireGate, failed, ...rest };
}

function study(arms: StudyArm[], changes: Partial<StudySummary> = {}): StudySummary {
  return {
    name: 'controls',
    description: '',
    baseline: 'scratch',
    seeds: [0, 1],
    corpora: [{ name: 'text', arms: [SCRATCH, ...arms] }],
    contrasts: [],
    comparisons: arms.filter((entry) => entry.difference !== null).length,
    sources: [],
    runs: { finished: 8, total: 8 },
    seconds: 100,
    ...changes,
  };
}

function report(summary: StudySummary): string {
  return buildStudyReport({
    summary,
    recipe: { name: summary.name },
    provenance: { commit: 'abc' },
    command: 'primordia study controls',
  });
}

describe('the headline of a study', () => {
  const head = (arms: StudyArm[], changes = {}) =>
    writeStudyHeadline(study(arms, changes)).replaceAll('\u00a0', ' ');

  test.each([
    ['a null result of one arm', [NULL], 'A null result: nca is not told apart from scratch.'],
    ['of several', [NULL, NULL], 'A null result: none of 2 arms is told apart from scratch.'],
    ['one that stands', [STANDS], 'Low below scratch at 95 %, also adjusted for all comparisons.'],
    [
      'one that does not stand when adjusted',
      [BELOW, NULL],
      'Keys below scratch (of 2 arms) at 95 %, but not adjusted for all comparisons.',
    ],
    [
      'both sides',
      [BELOW, STANDS, ABOVE],
      'Keys and low below scratch and all above scratch at 95 %, 2 of them also adjusted for all comparisons.',
    ],
    [
      'many',
      [BELOW, BELOW, BELOW, BELOW, NULL],
      '4 of 5 arms differ from scratch at 95 %, but none of them adjusted for all comparisons.',
    ],
    ['nothing yet', [], 'Nothing to compare yet.'],
    [
      'one seed',
      [arm('a', { difference: { mean: -1, interval: null, pairs: 1, p: null, adjustedP: null } })],
      'One seed an arm: no interval, so nothing is shown.',
    ],
    [
      'an arm left out',
      [FAILED, NULL],
      'Left out by requireGate: dyck. A null result: nca is not told',
    ],
  ])('says %s', (_, arms, expected) => {
    expect(head(arms)).toContain(expected);
  });

  test('says what is missing, and has a sentence a corpus', () => {
    const corpora = [
      { name: 'prose', arms: [SCRATCH, NULL] },
      { name: 'code', arms: [SCRATCH, STANDS] },
    ];
    expect(head([], { corpora, runs: { finished: 3, total: 9 } })).toBe(
      'Unfinished: 3 of 9 runs are done. prose: a null result: nca is not told apart from scratch. ' +
        'code: low below scratch at 95 %, also adjusted for all comparisons.',
    );
  });

  test('false alarms are counted', () => {
    expect(describeComparisons(study([], { comparisons: 30 }))).toContain('about 1.5 of');
    expect(describeComparisons(study([], { comparisons: 40 }))).toContain('about 2 of');
    expect(describeComparisons(study([], { comparisons: 0 }))).toContain('Nothing is compared');
  });
});

describe('buildStudyReport', () => {
  const summary = study([NULL, STANDS, FAILED], {
    sources: [source(true)],
    contrasts: [
      { corpus: 'text', arm: 'low', against: 'nca', difference: difference(-0.03, -0.02, 0.02) },
      { corpus: 'text', arm: 'low', against: 'dyck', difference: null },
    ],
  });
  const document = parse(report(summary));
  const tables: string[][][] = [...document.querySelectorAll('table')].map((table) =>
    [...table.querySelectorAll('tr')].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    ),
  );

  test('tabulates arms, and no number of one that is left out', () => {
    const [head, scratch, nca, low, dyck] = tables[0]!;
    expect(head).toHaveLength(10);
    expect(scratch!.slice(0, 5)).toEqual(['scratch', 'random', '–', '2.005 ± 0.010', '–']);
    expect(nca!.slice(2)).toEqual([
      'dynamics',
      '2.005 ± 0.010',
      '−0.0200',
      '−0.0500 to +0.0100',
      '0.400',
      '1.25×',
      '0.50×',
      '2.900',
    ]);
    expect(low![6]).toBe('0.010');
    expect(dyck).toEqual([
      'dyck',
      'nca',
      'statistics: LEFT OUT',
      '–',
      '–',
      '–',
      '–',
      '–',
      '–',
      '–',
    ]);
  });

  test('shows contrasts, every run, and the gates', () => {
    expect(tables[1]!.slice(1)).toEqual([
      ['low − nca', '−0.0250', '−0.0300 to −0.0200', '0.020', 'the first is lower'],
      ['low − dyck', '–', '–', '–', 'LEFT OUT: gate'],
    ]);
    expect(tables[2]!.slice(0, 2)).toEqual([
      ['Arm', 'Seed 0', 'Seed 1'],
      ['scratch', '2.0000', '2.0100'],
    ]);
    expect(tables[2]!.at(-1)![0]).toBe('dyck (LEFT OUT)');
    expect(tables[3]![1]).toEqual([
      'dyck',
      '1',
      'statistics',
      '3.400',
      '4.000',
      '2.000',
      '0.500',
      '+0.012 ± 0.004',
      '+1.100',
      '4.1M',
    ]);
  });

  test('says first what is left out, and why; then what sources have learned', () => {
    const banner = document.querySelector('section .banner.bad');
    expect(banner.getAttribute('role')).toBe('alert');
    expect(banner.textContent).toContain('NOT below the best blind one');
    expect(banner.textContent).toContain('less than dynamics under 1 of 1 seeds');
    const [learned, corpus] = document.querySelectorAll('.banner.note');
    expect(learned.textContent).toContain('Sources have learned statistics (dyck).');
    expect(corpus.textContent).toContain('Left out of every mean and comparison');
  });

  test('has a panel an arm with its band, and none for what is left out', () => {
    const panels = [...document.querySelectorAll('.panels svg')];
    expect(panels.map((svg) => svg.querySelector('title').textContent)).toEqual(['nca', 'low']);
    for (const svg of panels) {
      expect(svg.querySelectorAll('[aria-label="area"] path')).toHaveLength(1);
    }
  });

  test('loads nothing, and says how to repeat it', () => {
    expect(document.querySelectorAll('script, link, iframe, object, img')).toHaveLength(0);
    const html = report(summary);
    expect(html).not.toMatch(/url\(|@import|NaN|undefined|Infinity/);
    expect(document.body.textContent).toContain('primordia study controls');
    expect(JSON.parse(document.querySelector('details pre').textContent)).toEqual({
      name: 'controls',
    });
  });

  test('stands a study in which nothing has run', () => {
    const nothing = { ...EMPTY, runs: [], loss: null, spread: null, bitsPerByte: null } as const;
    const html = report(
      study([arm('nca', { ...nothing, gate: 'none' })], {
        runs: { finished: 0, total: 9 },
        sources: [{ ...source(true), gate: null, finished: false }],
      }),
    );
    expect(html).toContain('no data yet');
    expect(html).toContain('not done');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('takes hostile text for text', () => {
    const evil = '</style><script>alert(1)</script><img src=x onerror=a>';
    const html = report(study([arm(evil)], { name: evil, description: evil }));
    for (const bad of ['<script', '<img']) expect(html).not.toContain(bad);
  });
});
