import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { expectInPage, expectNotInPage, readPageText } from '../../test/support/page-text.ts';
import { expectSelfContained, withoutScripts } from '../../test/support/self-contained.ts';
import {
  arm,
  BETTER,
  cell,
  cellMean,
  contrast,
  difference,
  FAILED,
  NOTHING,
  NULL,
  SCRATCH,
  STANDS,
  source,
  study,
  WORSE,
} from '../../test/support/study-report-data.ts';
import type { StudyCell, StudySummary } from '../study/index.ts';
import { renderReport } from './html.ts';
import type { StudyReportData } from './study-data.ts';
import { buildStudyPage } from './study-report.ts';
import { describeComparisons, writeStudyHeadline } from './study-verdict.ts';

const buildStudyReport = (data: Parameters<typeof buildStudyPage>[0]) =>
  renderReport(buildStudyPage(data));

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(html: string): any {
  return parseHTML(html).document;
}

const rowsOf = (document: ReturnType<typeof parse>): string[][][] =>
  [...document.querySelectorAll('table')].map((table) =>
    [...table.querySelectorAll('tr')].map((row) =>
      [...row.children].map((node) => node.textContent),
    ),
  );

describe('the headline of a study', () => {
  const head = (arms: StudyCell[], changes: Partial<StudySummary> = {}) =>
    writeStudyHeadline(study(arms, changes)).replaceAll('\u00a0', ' ');

  test.each<[string, StudyCell[], string]>([
    [
      'a null result of one cell',
      [NULL],
      'The result is null: nca is not told apart from scratch.',
    ],
    ['of several', [NULL, NULL], 'The result is null: none of 2 cells is told apart from scratch.'],
    [
      'one that stands',
      [STANDS],
      'Against scratch, low does better at 95 %, also adjusted for all comparisons.',
    ],
    [
      'one that does not stand when adjusted',
      [BETTER, NULL],
      'Against scratch, keys (of 2 cells) does better at 95 %, but not adjusted for all comparisons.',
    ],
    [
      'both sides',
      [BETTER, STANDS, WORSE],
      'Against scratch, keys and low do better and all does worse at 95 %, 2 of them also adjusted for all comparisons.',
    ],
    [
      'many',
      [BETTER, BETTER, BETTER, BETTER, NULL],
      'Against scratch, 4 of 5 cells do better at 95 %, but none of them adjusted for all comparisons.',
    ],
    ['nothing yet', [], 'There is nothing to compare yet.'],
    [
      'one seed',
      [arm('a', { difference: { ...difference(0, 0, 0), interval: null, adjustedP: null } })],
      'One seed per cell gives no interval, so nothing is shown.',
    ],
    [
      'a cell left out',
      [FAILED, NULL],
      'requireGate leaves out dyck. The result is null: nca is not told',
    ],
  ])('says %s', (_, arms, expected) => {
    expect(head(arms)).toContain(expected);
  });

  test('has treatments against their controls before the baseline', () => {
    const contrasts = [
      contrast('nca', 'shuffled', difference(-0.2, -0.1, 0.01)),
      contrast('nca', 'iid', difference(-0.2, -0.1, 0.2)),
    ];
    expect(head([NULL], { contrasts })).toBe(
      'Against the control shuffled, nca does better at 95 %, also adjusted for all comparisons. ' +
        'Against the control iid, nca does better at 95 %, but not adjusted for all comparisons. ' +
        'The result is null: nca is not told apart from scratch.',
    );
  });

  test('says first that a control does as well as its treatment', () => {
    const equal = contrast('nca', 'iid', difference(-0.2, 0.1, 1));
    const better = contrast('nca', 'shuffled', difference(-0.2, -0.1, 0.01));
    const worse = contrast('low', 'shuffled', difference(0.1, 0.2, 0.01));
    expect(head([STANDS], { contrasts: [better, equal, worse] })).toMatch(
      /^The control iid does as well as nca: at 95 % they are not told apart\. Against the control shuffled, low does worse .* Against the control shuffled, nca does better/,
    );
    expect(head([], { contrasts: [better, equal, worse, better] })).toMatch(
      /^Of 4 comparisons of a treatment with its control, in 1 the control does as well as its treatment, not told apart at 95 %, in 1 the treatment does worse and in 2 the treatment does better; 3 of these differences stand adjusted for all comparisons\./,
    );
  });

  test('names the controls of a treatment together that do as well', () => {
    const contrasts = ['iid', 'shuffled', 'dyck'].map((control) =>
      contrast('nca', control, difference(-0.2, 0.1, 1)),
    );
    expect(head([NULL], { contrasts })).toBe(
      'The controls iid, shuffled and dyck do as well as nca: at 95 % none is told apart from it. ' +
        'The result is null: nca is not told apart from scratch.',
    );
  });

  test('tells nothing apart by a difference that is the same under every seed', () => {
    const values = [-0.1, -0.1];
    const constant = { ...difference(-0.1, -0.1, 1), values };
    const cells = [{ ...STANDS, difference: constant }];
    expect(head(cells)).toBe('The result is null: low is not told apart from scratch.');
    const page = buildStudyReport(study(cells));
    expectInPage(readPageText(page), '−0.1000 (the same under each seed) p 1.000');
    expectNotInPage(page, '−0.1000 to −0.1000');
  });

  test('takes the better side from the metric', () => {
    const metric = { name: 'rollout.accuracy', better: 'higher', stage: null } as const;
    expect(head([STANDS], { metric })).toContain('low does worse at 95 %');
  });

  test('says what is missing, and has a sentence for each group', () => {
    const on = (corpus: string, one: StudyCell) => ({
      ...one,
      members: { corpus, ...one.members },
    });
    const cells = [SCRATCH, NULL].map((one) => on('prose', one));
    cells.push(...[SCRATCH, STANDS].map((one) => on('code', one)));
    const axes = [
      { name: 'corpus', members: ['prose', 'code'] },
      { name: 'arm', members: ['scratch', 'nca', 'low'] },
    ];
    expect(head([], { cells, axes, runs: { finished: 2, diverged: 1, total: 9 } })).toBe(
      'Unfinished: 3 of 9 runs are done. For prose, the result is null: nca is not told apart from scratch. ' +
        'For code, against scratch, low does better at 95 %, also adjusted for all comparisons.',
    );
  });

  test('says which sources are not judged', () => {
    const { gate, ...old } = source(['nca'], false);
    const sources = [{ ...old, gate: { ...gate, predictorsVersion: 1 } }, source(['low'], true)];
    expect(writeStudyHeadline(study([], {}, sources))).toContain(
      'Sources have learned statistics (low). Not judged, since their gates had fewer predictors: nca.',
    );
  });

  test('false alarms are counted', () => {
    const count = (comparisons: number) => describeComparisons({ comparisons, seeds: [0, 1] });
    expect(count(30)).toContain('about 1.5 of');
    expect(count(40)).toContain('about 2 of');
    expect(count(0)).toContain('Nothing is compared');
  });
});

