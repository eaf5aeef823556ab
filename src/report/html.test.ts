import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { expectInPage } from '../../test/support/page-text.ts';
import { expectSelfContained } from '../../test/support/self-contained.ts';
import { renderReport } from './html.ts';
import type { ReportPage } from './types.ts';

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(html: string): any {
  return parseHTML(html).document;
}

describe('renderReport', () => {
  const page: ReportPage = {
    title: 't',
    subtitle: 's',
    facts: [],
    footer: 'f',
    sections: [],
  };

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
    const cells = [...parse(html).querySelectorAll('tbody tr > *')];
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

  it('leaves no place of its grids empty', () => {
    const figure = { kind: 'figure', svg: '<svg></svg>' } as const;
    const wide = { ...figure, wide: true };
    const blocks = [figure, wide, figure, figure, figure];
    const grid = parse(renderReport({ ...page, sections: [{ heading: 'h', blocks }] }));
    const figures = [...grid.querySelectorAll('figure')];
    expect(figures.map((node) => node.getAttribute('class') || null)).toEqual([
      'wide',
      'wide',
      null,
      null,
      'wide',
    ]);
    const chart = { kind: 'line', xLabel: 'x', yLabel: 'y', series: [] } as const;
    const rows = (count: number) => {
      const panels = { kind: 'multiples', charts: new Array(count).fill(chart) } as const;
      const html = renderReport({ ...page, sections: [{ heading: 'h', blocks: [panels] }] });
      return [...parse(html).querySelectorAll('.panels > div')].map((node) =>
        Number(node.getAttribute('class').slice('in-'.length)),
      );
    };
    expect(rows(3)).toEqual([3, 3, 3]);
    expect(rows(5)).toEqual([3, 3, 3, 2, 2]);
    expect(rows(9)).toEqual(new Array(9).fill(3));
    expect(rows(10)).toEqual([4, 4, 4, 4, 3, 3, 3, 3, 3, 3]);
  });

  it('names the script of its charts in its policy, and only there where it has charts', () => {
    const chart = { kind: 'line', xLabel: 'x', yLabel: 'y', series: [] } as const;
    const html = renderReport({
      ...page,
      script: 'document.title;',
      sections: [{ heading: 'h', blocks: [{ kind: 'figure', chart }] }],
    });
    const policy = parse(html)
      .querySelector('meta[http-equiv="Content-Security-Policy"]')
      .getAttribute('content');
    expect(policy.match(/'sha256-[^']+'/g)).toHaveLength(2);
    expect([...parse(html).querySelectorAll('body > script')]).toHaveLength(2);
    expectSelfContained(html);
  });

  it('names rows and columns, and keeps the caption out of what scrolls', () => {
    const columns = [{ label: 'arm' }, { label: 'loss' }];
    const table = { kind: 'table', columns, rows: [['nca', 2]], caption: 'means' } as const;
    const sections = [
      { heading: 'One', blocks: [table, table] },
      { heading: 'Two', blocks: [table] },
    ];
    const document = parse(renderReport({ ...page, sections }));
    const scopes = [...document.querySelector('table').querySelectorAll('th')].map((cell) =>
      cell.getAttribute('scope'),
    );
    expect(scopes).toEqual(['col', 'col', 'row']);
    expect(document.querySelectorAll('.scroller figcaption').length).toBe(0);
    expect(document.querySelectorAll('figure.table > figcaption').length).toBe(3);
    const scrollers = [...document.querySelectorAll('.scroller')];
    expect(scrollers.map((node) => node.getAttribute('tabindex'))).toEqual(['0', '0', '0']);
    const names = scrollers.map((node) => node.getAttribute('aria-label'));
    expect(new Set(names).size).toBe(3);
  });

  it('lists its sections, each under an anchor of its own', () => {
    const sections = ['Rounds', 'Rounds', 'What it costs: time'].map((heading) => ({
      heading,
      blocks: [],
    }));
    const document = parse(renderReport({ ...page, sections }));
    const targets = [...document.querySelectorAll('nav a')].map((link) =>
      link.getAttribute('href').slice(1),
    );
    expect(targets).toEqual(['section-rounds', 'section-rounds-2', 'section-what-it-costs-time']);
    for (const id of targets) expect(document.getElementById(id).localName).toBe('section');
    const few = parse(renderReport({ ...page, sections: sections.slice(0, 2) }));
    expect(few.querySelectorAll('nav').length).toBe(0);
  });

  it('says where it comes from, what is missing, and what its words mean', () => {
    const document = parse(
      renderReport({
        ...page,
        subtitle: 'The gate is passed.',
        folder: 'runs-001',
        date: '2026-11-29T22:05:15.000Z',
        missing: ['Stage text has not begun: 60 steps.'],
        sections: [],
      }),
    );
    expect(document.querySelector('.origin').textContent).toBe(
      'Folder runs-001 · begun on 29\u00a0November\u00a02026, 22:05\u00a0UTC',
    );
    expect(document.querySelector('header .banner li').textContent).toContain('has not begun');
    expect([...document.querySelectorAll('.terms dt')].map((node) => node.textContent)).toEqual([
      'gate',
    ]);
    const bare = parse(renderReport({ ...page, sections: [] }));
    expect(bare.querySelectorAll('.origin, .terms, .banner').length).toBe(0);
  });

  it('breaks long names where readers would, and changes no letter of them', () => {
    const name = 'stages.text.optimizer.learningRate';
    const html = renderReport({ ...page, facts: [['Key', name]], sections: [] });
    expect(parse(html).querySelector('.fact dd').textContent).toBe(name);
    expectInPage(html, 'stages.<wbr/>text.<wbr/>optimizer.<wbr/>learningRate');
  });

  it('forbids the browser to load anything', () => {
    const policy = parse(renderReport({ ...page, sections: [] }))
      .querySelector('meta[http-equiv="Content-Security-Policy"]')
      .getAttribute('content');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('script-src');
  });

  it('squeezes no long cell of a table, and breaks a word only that has no end', () => {
    const cells = ['short', 'counts what the sequence has shown', `{"axis":"${'arm'.repeat(9)}"}`];
    const columns = ['Name', 'What', 'Value'].map((label) => ({ label }));
    const sections = [
      { heading: 'T', blocks: [{ kind: 'table', columns, rows: [cells] } as const] },
    ];
    const html = renderReport({ title: 'T', subtitle: '', facts: [], footer: '', sections });
    const classes = [...parse(html).querySelectorAll('tbody tr > *')].map(
      (cell: { className: string }) => cell.className,
    );
    expect(classes).toEqual(['', 'long', 'long torn']);
  });
});
