import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import { formatCompact } from './format.ts';
import { renderReport } from './html.ts';
import { buildRunReport, TRANSFER_LIMITS } from './run-report.ts';
import type { ReportArm, RunReportData } from './types.ts';

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(html: string): any {
  return parseHTML(html).document;
}

function expectSelfContained(html: string) {
  const document = parse(html);
  expect(document.querySelectorAll('script, link, iframe, object, embed, base')).toHaveLength(0);
  for (const node of document.querySelectorAll('*')) {
    for (const { name, value } of node.attributes) {
      expect(name).not.toMatch(/^on/);
      if (['src', 'href', 'xlink:href', 'srcset', 'action', 'poster'].includes(name)) {
        expect(value).toMatch(/^(data:image\/png;base64,|#)/);
      }
    }
  }
  expect(html).not.toMatch(/url\(|@import/);
}

function arm(name: string, seed: number, final: number): ReportArm {
  const curve = Array.from({ length: 5 }, (_, i): [number, number] => [
    i * 1000,
    final + (4 - i) * 0.5,
  ]);
  return {
    name,
    seed,
    textLoss: final,
    bitsPerByte: final / Math.LN2,
    curve,
    trainCurve: curve.map(([tokens, loss]): [number, number] => [tokens, loss - 0.1]),
  };
}

const gate = gateResult({ loss: 3.462, reasons: ['below unigram & copy'] });

const square = { width: 2, height: 2, data: new Uint8Array(16).fill(200) };

const data: RunReportData = {
  title: 'quickstart',
  seconds: 612,
  recipe: { model: { hiddenSize: 128 }, seeds: [1] },
  provenance: { commit: 'abc123', machine: { cores: 2 } },
  command: 'primordia run quickstart',
  arms: [arm('scratch', 1, 2.028), arm('nca', 1, 2.005)],
  sources: [
    {
      world: 'nca',
      trainCurve: [
        [0, 5.5],
        [1000, 3.4],
      ],
      curve: [
        [0, 5.5],
        [1000, 3.462],
      ],
      gate,
      frames: { rows: [{ label: 'what happened', frames: [square, null] }] },
    },
  ],
  samples: [{ prompt: 'ROMEO:', text: '\nWhat say you?' }],
  sentence: 'One seed shows a direction, not an effect.',
};

const headings = (html: string) =>
  [...parse(html).querySelectorAll('h2')].map((node) => node.textContent);

describe('buildRunReport', () => {
  it('says the result first, and shows every part', () => {
    const html = buildRunReport(data);
    const document = parse(html);
    expect(document.querySelector('h1').textContent).toBe(
      'The source model has learned the dynamics of its world (nca): 3.462 nats per target, held out, against 2.000 of the best predictor that knows no dynamics. ' +
        'nca ends 0.023 nats per token (1.1\u2009%) below scratch, under one seed.',
    );
    expect(headings(html)).toEqual([
      'What this run can show',
      'Language',
      'Source world: nca',
      'Samples',
      'Recipe and provenance',
    ]);
    // Held-out, difference, training; source loss, loss by frame, accuracy, frames.
    expect(document.querySelectorAll('figure svg')).toHaveLength(7);
    expect(html).toContain(data.sentence);
    expect(document.querySelector('.banner.good').textContent).toContain('below unigram & copy');
    expect(document.querySelector('.banner.bad')).toBeNull();
    expectSelfContained(html);
  });

  it('tabulates the difference to scratch in nats and per cent', () => {
    const rows = [
      ...parse(buildRunReport(data)).querySelectorAll('table')[0].querySelectorAll('tr'),
    ];
    const cells = rows.map((row) => [...row.children].map((cell) => cell.textContent));
    expect(cells[0]!.slice(0, 3)).toEqual(['Arm', 'Held-out loss, nats', 'Bits a byte']);
    expect(cells[1]).toEqual(['scratch', '2.028', '2.926', '–', '–', '–']);
    // It reaches 2.028 at 3954 of 4000 tokens.
    expect(cells[2]).toEqual(['nca', '2.005', '2.893', '−0.023', '−1.1\u2009%', '1.01×']);
    expect(rows[2].children[1].getAttribute('class')).toBe('numeric');
  });

  it('keeps recipe, command and provenance', () => {
    const document = parse(buildRunReport(data));
    const [recipe, versions] = [...document.querySelectorAll('details pre')];
    expect(JSON.parse(recipe.textContent)).toEqual(data.recipe);
    expect(versions.textContent).toBe('commit   abc123\nmachine  {"cores":2}');
    expect(document.body.textContent).toContain('primordia run quickstart');
  });

  it.each([
    ['nothing', 'bad', 'has learned nothing of its world'],
    ['statistics', 'note', 'has learned statistics of its world, not its dynamics'],
    ['dynamics', 'good', 'has learned the dynamics of its world'],
  ] as const)('says first that a source has learned %s', (verdict, tone, words) => {
    const reasons = ['It is NOT below the best blind one'];
    const judged = { ...gate, verdict, reasons };
    const document = parse(
      buildRunReport({ ...data, sources: [{ ...data.sources[0]!, gate: judged }] }),
    );
    expect(document.querySelector('h1').textContent).toContain(`The source model ${words} (nca)`);
    const [first] = document.querySelectorAll('section .banner');
    expect(first.getAttribute('class')).toContain(tone);
    expect(first.textContent).toContain(words);
    expect(first.textContent).toContain(reasons[0]);
    expect(first.textContent).toContain(TRANSFER_LIMITS[verdict]);
    expect(document.querySelectorAll('.banner.good')).toHaveLength(tone === 'good' ? 2 : 0);
    expect(document.querySelectorAll('.banner.bad')).toHaveLength(tone === 'bad' ? 2 : 0);
    expect(document.querySelector('.facts').textContent).toContain(verdict);
    for (const banner of document.querySelectorAll('.banner.bad')) {
      expect(banner.getAttribute('role')).toBe('alert');
    }
  });

  it('shows every predictor with its loss, the curves by frame and the probes', () => {
    const document = parse(buildRunReport(data));
    const text = document.body.textContent;
    const tables = [...document.querySelectorAll('table')].map((table) => table.textContent);
    const predictors = tables.find((table) => table.includes('Predictor'))!;
    for (const name of ['global unigram', 'in-context unigram', 'same place', '3×3 cells']) {
      expect(predictors).toContain(name);
    }
    const titles = [...document.querySelectorAll('svg title')].map((node) => node.textContent);
    expect(titles.join(' ')).toContain('Loss by frame');
    expect(text).toContain('Cells that changed');
    expect(text).toContain('60.0');
    expect(text).toContain('a model of dynamics must lose');
    expect(text).toContain('+1.100 (95 % +0.900 to +1.300)');
    expect(text).toContain('0.900 ± 0.050');
  });

  it('summarizes seeds with an interval, and lists every run', () => {
    const arms = [1, 2, 3].flatMap((seed) => [
      arm('scratch', seed, 2 + seed / 100),
      arm('nca', seed, 1.97 + seed / 90),
    ]);
    const document = parse(buildRunReport({ ...data, arms }));
    expect(document.querySelector('h1').textContent).toMatch(
      /nca ends 0\.028 .* below scratch, over 3 paired seeds; 95 % interval −0\.031 to −0\.025\.$/,
    );
    const [summary, seeds] = [...document.querySelectorAll('table')];
    expect(summary.textContent).toContain('95 % interval');
    expect(seeds.querySelectorAll('tbody tr')).toHaveLength(3);
  });

  it('names every arm where there are several', () => {
    const arms = [...data.arms, arm('dyck', 1, 2.038)];
    expect(parse(buildRunReport({ ...data, arms })).querySelector('h1').textContent).toBe(
      'The source model has learned the dynamics of its world (nca): 3.462 nats per target, held out, against 2.000 of the best predictor that knows no dynamics. ' +
        'Held-out text loss against scratch (2.028 nats per token): nca −0.023 (−1.1\u2009%), dyck +0.010 (+0.5\u2009%), under one seed.',
    );
  });

  it('tells the sources of several arms apart, and a shipped one from one trained in the run', () => {
    const [source] = data.sources;
    const shipped = {
      description: 'learned binary automata',
      commit: 'c0ffee',
      tokens: 12_700_000,
      sha256: 'a'.repeat(64),
    };
    const learned = { ...gate, verdict: 'statistics', loss: 4 } as const;
    const document = parse(
      buildRunReport({
        ...data,
        sources: [
          { ...source!, name: 'nca', gate: learned, refused: true },
          { ...source!, name: 'nca-dynamics', curve: [], trainCurve: [], shipped },
        ],
      }),
    );
    const title = document.querySelector('h1').textContent;
    expect(title).toContain(
      'The source model of nca has learned statistics of its world, not its dynamics (nca): 4.000',
    );
    expect(title).toContain('The shipped source of nca-dynamics has learned the dynamics');
    expect(headings(document.toString()).slice(2, 4)).toEqual([
      'Source of nca: nca',
      'Source of nca-dynamics: nca',
    ]);
    const [first, second] = document.querySelectorAll('section .banner');
    expect(first.textContent).toContain('requireGate asks for more: the text stage was not begun.');
    expect(first.textContent).not.toContain(TRANSFER_LIMITS.statistics);
    expect(second.textContent).toContain(TRANSFER_LIMITS.dynamics);
    const text = document.body.textContent;
    for (const part of Object.values(shipped)) {
      expect(text).toContain(typeof part === 'number' ? formatCompact(part) : part);
    }
    // One of the two was trained in the run.
    expect(text.split('these curves count them').length - 1).toBe(1);
  });

  it('leaves out what is missing', () => {
    const bare: RunReportData = {
      title: 'bare',
      seconds: null,
      recipe: undefined,
      provenance: {},
      command: 'primordia run bare',
      arms: [],
      sources: [],
      sentence: 'Nothing yet.',
    };
    const html = buildRunReport(bare);
    expect(headings(html)).toEqual(['What this run can show', 'Recipe and provenance']);
    expect(html).toContain('No results yet.');
    expect(html).not.toMatch(/NaN|undefined|null|Infinity/);
    expectSelfContained(html);
  });

  it('stands empty curves and missing figures', () => {
    const empty: RunReportData = {
      ...data,
      arms: [{ name: 'nca', seed: 1, textLoss: null, curve: [], trainCurve: [] }],
      sources: [
        {
          world: 'nca',
          trainCurve: [],
          curve: [],
          gate: gateResult({
            verdict: 'nothing',
            loss: Number.NaN,
            bestGlobal: null,
            bestBlind: null,
            bestLookup: null,
            margin: { mean: Number.NaN, interval: null },
            share: null,
            reasons: [],
            baselines: [
              { name: 'oracle', kind: 'lookup', loss: Number.POSITIVE_INFINITY, byFrame: [null] },
            ],
            byFrame: [],
            accuracyByFrame: [],
            changed: null,
            seenRules: null,
            shuffledFrame: null,
          }),
          frames: { rows: [] },
        },
      ],
    };
    const html = buildRunReport(empty);
    expect(html).toContain('no data yet');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('writes recipes that JSON cannot hold', () => {
    const recipe: Record<string, unknown> = { rate: Number.NaN, big: 5n, twice: [1] };
    recipe.again = { twice: recipe.twice };
    recipe.self = recipe;
    const pre = parse(buildRunReport({ ...data, recipe })).querySelector('details pre');
    expect(JSON.parse(pre.textContent)).toEqual({
      rate: 'NaN',
      big: '5',
      twice: [1],
      again: { twice: [1] },
      self: '(cycle)',
    });
  });

  it('takes hostile text for text, wherever it stands', () => {
    const evil =
      '</style></title><script>alert(1)</script><img src="https://example.org/x" onerror=a>';
    const html = buildRunReport({
      ...data,
      title: evil,
      sentence: evil,
      command: evil,
      recipe: { [evil]: evil },
      provenance: { [evil]: evil },
      arms: [arm('scratch', 1, 2), arm(evil, 1, 1.9)],
      sources: [
        {
          ...data.sources[0]!,
          name: evil,
          shipped: { description: evil, commit: evil, tokens: 1, sha256: evil },
          world: evil,
          gate: { ...gate, reasons: [evil] },
          frames: { title: evil, rows: [{ label: evil, note: evil, frames: [square] }] },
        },
      ],
      samples: [{ prompt: evil, text: `${evil}\u0000\u001b` }],
    });
    for (const bad of ['<script', '<img', '\u0000', '\u001b']) expect(html).not.toContain(bad);
    expect(parse(html).querySelectorAll('style')[0].textContent).toContain('--series-1');
    expectSelfContained(html);
  });
});

describe('renderReport', () => {
  const page = { title: 't', subtitle: 's', facts: [], footer: 'f' };

  it('aligns numeric columns and formats their numbers', () => {
    const html = renderReport({
      ...page,
      sections: [
        {
          heading: 'h',
          blocks: [
            {
              kind: 'table',
              columns: [{ label: 'arm' }, { label: 'loss' }, { label: 'rate', digits: 1 }],
              rows: [
                ['nca', 2.00512, -0.25],
                ['scratch', null, 3],
              ],
            },
          ],
        },
      ],
    });
    const cells = [...parse(html).querySelectorAll('td')];
    expect(cells.map((cell) => cell.textContent)).toEqual([
      'nca',
      '2.005',
      '−0.3',
      'scratch',
      '–',
      '3.0',
    ]);
    expect(cells.map((cell) => cell.getAttribute('class') || null)).toEqual([
      null,
      'numeric',
      'numeric',
      null,
      'numeric',
      'numeric',
    ]);
  });

  it('puts neighbouring figures into one grid', () => {
    const figure = { kind: 'figure', svg: '<svg></svg>' } as const;
    const html = renderReport({
      ...page,
      sections: [
        { heading: 'h', blocks: [figure, figure, { kind: 'text', text: 'between' }, figure] },
      ],
    });
    const grids = [...parse(html).querySelectorAll('.figures')];
    expect(grids.map((grid) => grid.querySelectorAll('figure').length)).toEqual([2, 1]);
  });

  it('forbids the browser to load anything', () => {
    const policy = parse(renderReport({ ...page, sections: [] }))
      .querySelector('meta[http-equiv="Content-Security-Policy"]')
      .getAttribute('content');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('script-src');
  });
});
