import { describe, expect, it } from 'vitest';
import {
  escapeMarkup,
  formatCompact,
  formatNumber,
  formatPercent,
  formatSigned,
  formatTick,
  truncateText,
} from './format.ts';

describe('numbers', () => {
  it.each([
    [formatNumber(2.0284), '2.028'],
    [formatNumber(-0.5, 1), '−0.5'],
    [formatNumber(-0.0001), '0.000'],
    [formatNumber(null), '–'],
    [formatNumber(Number.NaN), '–'],
    [formatSigned(0.01), '+0.010'],
    [formatSigned(-0.01), '−0.010'],
    [formatSigned(0.0001), '0.000'],
    [formatSigned(null), '–'],
    [formatPercent(0.0131), '1.3\u202f%'],
    [formatPercent(undefined), '–'],
    [formatCompact(1_250_000), '1.25M'],
    [formatCompact(999_999), '1M'],
    [formatCompact(999), '999'],
    [formatCompact(-4096), '−4.1k'],
    [formatCompact(0), '0'],
    [formatTick(0.1 + 0.2), '0.3'],
    [formatTick(3.46125), '3.46125'],
    [formatTick(1_000_500), '1.0005M'],
    [formatTick(-20_000), '−20k'],
    [formatTick(-0.00003), '−3e-5'],
    [formatTick(0), '0'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('text', () => {
  it('is cut by characters, not by halves of them', () => {
    expect(truncateText('😀😀😀', 2)).toBe('😀…');
    expect(truncateText('abc', 3)).toBe('abc');
  });

  it('is escaped, and rid of what markup cannot hold', () => {
    expect(escapeMarkup(`<a href="x" b='y'>&\u0003\n`)).toBe(
      '&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;\ufffd\n',
    );
  });
});
