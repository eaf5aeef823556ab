// Progress of work that is counted: how much is done, how fast, and how long it will take.

import { formatSeconds, type Output } from './output.ts';

const BAR_WIDTH = 24;

/**
 * A function to be called with what is done. On a terminal it draws a bar.
 *
 * @param unit what is counted, in the plural
 * @param now milliseconds of a clock that only goes forward
 */
export function createWorkProgress(
  output: Pick<Output, 'mode' | 'progress'>,
  unit: string,
  now: () => number = () => performance.now(),
): (done: number, total: number) => void {
  const started = now();
  return (done, total) => {
    const seconds = (now() - started) / 1000;
    const text = describeWork({ done, total, seconds, unit });
    const bar = output.mode === 'terminal' ? `${formatBar(done, total)} ` : '';
    output.progress(`${bar}${text}`, done === total);
  };
}

type Work = {
  readonly done: number;
  readonly total: number;
  /** Since the work began. */
  readonly seconds: number;
  readonly unit: string;
};

/** `1,200/50,086 pairs  2 %  412 pairs/s  ETA 1m58s`; at the end the time taken in place of what is left. */
export function describeWork({ done, total, seconds, unit }: Work): string {
  const count = (value: number) => value.toLocaleString('en-US');
  // Not 100 % before all is done.
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const parts = [`${count(done)}/${count(total)} ${unit}`, `${percent} %`];
  if (done > 0 && seconds > 0) parts.push(`${formatRate(done / seconds)} ${unit}/s`);
  if (done === total) parts.push(`in ${formatSeconds(seconds)}`);
  else if (done > 0) parts.push(`ETA ${formatSeconds((seconds * (total - done)) / done)}`);
  return parts.join('  ');
}

function formatRate(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en-US');
}

function formatBar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * done) / total);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
}
