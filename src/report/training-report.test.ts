import { parseHTML } from 'linkedom';
import { describe, expect, it, test } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import { expectInPage, expectNotInPage } from '../../test/support/page-text.ts';
import { expectSelfContained, withoutScripts } from '../../test/support/self-contained.ts';
import type { StageSummary, TrainingSummary } from '../training/summary.ts';
import { TRANSFER_LIMITS } from './gate-section.ts';
import { renderReport } from './html.ts';
import type { GateView, ReportStage, TrainingReportData } from './training-data.ts';
import { buildTrainingPage } from './training-report.ts';

const buildTrainingReport = (data: Parameters<typeof buildTrainingPage>[0]) =>
  renderReport(buildTrainingPage(data));

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(html: string): any {
  return parseHTML(html).document;
}

function stage(name: string, changes: Partial<StageSummary> = {}): StageSummary {
  const curve = [0, 1, 2].map((step) => ({
    step,
    tokens: 1000 * step,
    totalSteps: step,
    seconds: step,
    depth: null,
    loss: 4 - step,
    measures: {},
  }));
  return {
    name,
    algorithm: 'next-token',
    data: 'nca',
    steps: 2,
    tokens: 2000,
    finished: true,
    parameters: 1_250_000,
    depth: null,
    stepMs: 12.34,
    loss: 2,
    bitsPerByte: null,
    measures: {},
    curve,
    gradients: null,
    drift: null,
    gate: null,
    start: null,
    refused: false,
    ...changes,
  };
}

function shown(changes: Partial<ReportStage> = {}): ReportStage {
  return {
    data: 'text: prose',
    continues: false,
    parts: {},
    metrics: {},
    gate: null,
    startGate: null,
    trainCurve: [[1000, 3.1]],
    ...changes,
  };
}

const square = { width: 2, height: 2, data: new Uint8Array(16).fill(200) };
const view: GateView = {
  world: { description: 'nca: 2 colors', learnable: 'in-context', freshRules: true, framed: true },
  frames: { title: 'frames', rows: [{ label: 'what happened', frames: [square, null] }] },
};
const gate = gateResult({ loss: 3.462, reasons: ['below unigram & copy'] });
const summary: TrainingSummary = {
  kind: 'training',
  name: 'quickstart',
  seed: 1,
  baselines: null,
  rollout: null,
  seconds: 612,
  stages: [
    stage('source', { gate }),
    stage('text', {
      data: 'text',
      bitsPerByte: 2.885,
      start: { from: 'source', tokens: null, shipped: null, gate },
    }),
  ],
};
const data: TrainingReportData = {
  summary,
  description: '',
  model: 'llama',
  command: 'primordia train quickstart',
  stages: [shown({ data: 'nca: 2 colors', gate: view }), shown()],
  recipe: { model: { hiddenSize: 128 } },
  provenance: { commit: 'abc123', machine: { cores: 2 } },
  sample: {
    shows: 'text',
    temperature: 0.8,
    topP: 0.95,
    items: [{ prompt: [1], tokens: [2], text: { prompt: 'ROMEO:', text: '\nWhat say you?' } }],
  },
};

const withStages = (...stages: [StageSummary, ReportStage][]): TrainingReportData => ({
  ...data,
  summary: { ...summary, stages: stages.map(([one]) => one) },
  stages: stages.map(([, one]) => one),
});

const texts = (document: ReturnType<typeof parse>, selector: string): string[] =>
  [...document.querySelectorAll(selector)].map((node) => node.textContent);
const rowsOf = (document: ReturnType<typeof parse>, table: number): string[][] =>
  [...[...document.querySelectorAll('table')][table].querySelectorAll('tr')].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
const headings = (document: ReturnType<typeof parse>) => texts(document, 'h2');

