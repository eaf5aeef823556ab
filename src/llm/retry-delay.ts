// How long to wait before an attempt is repeated.

import { foldIn, type Key, uniform } from '../core/index.ts';

type RetryDelay = {
  /** The wait before the first retry; it doubles from there. */
  readonly firstMs: number;
  /** The longest wait, whatever the server asks for. */
  readonly longestMs: number;
};

const RETRY_DELAY: RetryDelay = { firstMs: 1000, longestMs: 120_000 };

/**
 * Milliseconds to wait after attempt `attempt` (from 1) failed: between half of and the whole of
 * `firstMs * 2^(attempt - 1)`, where in between `key` decides, or what the server asked for when that is
 * longer; never above `longestMs`.
 */
export function retryDelayMs(
  attempt: number,
  retryAfterMs: number | null,
  key: Key,
  { firstMs, longestMs }: RetryDelay = RETRY_DELAY,
): number {
  const step = Math.min(longestMs, firstMs * 2 ** (attempt - 1));
  const jittered = step * (0.5 + 0.5 * uniform(foldIn(key, attempt), 1)[0]!);
  return Math.round(Math.min(longestMs, Math.max(jittered, retryAfterMs ?? 0)));
}

/** Milliseconds that a Retry-After header (RFC 9110, 10.2.3: seconds or a date) asks for; null if it asks nothing. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  const value = header?.trim() ?? '';
  // RFC 9110 has whole seconds only; some gateways send fractions.
  if (/^\d{1,15}(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // Date.parse takes nearly anything; all forms of an HTTP date begin with the day's name.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return null;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}
