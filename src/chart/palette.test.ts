import { describe, expect, it } from 'vitest';
import { contrast, DEFICIENCIES, distance } from '../../test/support/color-vision.ts';
import { DARK_CARD, DARK_SERIES, LIGHT_CARD, LIGHT_SERIES, seriesStyles } from './palette.ts';

describe.each([
  ['light', LIGHT_SERIES, LIGHT_CARD],
  ['dark', DARK_SERIES, DARK_CARD],
] as const)('the %s palette', (_scheme, colors, card) => {
  it.each(colors)('%s is readable as text on its card', (color) => {
    expect(contrast(color, card)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['none', 'protanopia', 'deuteranopia'] as const)(
    'keeps colors apart under %s',
    (name) => {
      for (let i = 0; i < colors.length; i++) {
        for (let j = 0; j < i; j++) {
          const apart = distance(colors[i]!, colors[j]!, DEFICIENCIES[name]);
          expect(apart, `${colors[i]} and ${colors[j]}`).toBeGreaterThan(0.08);
        }
      }
    },
  );
});

describe('seriesStyles', () => {
  it('gives colors out by first appearance, and counts rounds of the palette', () => {
    const names = Array.from({ length: LIGHT_SERIES.length + 1 }, (_, i) => `s${i}`);
    const styles = seriesStyles([...names, 's0'], ['first']);
    expect(styles.get('first')!.color).toContain('--series-1,');
    expect(styles.get('s0')!.color).toContain('--series-2,');
    expect(styles.get('s0')!.round).toBe(0);
    expect(styles.get('s5')!.round).toBe(1);
    expect(styles.size).toBe(names.length + 1);
  });
});