describe('buildTrainingPage', () => {
  it('says the result first, and shows every part', () => {
    const html = buildTrainingReport(data);
    const document = parse(html);
    expect(document.querySelector('h1').textContent).toBe(
      'The model of stage source has learned the dynamics of its world (nca: 2 colors): 3.462\u00a0nats per target, held out, against 2.000 of the best predictor that knows no dynamics. ' +
        'Held-out loss of stage text: 2.000\u00a0nats per target, 2.885\u00a0bits per byte.',
    );
    expect(headings(document)).toEqual([
      'What this run can show',
      'Stage source: nca: 2 colors',
      'Stage text: prose',
      'Samples',
      'Recipe and provenance',
    ]);
    // Of source: loss, loss by frame, accuracy, frames; of text: loss.
    expect(document.querySelectorAll('figure [data-chart], figure .frames').length).toBe(5);
    expect(document.querySelector('.sample b').textContent).toBe('ROMEO:');
    expect(texts(document, '.fact').join(' ')).toContain('Gate (source)dynamics');
    expectSelfContained(html);
  });

  it('tabulates stages', () => {
    const document = parse(buildTrainingReport(data));
    expect(rowsOf(document, 0)[2]).toEqual([
      'text',
      'text: prose',
      'next-token',
      '2',
      '2k',
      '1.25M',
      '–',
      '12.3',
      '2.000',
      '2.885',
    ]);
  });

  it.each([
    ['nothing', 'bad', 'has learned nothing of its world'],
    ['statistics', 'note', 'has learned statistics of its world, not its dynamics'],
    ['dynamics', 'good', 'has learned the dynamics of its world'],
  ] as const)('says first that a stage has learned %s', (verdict, tone, words) => {
    const judged = { ...gate, verdict, reasons: ['It is NOT below the best blind one'] };
    const document = parse(
      buildTrainingReport(
        withStages(
          [stage('source', { gate: judged }), shown({ gate: view })],
          [summary.stages[1]!, shown()],
        ),
      ),
    );
    expect(document.querySelector('h1').textContent).toContain(
      `The model of stage source ${words}`,
    );
    const [first] = document.querySelectorAll('section .banner');
    expect(first.getAttribute('class')).toContain(tone);
    for (const part of [words, judged.reasons[0], TRANSFER_LIMITS[verdict]]) {
      expect(first.textContent).toContain(part);
    }
    expect(document.querySelectorAll('.banner.good')).toHaveLength(tone === 'good' ? 2 : 0);
    const alerts = [...document.querySelectorAll('.banner.bad')];
    expect(alerts).toHaveLength(tone === 'bad' ? 2 : 0);
    for (const banner of alerts) expect(banner.getAttribute('role')).toBe('alert');
  });

  it('says nothing of a transfer where no stage begins with what was judged', () => {
    const html = buildTrainingReport(
      withStages([stage('source', { gate }), shown({ gate: view })]),
    );
    for (const limit of Object.values(TRANSFER_LIMITS)) expectNotInPage(html, limit);
  });

  it('shows every predictor with its loss, the curves by frame and the probes', () => {
    const document = parse(buildTrainingReport(data));
    const text = document.body.textContent;
    const predictors = texts(document, 'table').find((table) => table.includes('Predictor'))!;
    for (const name of ['global unigram', 'in-context unigram', 'same place', '3×3 cells']) {
      expect(predictors).toContain(name);
    }
    expect(texts(document, 'svg title').join(' ')).toContain('Loss by frame');
    expectInPage(text, 'Cells that changed');
    expectInPage(text, '+1.100 (95\u00a0% +0.900 to +1.300)');
    expectInPage(text, '0.900\u00a0±\u00a00.050');
  });

  it('shows what a stage began with that comes from elsewhere, and that it was refused', () => {
    const shipped = {
      name: 'nca-dynamics',
      description: 'learned binary automata',
      commit: 'c0ffee',
      sha256: 'a'.repeat(64),
      recipe: {},
    };
    const statistics = { ...gate, verdict: 'statistics' } as const;
    const start = { from: 'nca-dynamics', tokens: 12_700_000, shipped, gate: statistics };
    const document = parse(
      buildTrainingReport(
        withStages([
          stage('text', { start, refused: true, steps: 0, finished: false, loss: null, curve: [] }),
          shown({ startGate: view, trainCurve: [] }),
        ]),
      ),
    );
    expect(document.querySelector('h1').textContent).toMatch(
      /^The shipped source nca-dynamics has learned statistics .* Stage text was not begun: requireGate asks for more\.$/,
    );
    expect(headings(document)[1]).toBe('What text begins with: nca: 2 colors');
    const [first] = document.querySelectorAll('section .banner');
    expect(first.textContent).toContain('requireGate asks for more: stage text was not begun.');
    expect(first.textContent).not.toContain(TRANSFER_LIMITS.statistics);
    expect(rowsOf(document, 1)[1]).toEqual([
      'text',
      'nca-dynamics',
      shipped.description,
      '12.7M',
      'c0ffee',
      shipped.sha256,
    ]);
  });

  it('keeps recipe, command and provenance', () => {
    const document = parse(buildTrainingReport(data));
    const [recipe, versions] = texts(document, 'details pre');
    expect(JSON.parse(recipe!)).toEqual(data.recipe);
    expect(versions).toBe('commit   abc123\nmachine  {"cores":2}');
    expectInPage(document.body.textContent, 'primordia train quickstart');
  });

  it('writes recipes that JSON cannot hold', () => {
    const recipe: Record<string, unknown> = { rate: Number.NaN, big: 5n, twice: [1] };
    recipe.again = { twice: recipe.twice };
    recipe.self = recipe;
    const [pre] = texts(parse(buildTrainingReport({ ...data, recipe })), 'details pre');
    expect(JSON.parse(pre!)).toEqual({
      rate: 'NaN',
      big: '5',
      twice: [1],
      again: { twice: [1] },
      self: '(cycle)',
    });
  });

  it('stands a run that has not begun, and empty curves and figures', () => {
    const empty = { finished: false, steps: 0, tokens: 0, loss: null, stepMs: null } as const;
    const bare = stage('a', { ...empty, parameters: null, curve: [] });
    const html = buildTrainingReport({
      ...withStages([bare, shown({ trainCurve: [] })]),
      recipe: undefined,
      provenance: {},
      sample: null,
    });
    expectInPage(html, 'No results yet.');
    const judged = gateResult({
      verdict: 'nothing',
      loss: Number.NaN,
      bestGlobal: null,
      bestBlind: null,
      bestLookup: null,
      margin: { mean: Number.NaN, interval: null },
      share: null,
      reasons: [],
      byFrame: [],
      accuracyByFrame: [],
      changed: null,
      seenRules: null,
      baselines: [{ name: 'oracle', kind: 'lookup', loss: Number.POSITIVE_INFINITY, byFrame: [] }],
      shuffledFrame: null,
    });
    const nothing = buildTrainingReport(
      withStages([
        stage('a', { gate: judged, curve: [], loss: null }),
        shown({ trainCurve: [], gate: { world: null, frames: { rows: [] } } }),
      ]),
    );
    for (const page of [html, nothing]) {
      expectInPage(page, 'no data yet');
      expectNotInPage(withoutScripts(page), /NaN|undefined|Infinity|null/);
      expectSelfContained(page);
    }
  });

  it('says how far an unfinished run is', () => {
    const [source, text] = summary.stages as [StageSummary, StageSummary];
    const later = { ...text, steps: 0, finished: false, loss: null, curve: [] };
    const html = buildTrainingReport(
      withStages([{ ...source, finished: false, gate: null }, shown()], [later, shown()]),
    );
    expectInPage(html, 'Not finished: 2 steps of stage source done.');
    expectInPage(html, '2, not finished');
  });

  it('takes hostile text for text, wherever it stands', () => {
    const evil =
      '</style></title><script>alert(1)</script><img src="https://example.org/x" onerror=a>';
    const hostile = { ...gate, reasons: [evil] };
    const shipped = { name: evil, description: evil, commit: evil, sha256: evil, recipe: evil };
    const bad: GateView = {
      world: { ...view.world!, description: evil },
      frames: { title: evil, rows: [{ label: evil, note: evil, frames: [square] }] },
    };
    const metrics = { [evil]: { unit: evil, title: evil, description: evil } };
    const html = buildTrainingReport({
      ...withStages([
        stage(evil, {
          gate: hostile,
          algorithm: evil,
          measures: { [evil]: 1 },
          curve: [{ ...summary.stages[0]!.curve[0]!, measures: { [evil]: 1, [`${evil}2`]: 2 } }],
          start: { from: evil, tokens: 1, shipped, gate: hostile },
        }),
        shown({ data: evil, gate: bad, startGate: bad, metrics, parts: { [evil]: [[1, 1]] } }),
      ]),
      description: evil,
      model: evil,
      command: evil,
      recipe: { [evil]: evil },
      provenance: { [evil]: evil },
      sample: {
        shows: 'text',
        temperature: 1,
        items: [{ prompt: [], tokens: [], text: { prompt: evil, text: `${evil}\u0000\u001b` } }],
      },
    });
    for (const found of ['<script>alert', '<img src', '\u0000', '\u001b']) {
      expectNotInPage(html, found);
    }
    expect(parse(html).querySelectorAll('style')[0].textContent).toContain('--series-1');
    expectSelfContained(html);
  });
});

