// Where ticks of an axis stand, and what is written there.

import { formatNumber, formatTick } from './format.ts';

/** Multiples of a step of 1, 2 or 5 times a power of ten within a range: about `most` of them or fewer, two at least. */
export function placeTicks(
  [low, high]: readonly [number, number],
  most: number,
  leastStep = 0,
): number[] {
  if (!(high > low)) return [low];
  const room = Math.max(2, most);
  let closer: number[] = [];
  for (let step = Math.max(leastStep, roundDown((high - low) / room)); ; step = nextStep(step)) {
    const first = Math.ceil(low / step - 1e-9);
    const count = Math.max(0, Math.floor(high / step + 1e-9) - first + 1);
    const ticks = Array.from({ length: count }, (_, i) =>
      Number(((first + i) * step).toPrecision(12)),
    );
    // One tick gives no scale: rather some more than there is room for.
    if (count <= room) return count < 2 && closer.length > 1 ? closer : ticks;
    closer = ticks;
  }
}

/** Ticks at whole numbers only. */
export function placeWholeTicks(domain: readonly [number, number], most: number): number[] {
  const ticks = placeTicks(domain, most, 1);
  return ticks.length > 0 ? ticks : [Math.round(domain[0])];
}

/** Writes the ticks of an axis in even steps, all with as many digits after the point as one of them needs. */
export function formatEvenly(ticks: readonly number[]): (value: number) => string {
  const sizes = ticks.map(Math.abs);
  const least = Math.min(...sizes.filter((size) => size > 0));
  if (Math.max(...sizes) >= 1e3 || least < 1e-4) return formatTick;
  const digits = Math.max(
    ...ticks.map((tick) => `${Number(tick.toPrecision(12))}`.split('.')[1]?.length ?? 0),
  );
  return (value) => formatNumber(value, digits);
}

/** The same for fractions, as percentages. */
export function formatPercentEvenly(ticks: readonly number[]): (value: number) => string {
  const format = formatEvenly(ticks.map((tick) => Number((100 * tick).toPrecision(12))));
  return (value) => `${format(100 * value)}\u202f%`;
}

/** An axis from tick to tick: where the next tick is less than half a step beyond an end, the axis goes on to it. */
export function extendToTicks(
  [low, high]: readonly [number, number],
  ticks: readonly number[],
  [least, most]: readonly [number, number] = [-Infinity, Infinity],
): { readonly domain: [number, number]; readonly ticks: readonly number[] } {
  const [first, second] = ticks;
  if (first === undefined || second === undefined) return { domain: [low, high], ticks };
  const step = second - first;
  const round = (value: number) => Number(value.toPrecision(12));
  const isNear = (tick: number, end: number) =>
    Math.abs(tick - end) < step / 2 && tick >= least && tick <= most;
  const [before, after] = [round(first - step), round(ticks.at(-1)! + step)];
  const [isBelow, isAbove] = [isNear(before, low), isNear(after, high)];
  return {
    domain: [isBelow ? before : low, isAbove ? after : high],
    ticks: [...(isBelow ? [before] : []), ...ticks, ...(isAbove ? [after] : [])],
  };
}

/** Digits at which ticks of a logarithmic axis stand, from many to few. */
const LOG_DIGITS = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]] as const;

/** Ticks of a logarithmic axis: powers of ten, and round numbers between them where there is room. */
export function placeLogTicks(domain: readonly [number, number], most: number): number[] {
  const [low, high] = domain;
  const room = Math.max(2, most);
  const decades = range(Math.floor(Math.log10(low)), Math.floor(Math.log10(high)));
  for (const digits of LOG_DIGITS) {
    const ticks = decades
      .flatMap((decade) => digits.map((digit) => Number(`${digit}e${decade}`)))
      .filter((tick) => tick >= low && tick <= high);
    if (ticks.length < 2) break;
    if (ticks.length <= room) return ticks;
  }
  const powers = decades.map((decade) => Number(`1e${decade}`)).filter((tick) => tick >= low);
  if (powers.length < 2) return placeTicks(domain, most);
  const every = Math.ceil(powers.length / room);
  return powers.filter((_, i) => i % every === 0);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The largest step that is no larger than the size. */
function roundDown(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const digit = size / power;
  return (digit >= 5 ? 5 : digit >= 2 ? 2 : 1) * power;
}

function nextStep(step: number): number {
  const digit = Math.round(step / 10 ** Math.floor(Math.log10(step) + 1e-9));
  return digit === 2 ? step * 2.5 : step * 2;
}