describe('a study of arms', () => {
  const data = study(
    [NULL, STANDS, FAILED],
    {
      verdicts: ['low lowers held-out loss.', 'dyck and scratch are not compared.'],
      contrasts: [
        contrast('low', 'nca', difference(-0.03, -0.02, 0.02)),
        contrast('low', 'dyck', null),
      ],
    },
    [source(['dyck'], true)],
  );
  const document = parse(buildStudyReport(data));
  const tables = rowsOf(document);

  test('tabulates cells, and no number of one that is left out', () => {
    const [head, scratch, nca, low, dyck] = tables[0]!;
    expect(head).toHaveLength(10);
    expect(scratch!.slice(0, 6)).toEqual([
      'scratch',
      'from scratch',
      '–',
      '2',
      '2.0050\u00a0±\u00a00.0141',
      '–',
    ]);
    expect(nca!.slice(2)).toEqual([
      'dynamics',
      '2',
      '2.0050\u00a0±\u00a00.0141',
      '−0.0200',
      '−0.0500 to +0.0100',
      '0.400',
      '1.25×',
      '0.50×',
    ]);
    expect(low![7]).toBe('0.010');
    expect(dyck!.slice(0, 6)).toEqual(['dyck', 'nca', 'statistics: LEFT OUT', '2', '–', '–']);
  });

  test('says how many seeds are in a mean, and why there is no speed-up', () => {
    const some = arm('low', {
      result: { ...cellMean(3.21), of: 3 },
      speedUp: { reason: 'never', seeds: 1, of: 3 },
      speedUpWithSource: { reason: 'at once', seeds: 3, of: 3 },
    });
    const row = rowsOf(parse(buildStudyReport(study([some]))))[0]![2]!;
    expect(row[4]).toBe('3.2100\u00a0±\u00a00.0141 (2 of 3 seeds)');
    expect(row.slice(-2)).toEqual(['not reached (1 of 3 seeds)', 'at once']);
  });

  test('shows treatments and controls, every run, and the gates', () => {
    const [chart] = [...document.querySelectorAll('svg.chart')].filter((node) =>
      node.querySelector('title').textContent.startsWith('Treatments minus'),
    );
    const rows = [...chart.querySelectorAll('.rows text')].map((node) => node.textContent);
    expect(rows).toEqual([
      'low − nca',
      '−0.0250 (−0.0300 to −0.0200) p 0.020',
      'low − dyck',
      'LEFT OUT: gate',
    ]);
    expect(tables[1]!.slice(0, 2)).toEqual([
      ['Cell', 'Seed 0', 'Seed 1'],
      ['scratch', '1.9950', '2.0150'],
    ]);
    expect(tables[1]!.at(-1)).toEqual(['dyck (LEFT OUT)', '1.9950', '2.0150']);
    expect(tables[2]![1]).toEqual([
      'source',
      'dyck',
      '1',
      'statistics',
      '3.400',
      '4.000',
      '2.000',
      '0.500',
      '+0.012\u00a0±\u00a00.004',
      '+1.100',
      '4.1M',
    ]);
  });

  test('says first what is left out and why, what was learned, and treatments against controls', () => {
    const banner = document.querySelector('section .banner.bad');
    expect(banner.getAttribute('role')).toBe('alert');
    expect(banner.textContent).toContain(
      'dyck begins with a model that has learned less than dynamics',
    );
    expect(banner.textContent).toContain('Under seed 1, statistics: It is NOT below.');
    const [, learned, controls] = document.querySelectorAll('section .banner');
    expect(learned.textContent).toContain('Sources have learned statistics (dyck).');
    expect(controls.getAttribute('class')).toContain('good');
    const items = [...controls.querySelectorAll('li')].map((node) => node.textContent);
    expect(items).toEqual(['low lowers held-out loss.', 'dyck and scratch are not compared.']);
  });

  test('has the verdicts on cells where there are no controls', () => {
    const plain = parse(buildStudyReport(study([STANDS], { verdicts: ['low does it.'] })));
    const [cells] = plain.querySelectorAll('section .banner');
    expect(cells.textContent).toContain('Cells against scratch');
    expect(cells.textContent).toContain('low does it.');
  });

  test('has a panel for each cell with its band, and none for what is left out', () => {
    const panels = [...document.querySelectorAll('.panels [data-chart]')];
    const titles = panels.map((panel) => panel.querySelector('.chart-title').textContent);
    expect(titles).toEqual(['nca', 'low']);
    for (const panel of panels) {
      const svg = panel.querySelector('svg.chart');
      expect(svg.querySelectorAll('[aria-label="area"] path').length).toBe(1);
    }
  });

  test('loads nothing, and says how to repeat it', () => {
    const html = buildStudyReport(data);
    expectSelfContained(html);
    expectNotInPage(withoutScripts(html), /NaN|undefined|Infinity/);
    expectInPage(document.body.textContent, 'primordia study controls');
    expect(JSON.parse(document.querySelector('details pre').textContent)).toEqual({
      name: 'controls',
    });
  });

  test('stands a study in which nothing has run', () => {
    const nothing = { ...NOTHING, seeds: [], result: null, loss: null, gate: 'none' } as const;
    const runs = { finished: 0, diverged: 0, total: 9 };
    const html = buildStudyReport(study([arm('nca', nothing)], { runs }));
    expectInPage(html, 'no data yet');
    expectNotInPage(withoutScripts(html), /NaN|undefined|Infinity/);
  });

  test('takes hostile text for text', () => {
    const evil = '</style><script>alert(1)</script><img src=x onerror=a>';
    const diverged = [{ seed: 1, message: evil }];
    const html = buildStudyReport(
      study([arm(evil, { diverged, from: evil })], {
        name: evil,
        description: evil,
        contrasts: [contrast(evil, evil, difference(-1, 1, 1))],
        tuning: [{ cell: evil, key: evil, tried: [], chosen: evil }],
      }),
    );
    expectSelfContained(html);
    for (const bad of ['<script>alert', '<img']) expectNotInPage(html, bad);
  });
});