describe('stages on the same data', () => {
  const point = (totalSteps: number, measures: Record<string, number | null>) => ({
    step: totalSteps,
    tokens: 100,
    totalSteps,
    seconds: 2,
    depth: 50,
    loss: 9,
    measures,
  });
  const metrics = {
    rolledOutLoss: { unit: 'nats', title: 'free-running loss', description: 'of its own memory' },
    hits: { unit: 'share', title: 'free-running accuracy', description: 'targets right' },
    decode: { unit: 'nats', title: 'decoding', description: 'what the memory must hold' },
  };
  const taught = stage('taught', {
    depth: 50,
    measures: { rolledOutLoss: 2.5, hits: 0.125, driftAtEnd: 0.4 },
    curve: [
      point(0, { rolledOutLoss: 3, hits: 0.1 }),
      point(1, { rolledOutLoss: 2.5, hits: 0.125 }),
    ],
    gradients: { first: [[1, 0.5]], late: [[1, 0.25]] },
    drift: [[1, 0.2]],
  });
  const own = stage('own', { depth: 70, curve: [point(1, {}), point(2, { hits: 0.5 })] });
  const document = parse(
    buildTrainingReport(
      withStages(
        [taught, shown({ metrics, parts: { decode: [[1, 2]], later: [[1, 3]] } })],
        [own, shown({ continues: true, metrics })],
      ),
    ),
  );
  const titles = texts(document, 'svg title');

  test('share a section with losses by steps, time and depth', () => {
    expect(headings(document).slice(0, 3)).toEqual([
      'What this run can show',
      'Stages taught, own: text: prose',
      'Along the sequence',
    ]);
    for (const title of ['by optimizer steps', 'by time', 'by sequential depth']) {
      expect(titles).toContain(`Held-out loss ${title}`);
    }
    expect(titles).toContain('Gradient against distance');
    expect(titles).toContain('Drift along the rollout');
  });

  test('have their measures by what the algorithms say of them', () => {
    expect(rowsOf(document, 1).slice(1)).toEqual([
      ['free-running loss', '2.500', 'nats', 'of its own memory'],
      ['free-running accuracy', '12.5\u202f%', '', 'targets right'],
      // Of a measure that no algorithm describes, the name.
      ['drift at end', '0.400', '', ''],
    ]);
    expectInPage(document.body.textContent, 'Free-running accuracy: targets right.');
    expect(document.querySelector('.panels .note').textContent).toBe('what the memory must hold');
    expect(titles).toContain('Later');
  });
});

