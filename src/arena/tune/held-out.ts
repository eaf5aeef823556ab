// What is left of a gain on places that chose nothing: scores and differences with their intervals.

import { mean, standardDeviation, studentTwoSidedQuantile } from '../../core/index.ts';
import { BLOCK_ROUNDS, type Block, blockPoints, type Opponent } from './play-blocks.ts';
import type { TuneResults } from './tune-file.ts';

/** Blocks that the final rounds are cut into, at least: differences between them give the intervals. */
const FINAL_BLOCKS = 10;

/** A mean with its interval of 95 %. */
export type Estimate = { readonly mean: number; readonly interval: readonly [number, number] };

export type HeldOut = {
  /** 3 × wins + ties in percent of all rounds. */
  readonly score: Estimate;
  /** The score minus that of the original from the same places. */
  readonly gain: Estimate;
};

/** Final rounds per opponent that are played for `rounds` asked: blocks of an even number each. */
export function roundFinal(rounds: number): number {
  const blocks = countFinalBlocks(rounds);
  return blocks * 2 * Math.ceil(rounds / blocks / 2);
}

/** Blocks that so many final rounds are cut into: as many before `roundFinal` as after it. */
export function countFinalBlocks(rounds: number): number {
  return Math.max(FINAL_BLOCKS, Math.ceil(rounds / BLOCK_ROUNDS));
}

/** @param rounds per opponent, as from `roundFinal` */
export function makeFinalBlocks(
  name: string,
  opponents: readonly Opponent[],
  rounds: number,
): Block[] {
  const blocks = countFinalBlocks(rounds);
  return Array.from({ length: blocks }, (_, b) => ({
    name: `${name}-${b}`,
    opponents,
    rounds: rounds / blocks,
  }));
}

/** How an entry did in final blocks, beside the original. */
export function judge(
  blocks: readonly Block[],
  entry: string,
  original: string,
  results: TuneResults,
): HeldOut {
  const own = blocks.map((block) => blockPoints(block, entry, results));
  const base = blocks.map((block) => blockPoints(block, original, results));
  const gains = own.map((points, b) => points.map((value, o) => value - base[b]![o]!));
  return { score: estimate(own), gain: estimate(gains) };
}

/**
 * The mean over blocks and opponents, and its interval by Student's t. Opponents are strata: they are these and no sample,
 * so that only the spread between blocks of one opponent counts.
 *
 * @param points `[block][opponent]`, per round; the estimate is in percent
 */
export function estimate(points: readonly (readonly number[])[]): Estimate {
  const blocks = points.length;
  const opponents = points[0]!.length;
  const strata = Array.from({ length: opponents }, (_, o) => points.map((row) => 100 * row[o]!));
  const center = mean(strata.map((values) => mean(values)));
  const variances = strata.map((values) => standardDeviation(values) ** 2 / blocks);
  const error = Math.sqrt(mean(variances) / opponents);
  const half = studentTwoSidedQuantile(0.05, opponents * (blocks - 1)) * error;
  return { mean: center, interval: [center - half, center + half] };
}
