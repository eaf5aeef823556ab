// The splits of a data set: which sequences are for training, and which rules they take.

import { plural, UserError } from '../core/index.ts';
import type { DatasetFormat } from './formats/codec.ts';

/** In the order in which their sequences are numbered. Hugging Face's names. */
export const SPLIT_NAMES = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof SPLIT_NAMES)[number];

/** Shares of the sequences, which add up to 1. */
export type SplitShares = Readonly<Partial<Record<SplitName, number>>>;

/** For formats whose trainers need both. */
export const DEFAULT_SPLITS: SplitShares = { train: 0.99, validation: 0.01 };

/** Whether the trainers of a format ask for a file of each split. */
export function needsSplits(format: DatasetFormat): boolean {
  return format === 'nanogpt' || format === 'llmc';
}

/**
 * Sequences that each file needs for the trainers of a format: nanoGPT's windows begin at any token but the last
 * `block_size`, and llm.c's need a token after them.
 */
export function leastSequences(format: DatasetFormat): number {
  return needsSplits(format) ? 2 : 1;
}

/** @throws UserError unless there is something to train on and to validate with */
export function requireSplits(format: DatasetFormat, shares: SplitShares): void {
  if (shares.validation !== undefined) return;
  throw new UserError(`${format} needs a split "validation" beside "train"`, {
    hint: 'such as --split train=0.99,validation=0.01',
  });
}

/** A run of sequences. Two splits of a data set have no rule in common. */
export type Split = {
  readonly name: SplitName;
  readonly sequences: number;
  /** The members of the pool that its sequences take; null if every sequence has a rule of its own. */
  readonly pool: { readonly first: number; readonly count: number } | null;
};

/** What shares cannot undercut. */
type SplitLimits = {
  /** Sequences of each split, 1 by default. */
  readonly least?: number;
  /** For the error that says how many tokens are needed. */
  readonly sequenceLength?: number;
};

/**
 * The splits of `sequences` sequences under `rules`, each with at least `least` sequences and one rule.
 *
 * @throws UserError for shares that do not add up to 1, a missing `train`, or too little to share out
 */
export function planSplits(
  shares: SplitShares,
  sequences: number,
  rules: 'fresh' | number,
  { least = 1, sequenceLength = 1 }: SplitLimits = {},
): Split[] {
  const names = SPLIT_NAMES.filter((name) => shares[name] !== undefined);
  const values = names.map((name) => shares[name]!);
  const hint = 'give shares that add up to 1, such as train=0.95,validation=0.05';
  for (const [i, share] of values.entries()) {
    if (share > 0 && share <= 1) continue;
    throw new UserError(`the split "${names[i]}" has a share of ${share}`, { hint });
  }
  const total = values.reduce((sum, share) => sum + share, 0);
  if (Math.abs(total - 1) > 1e-6) {
    throw new UserError(`the shares of the splits add up to ${Number(total.toFixed(6))}`, { hint });
  }
  if (names[0] !== 'train') throw new UserError('there is no split "train"', { hint });
  if (sequences < least * names.length) {
    const tokens = least * names.length * sequenceLength;
    throw new UserError(`too few sequences for ${names.length} splits: ${sequences}`, {
      hint: `take at least ${tokens} tokens: each split needs ${plural(least, 'sequence')}`,
    });
  }
  const counts = shareOut(sequences, values, least);
  // By the counts, which a manifest has, and not by the shares, which it has not.
  const parts = counts.map((count) => count / sequences);
  if (rules !== 'fresh' && rules < names.length) {
    throw new UserError(`too few rules for ${names.length} splits: ${rules}`, {
      hint: `take at least --rules ${names.length}`,
    });
  }
  const pools = rules === 'fresh' ? null : shareOut(rules, parts, 1);
  return names.map((name, i) => ({
    name,
    sequences: counts[i]!,
    pool: pools && { first: pools.slice(0, i).reduce((a, b) => a + b, 0), count: pools[i]! },
  }));
}

/**
 * Adds sequences to splits whose last shard would have fewer than `least`.
 *
 * @throws UserError if full shards have fewer
 */
export function fillLastShards(
  splits: readonly Split[],
  sequencesPerShard: number,
  limits: Required<SplitLimits>,
): Split[] {
  const { least, sequenceLength } = limits;
  if (sequencesPerShard < least) {
    throw new UserError(
      `a shard of ${plural(sequencesPerShard, 'sequence')} is too small for its trainers`,
      { hint: `take --shard-tokens of at least ${least * sequenceLength}, or fewer pieces` },
    );
  }
  const counts = splits.map(({ sequences }) => {
    const last = sequences % sequencesPerShard;
    return last === 0 ? sequences : sequences + Math.max(0, least - last);
  });
  const total = counts.reduce((a, b) => a + b, 0);
  const shares = Object.fromEntries(splits.map(({ name }, i) => [name, counts[i]! / total]));
  // From the counts, as the command of a card does.
  return planSplits(shares, total, countRules(splits), limits);
}

function countRules(splits: readonly Split[]): 'fresh' | number {
  return splits.reduce<'fresh' | number>(
    (sum, { pool }) => (pool === null || sum === 'fresh' ? 'fresh' : sum + pool.count),
    0,
  );
}

/** Whole numbers near the shares of `total`, each at least `least`; what rounding leaves goes to the first. */
function shareOut(total: number, shares: readonly number[], least: number): number[] {
  const rest = shares.slice(1).map((share) => Math.max(least, Math.round(share * total)));
  const first = total - rest.reduce((a, b) => a + b, 0);
  if (first >= least) return [first, ...rest];
  // Few things in many splits: the least for each, and what is left to the largest share.
  const counts = shares.map(() => least);
  counts[shares.indexOf(Math.max(...shares))]! += total - least * shares.length;
  return counts;
}

/** What is wrong with the splits of a manifest; undefined if nothing is. */
export function findWrongSplit(
  splits: readonly Split[],
  sequences: number,
  rules: 'fresh' | number,
): string | undefined {
  const order = splits.map(({ name }) => SPLIT_NAMES.indexOf(name));
  if (order[0] !== 0 || order.some((at, i) => i > 0 && at <= order[i - 1]!)) {
    return 'its splits are not train, validation, test in that order';
  }
  const total = splits.reduce((sum, split) => sum + split.sequences, 0);
  if (total !== sequences) return `its splits have ${total} sequences, not ${sequences}`;
  let next = 0;
  for (const { name, pool } of splits) {
    if ((pool === null) !== (rules === 'fresh')) return `the split "${name}" has other rules`;
    if (pool === null) continue;
    if (pool.first !== next) return `the split "${name}" has rules of another one`;
    next += pool.count;
  }
  return rules === 'fresh' || next === rules ? undefined : `its splits have ${next} rules`;
}
