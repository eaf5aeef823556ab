import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { expectSelfContained } from '../../test/support/self-contained.ts';
import { renderReport } from './html.ts';

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(html: string): any {
  return parseHTML(html).document;
}

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

  it('forbids the browser to load anything', () => {
    const policy = parse(renderReport({ ...page, sections: [] }))
      .querySelector('meta[http-equiv="Content-Security-Policy"]')
      .getAttribute('content');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('script-src');
  });
});
