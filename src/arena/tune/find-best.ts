// Two rounds of successive halving: over candidates from everywhere, then around the best of them.

import { foldIn, type Key, permutation, UserError } from '../../core/index.ts';
import {
  type Candidate,
  countCandidates,
  drawHypercube,
  drawNeighbors,
  listCandidates,
} from './draw-candidates.ts';
import type { Draft } from './open-draft.ts';
import type { TunedConstant } from './parse-constants.ts';
import {
  type Block,
  type Entry,
  type Opponent,
  type Playing,
  playBlocks,
  scoreOf,
} from './play-blocks.ts';
import { chooseCandidateCount, countPairs, planHalving } from './successive-halving.ts';

/** Candidates of the last rung. */
export const KEEP = 5;
/** Candidates of a budget that decides their number, at most; and of one that is given. */
const MOST_CANDIDATES = 4096;
const MOST_GIVEN = 20_000;
/** Results that a file may hold. */
const MOST_PAIRS = 1_000_000;
/** Share of the budget for the candidates around the best ones. */
const REFINE_SHARE = 0.35;

export type Search = {
  /** Rounds in all. */
  readonly budget: number;
  /** How many are drawn from everywhere; null lets the budget decide. */
  readonly candidates: number | null;
  readonly constants: readonly TunedConstant[];
  readonly draft: Draft;
  readonly opponents: readonly Opponent[];
  readonly playing: Playing;
  readonly key: Key;
};

/** A candidate and its score in the rungs that it reached. */
export type Ranked = {
  readonly entry: Entry;
  readonly selection: { score: number; rounds: number };
};

export type Found = {
  /** Best first. */
  readonly best: readonly Ranked[];
  readonly original: Ranked;
  /** Candidates that were played. */
  readonly tried: number;
};

/**
 * Where there are no more candidates than the budget can try, all of them are.
 *
 * @throws UserError where the budget does not suffice; as `playBlocks`
 */
export async function findBest(search: Search): Promise<Found> {
  const { budget, candidates, constants, draft, opponents, playing, key } = search;
  const all = countCandidates(constants);
  if (candidates !== null && candidates > MOST_GIVEN) {
    throw new UserError(`${candidates} candidates are more than ${MOST_GIVEN}`);
  }
  const halving = { opponents, playing, key };
  const whole = candidates ?? chooseCandidateCount(budget, KEEP, MOST_CANDIDATES);
  if (all <= whole) {
    const entries = openAll([draft.valuesOf(draft.original), ...listCandidates(constants)], draft);
    const ranked = await halve('search', entries, budget, halving);
    const { best, original } = split(ranked, draft);
    return { best, original: original!, tried: entries.length };
  }
  const refining = Math.floor(budget * REFINE_SHARE);
  const searching = budget - refining;
  const first = candidates ?? chooseCandidateCount(searching, KEEP, MOST_CANDIDATES);
  const drawn = drawHypercube(foldIn(key, 'hypercube'), constants, Math.max(1, first - 1));
  const entries = openAll([draft.valuesOf(draft.original), ...drawn], draft);
  const found = await halve('search', entries, searching, halving);
  const second = chooseCandidateCount(refining, KEEP, MOST_CANDIDATES);
  const parents = found.slice(0, Math.min(KEEP, second)).map(({ entry }) => draft.valuesOf(entry));
  const near = second - parents.length;
  const neighbors = drawNeighbors(foldIn(key, 'neighbors'), parents, constants, near);
  const around = openAll([...parents, ...neighbors], draft);
  // Parents begin anew there: their earlier scores are those of winners, and too high.
  const best = await halve('refine', around, refining, halving);
  const tried = distinctEntries([...entries, ...around]).length;
  const last = split(best, draft);
  return { best: last.best, original: last.original ?? split(found, draft).original!, tried };
}

function split(ranked: readonly Ranked[], draft: Draft) {
  const original = ranked.find(({ entry }) => entry === draft.original);
  return { best: ranked.slice(0, KEEP), original };
}

function openAll(candidates: readonly Candidate[], draft: Draft): Entry[] {
  return distinctEntries(candidates.flatMap((candidate) => draft.open(candidate) ?? []));
}

export function distinctEntries(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

type Halving = Pick<Search, 'opponents' | 'playing' | 'key'>;

/** Every entry with the score of the rungs that it reached, the furthest first, then by score. */
async function halve(
  name: string,
  entries: readonly Entry[],
  budget: number,
  { opponents, playing, key }: Halving,
): Promise<Ranked[]> {
  const size = { candidates: entries.length, opponents: opponents.length, budget, keep: KEEP };
  const rungs = planHalving(size);
  if (countPairs(rungs) > MOST_PAIRS) {
    throw new UserError(
      `the search would have ${countPairs(rungs).toLocaleString('en-US')} results`,
      {
        hint: 'take fewer --candidates or opponents',
      },
    );
  }
  const blocks: Block[] = [];
  const ended: Ranked[][] = [];
  let left = [...entries];
  for (const [k, rung] of rungs.entries()) {
    const block = makeBlock(`${name}-${k}`, opponents, rung, key);
    blocks.push(block);
    await playBlocks([block], left, playing);
    const rounds = blocks.reduce((sum, one) => sum + one.rounds * one.opponents.length, 0);
    const ranked = left
      .map((entry) => ({
        entry,
        selection: { score: scoreOf(blocks, entry.name, playing.results), rounds },
      }))
      // Equal scores keep their order: the original comes first.
      .sort((a, b) => b.selection.score - a.selection.score);
    const survivors = rungs[k + 1]?.candidates ?? ranked.length;
    ended.unshift(k + 1 < rungs.length ? ranked.slice(survivors) : ranked);
    left = ranked.slice(0, survivors).map(({ entry }) => entry);
  }
  return ended.flat();
}

function makeBlock(
  name: string,
  opponents: readonly Opponent[],
  rung: { readonly opponents: number; readonly rounds: number },
  key: Key,
): Block {
  const order = permutation(foldIn(foldIn(key, name), 'opponents'), opponents.length);
  const chosen = Array.from(order.subarray(0, rung.opponents)).sort((a, b) => a - b);
  return { name, opponents: chosen.map((i) => opponents[i]!), rounds: rung.rounds };
}
