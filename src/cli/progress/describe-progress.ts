// Progress as text: all of it for a log, as much as fits for a terminal.

import stringWidth from 'string-width';
import { escapeControlCharacters } from '../../core/index.ts';
import { formatSeconds } from '../format-seconds.ts';
import {
  currentStage,
  isComplete,
  type Progress,
  type Stage,
  stageEtaSeconds,
  wholeEtaSeconds,
} from './progress.ts';

/** A piece of a line. The higher `drop`, the sooner it is left out where there is no room; 0 stays. */
type Part = { readonly text: string; readonly short?: string; readonly drop: number };

const LONG_BAR = 24;
const SHORT_BAR = 8;

/**
 * `stage 2 of 3  nca text 1,200/4,000 steps  30 %  loss 2.346  9,855 tokens/s  ETA 3m12s, whole 10m05s`. For a finished stage, its
 * duration replaces the time left.
 */
export function describeProgress(progress: Progress, nowMs: number): string {
  return join(listParts(progress, nowMs));
}

/** The same with a bar in front, shortened and without what does not fit into `columns`. */
export function describeInColumns(progress: Progress, nowMs: number, columns: number): string {
  const stage = currentStage(progress);
  const parts = listParts(progress, nowMs);
  if (stage && stage.total !== null) {
    parts.unshift({
      text: formatBar(stage, LONG_BAR),
      short: formatBar(stage, SHORT_BAR),
      drop: 3,
    });
  }
  const fits = (line: string) => stringWidth(line) <= columns;
  const full = join(parts);
  if (fits(full)) return full;
  for (let most = LEAST_MATTERS; most > 0; most--) {
    const line = join(
      parts
        .filter(({ drop }) => drop <= most)
        .map(({ text, short = text, drop }) => ({ text: short, drop })),
    );
    if (fits(line)) return line;
  }
  return cut(join(parts.filter(({ drop }) => drop === 0)), columns);
}

function join(parts: readonly Part[]): string {
  return parts.map(({ text }) => text).join('  ');
}

const LEAST_MATTERS = 6;

function listParts(progress: Progress, nowMs: number): Part[] {
  const stage = currentStage(progress);
  if (!stage) return [];
  const { stages, current, noun } = progress;
  const parts: Part[] = [];
  const add = (text: string, drop: number, short = text) =>
    parts.push({ text: toOneLine(text), drop, short: toOneLine(short) });
  const [place, places] = [current + 1, stages.length];
  if (places > 1) add(`${noun} ${place} of ${places}`, 2, `${place}/${places}`);
  add(`${stage.name} ${formatCounts(stage)} ${stage.unit}`.trimStart(), 0);
  // Not 100 % before all is done.
  if (stage.total !== null) add(`${Math.floor(100 * shareOf(stage))} %`, 5);
  for (const detail of stage.details) add(detail, 4);
  if (stage.rate) add(`${formatRate(stage.rate.perSecond)} ${stage.rate.unit}/s`, LEAST_MATTERS);
  const eta = formatEta(progress, stage, nowMs);
  if (eta !== null) add(eta, 1);
  return parts;
}

function toOneLine(text: string): string {
  return escapeControlCharacters(text).replaceAll(/[\n\t]/g, ' ');
}

function formatEta(progress: Progress, stage: Stage, nowMs: number): string | null {
  const own = stageEtaSeconds(progress, nowMs);
  const whole = wholeEtaSeconds(progress, nowMs);
  const isLast = progress.current === progress.stages.length - 1;
  const rest = whole === null || isLast ? '' : `, whole ${formatSeconds(whole)}`;
  if (isComplete(stage)) return `in ${formatSeconds((nowMs - stage.beganMs!) / 1000)}${rest}`;
  return own === null ? null : `ETA ${formatSeconds(own)}${rest}`;
}

function shareOf({ done, total }: Stage): number {
  return total === 0 || total === null ? 1 : Math.min(1, done / total);
}

function formatCounts({ done, total }: Stage): string {
  if (total === null) return formatCount(done, done);
  return `${formatCount(done, total)}/${formatCount(total, total)}`;
}

/** `1,200`; `82.0M` where there are many millions. */
function formatCount(count: number, largest: number): string {
  if (largest >= 1e10) return `${(count / 1e9).toFixed(2)}G`;
  if (largest >= 1e7) return `${(count / 1e6).toFixed(1)}M`;
  return count.toLocaleString('en-US');
}

export function formatRate(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en-US');
}

function formatBar(stage: Stage, width: number): string {
  const filled = Math.floor(width * shareOf(stage));
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
}

/** Letters may be two columns wide. */
function cut(text: string, columns: number): string {
  let line = text;
  while (stringWidth(line) > columns) line = [...line].slice(0, -1).join('');
  return line;
}
