import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
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

  it('forbids the browser to load anything', () => {
    const policy = parse(renderReport({ ...page, sections: [] }))
      .querySelector('meta[http-equiv="Content-Security-Policy"]')
      .getAttribute('content');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('script-src');
  });
});