describe('the finished model', () => {
  const slopes = { slope: 0.002, slopeInterval: [0.001, 0.003] as [number, number] };
  const page = (loss: number[], ngrams: number[], changes: Partial<typeof slopes> = {}) =>
    buildTrainingReport({
      ...data,
      summary: {
        ...summary,
        baselines: {
          unigramLoss: 2,
          unigramAccuracy: 0.2,
          bigramLoss: 1,
          bigramAccuracy: 0.4,
          lossBySequence: ngrams,
        },
        rollout: {
          length: 20,
          sequences: 3,
          loss: 0.9,
          accuracy: 0.5,
          lossBySequence: loss,
          lossByPosition: [1, 0.8],
          slopeFrom: 10,
          ...slopes,
          ...changes,
        },
      },
    });

  test('has learned something only where it is beyond chance, in pairs', () => {
    expectInPage(
      page([0.5, 0.6, 0.7], [1, 1.1, 1.2]),
      'Free-running over 20 tokens: 50.0\u202f% of targets right, loss 0.900.',
    );
    const noise = page([0.5, 1.4, 0.8], [1, 1.1, 0.9]);
    expectInPage(noise, 'it has learned no more than n-grams give');
    expectInPage(noise, 'class="banner bad"');
  });

  test('has a loss that rises along the rollout', () => {
    expectInPage(
      page([0.5, 0.6, 0.7], [1, 1.1, 1.2]),
      'From 10 tokens on the loss changes by +2.00\u00a0nats per thousand tokens (95\u00a0%: +1.00 to +3.00): it rises.',
    );
    const trend = (slope: number, low: number, high: number) =>
      /\u00a0nats per thousand tokens \(95\u00a0%: .*?\): (.*?)\./.exec(
        page([0.5, 0.6], [1, 1.1], { slope, slopeInterval: [low, high] }),
      )![1];
    expect(trend(-0.002, -0.003, -0.001)).toBe('it falls');
    expect(trend(0.002, -0.001, 0.003)).toBe('it is not shown to rise or fall');
    // A change of 0.00, however sure.
    expect(trend(-4e-6, -5e-6, -3e-6)).toBe('it stays as it is');
    expect(trend(0, -4e-6, 4e-6)).toBe('it stays as it is');
    expect(trend(0, -0.001, 0.001)).toBe('it is not shown to rise or fall');
  });

  test('draws images, and writes tokens where they are nothing else', () => {
    const items = [{ prompt: [1], tokens: [0, 1, 0] }];
    const image = { width: 2, height: 2, levels: 2 };
    const sample = { temperature: 1, items };
    const drawn = buildTrainingReport({ ...data, sample: { ...sample, shows: 'image', image } });
    expectInPage(drawn, 'src="data:image/png;base64,');
    const written = buildTrainingReport({ ...data, sample: { ...sample, shows: 'tokens' } });
    expect(parse(written).querySelector('.sample blockquote').textContent).toBe('1 0 1 0');
    expect(parse(written).querySelector('.sample figcaption').textContent).toBe(
      'Run quickstart, stage text, seed 1',
    );
  });
});