describe('a study along lengths', () => {
  const metric = { name: 'rollout.accuracy', better: 'higher', stage: null } as const;
  const point = (step: number, loss: number) => ({
    stage: 'own',
    step,
    tokens: step,
    totalSteps: step,
    seconds: step,
    depth: 10 * step,
    loss: 9,
    measures: { rolledOutLoss: loss },
  });
  const one = (length: string, algorithm: string, changes: Partial<StudyCell> = {}) =>
    cell(
      { task: 'copy', length, algorithm },
      {
        from: null,
        gate: 'none',
        speedUp: null,
        speedUpWithSource: null,
        gap: [],
        result: cellMean(0.7),
        rollout: { loss: cellMean(1), accuracy: cellMean(0.7) },
        chance: 0.125,
        difference: null,
        curve: [point(0, 2), { ...point(1, 1), stage: 'late' }],
        stages: [
          {
            name: 'own',
            algorithm,
            data: 'copy',
            steps: 1,
            tokens: 64,
            parameters: 50,
            depth: 100,
            stepMs: 10,
            loss: 1,
            measures: { hits: 0.25 },
            drift: [[1, 0.5]],
            gradients: { first: [[1, 0.5]], late: [[1, 0.2]] },
          },
        ],
        ...changes,
      },
    );
  /** What SMT leaves is trained on in a stage of its own. */
  const twice = (changes: Partial<StudyCell>): Partial<StudyCell> => ({
    curve: [point(0, 2), { ...point(1, 1), stage: 'late' }],
    stages: ['own', 'late'].map((name) => ({ ...one('8', 'smt').stages[0]!, name })),
    ...changes,
  });
  const cells = [
    one('8', 'smt', { difference: difference(-0.21, -0.19, 0.001) }),
    one('8', 'bptt', { seeds: [0], diverged: [{ seed: 1, message: 'not finite' }] }),
    one('16', 'smt', twice({ difference: difference(0.29, 0.31, 0.02) })),
    one('16', 'bptt'),
  ];
  const data: StudyReportData = {
    ...study([], {
      cells,
      metric,
      comparisons: 2,
      baseline: { algorithm: 'bptt' },
      axes: [
        { name: 'task', members: ['copy'] },
        { name: 'length', members: ['8', '16'] },
        { name: 'algorithm', members: ['smt', 'bptt'] },
      ],
      runs: { finished: 7, diverged: 1, total: 8 },
      tuning: [
        {
          cell: 'copy 8 bptt',
          key: 'stages.own.optimizer.learningRate',
          chosen: 0.1,
          tried: [
            { value: 0.1, result: 1.5, state: 'done' },
            { value: 0.2, result: null, state: 'diverged' },
            { value: 0.3, result: null, state: 'open' },
          ],
        },
      ],
    }),
    metric: { unit: 'share', title: 'free-running accuracy', description: '' },
    measures: { hits: { unit: 'share', title: 'hits', description: 'targets right' } },
  };
  const html = buildStudyReport(data);
  const document = parse(html);
  const titles = [...document.querySelectorAll('svg title')].map((node) => node.textContent);

  test('draws results, time and depth by length', () => {
    expect(titles).toContain('Free-running accuracy by length');
    expect(titles).toContain('Time per step');
    expect(titles).toContain('Sequential depth per step');
    const svg = [...document.querySelectorAll('svg.chart')].find((node) =>
      node.querySelector('title').textContent.endsWith('by length'),
    );
    expect(svg.querySelectorAll('[aria-label="area"] path').length).toBe(2);
    expect(svg.textContent).toContain('n-grams');
  });

  test('draws curves and memories of the longest, a line for each algorithm', () => {
    for (const title of ['by optimizer steps', 'by time', 'by sequential depth']) {
      expect(titles).toContain(`Held-out loss ${title}`);
    }
    expect(titles).toContain('Gradient at the first step');
    expect(titles).toContain('Drift along the rollout');
    expectInPage(html, 'Means over seeds at length 16.');
    const alone = { ...data.summary, cells: cells.filter(({ name }) => !name.includes('16 smt')) };
    expectInPage(buildStudyReport({ ...data, summary: alone }), 'Held-out loss by tokens');
  });

  test('writes differences in points, and names what diverged', () => {
    expect(document.querySelector('h1').textContent).toContain(
      'Against bptt, 16 smt does better and 8 smt does worse at 95\u00a0%, all of them also adjusted',
    );
    const [results, costs, measures, seeds, tuning] = rowsOf(document);
    expect(results![1]!.slice(0, 3)).toEqual(['8 smt', '2', '70.0\u00a0±\u00a01.4']);
    expect(results![1]).toContain('−20.0');
    expect(results![1]).toContain('−21.0 to −19.0');
    expect(results![2]![1]).toBe('1, 1 diverged');
    expect(costs![1]!.slice(-2)).toEqual(['10.0', '1.000']);
    expect(measures![1]!.at(-1)).toBe('25.0\u202f%');
    expect(seeds![2]).toEqual(['8 bptt', '69.0', 'diverged']);
    expect(tuning![1]).toEqual(['copy 8 bptt', '1.500', 'diverged', '–', '0.1']);
    expectInPage(html, 'copy 8 bptt under seed 1: not finite');
    expectInPage(html, 'Values of the recipe: copy 8 smt');
    expectNotInPage(withoutScripts(html), /NaN|undefined|Infinity/);
  });
});
