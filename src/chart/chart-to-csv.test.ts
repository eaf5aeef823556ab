import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { chartToCsv } from './chart-to-csv.ts';

describe('chartToCsv', () => {
  it('writes a row per point, with the bounds of its band, and references', () => {
    const csv = chartToCsv({
      kind: 'line',
      xLabel: 'tokens',
      yLabel: 'nats',
      series: [
        {
          name: 'a, "b"',
          points: [
            [1, 2.5],
            [2, null],
            [3, Number.NaN],
          ],
          band: [[1, 2, 3]],
        },
        { name: ' plain\n', points: [[1, 1e-7]] },
      ],
      references: [{ label: 'unigram', value: 4 }],
    });
    expect(csv.startsWith('series,tokens,nats,low,high\r\n"a, ""b""",1,2.5,2,3\r\n')).toBe(true);
    expect(parse(csv)).toEqual([
      ['series', 'tokens', 'nats', 'low', 'high'],
      ['a, "b"', '1', '2.5', '2', '3'],
      ['a, "b"', '2', '', '', ''],
      ['a, "b"', '3', '', '', ''],
      [' plain\n', '1', '1e-7', '', ''],
      ['unigram', '', '4', '', ''],
    ]);
  });

  it('writes a row per bar', () => {
    const csv = chartToCsv({
      kind: 'bar',
      xLabel: 'frame',
      yLabel: 'accuracy',
      categories: ['0', '1'],
      series: [
        { name: 'model', values: [0.5, null] },
        { name: 'copy', values: [0.25, 0.75] },
      ],
    });
    expect(parse(csv)).toEqual([
      ['frame', 'series', 'accuracy'],
      ['0', 'model', '0.5'],
      ['0', 'copy', '0.25'],
      ['1', 'model', ''],
      ['1', 'copy', '0.75'],
    ]);
  });

  it('writes a row per estimate, and says why one is missing', () => {
    const csv = chartToCsv({
      kind: 'interval',
      xLabel: 'nats',
      rows: [
        { label: 'nca', mean: -0.1, interval: [-0.2, 0], adjusted: [-0.3, 0.1] },
        { label: 'iid', mean: null, interval: null, note: 'LEFT OUT: gate' },
      ],
    });
    expect(parse(csv)).toEqual([
      ['label', 'mean, nats', 'low', 'high', 'adjusted low', 'adjusted high', 'note'],
      ['nca', '-0.1', '-0.2', '0', '-0.3', '0.1', ''],
      ['iid', '', '', '', '', '', 'LEFT OUT: gate'],
    ]);
  });

  it('writes a row per cell', () => {
    const csv = chartToCsv({
      kind: 'cells',
      xLabel: 'coverage',
      rowLabels: ['1', '0'],
      columnLabels: ['0', '10'],
      rows: [
        [{ color: 'red', strength: 1, text: '0.4', hint: 'imp: 0.4' }, null],
        [null, null],
      ],
    });
    expect(parse(csv)).toEqual([
      ['row', 'coverage', 'value', 'hint'],
      ['1', '0', '0.4', 'imp: 0.4'],
      ['1', '10', '', ''],
      ['0', '0', '', ''],
      ['0', '10', '', ''],
    ]);
  });
});
