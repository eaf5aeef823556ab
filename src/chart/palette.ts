// Colors of series: told apart under the common color-vision deficiencies, in a light and a dark scheme.

/** Colors by order of series, on white. Text in them has a contrast of at least 4.5. */
export const LIGHT_SERIES = [
  '#2167c5',
  '#c74605',
  '#1c8374',
  '#6b2576',
  '#4d440b',
  '#352a2e',
] as const;

/** The same hues on the dark card color. */
export const DARK_SERIES = [
  '#4f9bff',
  '#fb7a2a',
  '#5fe0b4',
  '#eaaef5',
  '#f2cb45',
  '#9097a1',
] as const;

/** Card colors, on which charts lie. */
export const LIGHT_CARD = '#ffffff';
export const DARK_CARD = '#1a1e24';

/** How a series is drawn: a CSS color that follows the scheme, and which round of the palette it is in. */
export type SeriesStyle = { readonly color: string; readonly round: number };

/** The color of a line that is the only one of its chart, and stands for nothing that has a color elsewhere. */
export const NEUTRAL_SERIES = 'var(--series-none, #44546a)';

/**
 * Styles by name, in order of first appearance: `order` first, then `names`. A chart alone, outside
 * a report page, falls back to the light colors.
 */
export function seriesStyles(
  names: readonly string[],
  order: readonly string[] = [],
): Map<string, SeriesStyle> {
  const styles = new Map<string, SeriesStyle>();
  for (const name of [...order, ...names]) {
    if (styles.has(name)) continue;
    const slot = styles.size % LIGHT_SERIES.length;
    styles.set(name, {
      color: `var(--series-${slot + 1}, ${LIGHT_SERIES[slot]})`,
      round: Math.floor(styles.size / LIGHT_SERIES.length),
    });
  }
  return styles;
}

/** The name whose color a series has. */
export function subjectOf({
  name,
  colorOf = name,
}: {
  readonly name: string;
  readonly colorOf?: string | undefined;
}): string {
  return colorOf;
}

/** CSS declarations of the series colors, for the rule of one scheme. */
export function paletteDeclarations(colors: readonly string[]): string {
  return colors.map((color, i) => `--series-${i + 1}: ${color};`).join(' ');
}
