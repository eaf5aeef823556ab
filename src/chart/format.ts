// Numbers and text, written for readers: the same on every machine and in every locale.

const MINUS = '\u2212';
/** Narrow, and no line breaks at it. */
const NARROW_SPACE = '\u202f';

/** Fixed digits with a true minus sign; an en dash for null and non-finite numbers. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** Like `formatNumber`, with a plus sign where it is positive. */
export function formatSigned(value: number | null | undefined, digits = 3): string {
  const text = formatNumber(value, digits);
  return /^[0-9]/.test(text) && Number(text) > 0 ? `+${text}` : text;
}

/** A fraction as a percentage: `formatPercent(0.0131)` is "1.3 %". */
export function formatPercent(fraction: number | null | undefined, digits = 1): string {
  const text = formatNumber(fraction == null ? null : fraction * 100, digits);
  return text === '–' ? text : `${text}${NARROW_SPACE}%`;
}

const STEPS = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** At most `digits` significant digits with a suffix: 1250000 is "1.25M", 300 is "300", 0.05 is "0.05". */
export function formatCompact(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '–';
  const sign = value < 0 ? MINUS : '';
  // Rounded before the suffix is chosen, so that 999999 is "1M" and not "1000k".
  const size = Number(Math.abs(value).toPrecision(digits));
  for (const [step, suffix] of STEPS) {
    if (size >= step) return `${sign}${Number((size / step).toPrecision(digits))}${suffix}`;
  }
  return `${sign}${size}`;
}

/** Tick labels of an axis: with a suffix from a thousand on, in powers of ten below one in ten thousand. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  const text =
    size >= 1e3
      ? formatCompact(size, 6)
      : size > 0 && size < 1e-4
        ? Number(size.toPrecision(3)).toExponential()
        : // Ticks are round numbers but for the last bits of their binary form.
          `${Number(size.toPrecision(12))}`;
  return value < 0 ? `${MINUS}${text}` : text;
}

/** A value beside a mark: three digits after the point where they mean something, as tables have them. */
export function formatEnd(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4) return formatTick(Number(value.toPrecision(3)));
  if (size > 0 && size < 5e-4) return formatTick(Number(value.toPrecision(2)));
  return formatNumber(value, size >= 100 ? 0 : size >= 10 ? 2 : 3);
}

/** Text cut to `limit` characters, with an ellipsis where something is gone. */
export function truncateText(text: string, limit: number): string {
  const characters = [...text];
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML and HTML forbid
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g;

/** Replaces characters that markup cannot hold (a model of bytes may write any) by U+FFFD. */
export function cleanText(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as markup, safe between tags and inside quoted attributes. */
export function escapeMarkup(text: string): string {
  return cleanText(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
