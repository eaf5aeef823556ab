import { describe, expect, it } from 'vitest';
import { keepUnits, keepUnitsOfPage } from './keep-units.ts';

describe('keepUnits', () => {
  it.each([
    ['62.5 % of targets', '62.5\u00a0% of targets'],
    [
      'after 1 h 12 min, or 3 min 20 s',
      'after 1\u00a0h\u00a012\u00a0min, or 3\u00a0min\u00a020\u00a0s',
    ],
    ['by 0.12 nats per token', 'by 0.12\u00a0nats per token'],
    ['0.900 ± 0.050', '0.900\u00a0±\u00a00.050'],
    ['12 steps, 4 models, 5 hills', '12 steps, 4 models, 5 hills'],
  ])('%s', (text, expected) => {
    expect(keepUnits(text)).toBe(expected);
  });

  it('leaves what is copied or drawn as it is', () => {
    const command = 'primordia train --minutes 5 min';
    const chart = {
      kind: 'bar',
      title: '5 %',
      xLabel: 'x',
      yLabel: 'y',
      categories: [],
      series: [],
    } as const;
    const { sections, subtitle } = keepUnitsOfPage({
      title: 'Run',
      subtitle: '5 %',
      facts: [],
      footer: '',
      sections: [
        {
          heading: '5 %',
          blocks: [
            {
              kind: 'table',
              columns: [{ label: 'Command', code: true }, { label: 'Share' }],
              rows: [[command, '5 %']],
            },
            { kind: 'details', summary: 'Recipe', text: '5 %' },
            { kind: 'sample', prompt: '5 %', text: '5 s' },
            { kind: 'figure', chart, caption: '5 %' },
          ],
        },
      ],
    });
    const kept = '5\u00a0%';
    expect(subtitle).toBe(kept);
    const [{ heading, blocks }] = sections as [(typeof sections)[number]];
    expect(heading).toBe(kept);
    expect(blocks).toEqual([
      expect.objectContaining({ rows: [[command, kept]] }),
      { kind: 'details', summary: 'Recipe', text: '5 %' },
      { kind: 'sample', prompt: '5 %', text: '5 s' },
      { kind: 'figure', chart, caption: kept },
    ]);
  });
});
