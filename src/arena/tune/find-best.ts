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
  BLOCK_ROUNDS,
  type Block,
  type Entry,
  type Opponent,
  type Playing,
  playBlocks,
  scoreOf,
} from './play-blocks.ts';
import {
  chooseCandidateCount,
  countBattles,
  leastBudget,
  planHalving,
  type Rung,
  tooSmallError,
} from './successive-halving.ts';

/** Candidates of the last rung. */
export const KEEP = 5;
/** Candidates of a budget that decides their number, at most; and of one that is given. */
const MOST_CANDIDATES = 4096;
const MOST_GIVEN = 20_000;
/** Battles of a search, or of its final rounds, whose results a file may hold. */
export const MOST_BATTLES = 1_000_000;
/** Share of the budget for the candidates around the best ones. */
const REFINE_SHARE = 0.35;

type Search = {
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
type Ranked = {
  readonly entry: Entry;
  readonly selection: { score: number; rounds: number };
};

type Found = {
  /** Best first. */
  readonly best: readonly Ranked[];
  readonly original: Ranked;
  /** Candidates that were played. */
  readonly tried: number;
};

/**
 * Where there are no more candidates than the budget can try, all of them are.
 *
 * @throws UserError if the budget does not suffice; as `playBlocks`
 */
export async function findBest(search: Search): Promise<Found> {
  const { budget, candidates, constants, draft, opponents, playing, key } = search;
  const all = countCandidates(constants);
  if (candidates !== null && candidates > MOST_GIVEN) {
    throw new UserError(`${candidates} candidates are more than the limit, ${MOST_GIVEN}`);
  }
  const halving = { opponents, playing, key };
  const whole = candidates ?? chooseCandidateCount(budget, KEEP, MOST_CANDIDATES);
  if (all <= whole) {
    const entries = openAll([draft.valuesOf(draft.original), ...listCandidates(constants)], draft);
    const rungs = plan(entries.length, budget, opponents);
    const ranked = await halve('search', entries, rungs, halving);
    const { best, original } = split(ranked, draft);
    return { best, original: original!, tried: entries.length };
  }
  const { searching, refining } = splitBudget(budget);
  const first = candidates ?? chooseCandidateCount(searching, KEEP, MOST_CANDIDATES);
  const drawn = drawHypercube(foldIn(key, 'hypercube'), constants, Math.max(1, first - 1));
  const entries = openAll([draft.valuesOf(draft.original), ...drawn], draft);
  const second = chooseCandidateCount(refining, KEEP, MOST_CANDIDATES);
  // Both parts are planned before either is played.
  requireBudget(budget, entries.length, second);
  const rungs = plan(entries.length, searching, opponents);
  plan(second, refining, opponents);
  const found = await halve('search', entries, rungs, halving);
  const parents = found.slice(0, Math.min(KEEP, second)).map(({ entry }) => draft.valuesOf(entry));
  const near = second - parents.length;
  const neighbors = drawNeighbors(foldIn(key, 'neighbors'), parents, constants, near);
  const around = openAll([...parents, ...neighbors], draft);
  // Parents begin again there: their earlier scores are those of winners, and too high.
  const refinement = planHalving({
    candidates: around.length,
    opponents: opponents.length,
    budget: refining,
    keep: KEEP,
  });
  const best = await halve('refine', around, refinement, halving);
  const tried = distinctEntries([...entries, ...around]).length;
  const last = split(best, draft);
  return { best: last.best, original: last.original ?? split(found, draft).original!, tried };
}

function splitBudget(budget: number): { searching: number; refining: number } {
  const refining = Math.floor(budget * REFINE_SHARE);
  return { searching: budget - refining, refining };
}

/** @throws UserError naming the whole budget that both parts need, where either has too little */
function requireBudget(budget: number, first: number, second: number): void {
  const [needs, needsThen] = [leastBudget(first, KEEP), leastBudget(second, KEEP)];
  const suffices = (rounds: number) => {
    const { searching, refining } = splitBudget(rounds);
    return searching >= needs && refining >= needsThen;
  };
  if (suffices(budget)) return;
  let least = Math.max(budget, Math.floor(needs / (1 - REFINE_SHARE)) - 2);
  while (!suffices(least)) least++;
  throw tooSmallError(first, budget, least);
}

/** @throws UserError if the budget is too small, or there would be too many results */
function plan(candidates: number, budget: number, opponents: readonly Opponent[]): Rung[] {
  const rungs = planHalving({ candidates, opponents: opponents.length, budget, keep: KEEP });
  const battles = countBattles(rungs, BLOCK_ROUNDS);
  if (battles <= MOST_BATTLES) return rungs;
  throw new UserError(`the search would have ${battles.toLocaleString('en-US')} results`, {
    hint: 'take fewer --candidates or opponents, or a smaller --budget',
  });
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
  rungs: readonly Rung[],
  { opponents, playing, key }: Halving,
): Promise<Ranked[]> {
  const blocks: Block[] = [];
  const ended: Ranked[][] = [];
  let left = [...entries];
  for (const [k, rung] of rungs.entries()) {
    const added = makeBlocks(`${name}-${k}`, opponents, rung, key);
    blocks.push(...added);
    await playBlocks(added, left, playing);
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

/** The blocks of a rung, all against the same opponents; the first has the rung's name. */
function makeBlocks(name: string, opponents: readonly Opponent[], rung: Rung, key: Key): Block[] {
  const order = permutation(foldIn(foldIn(key, name), 'opponents'), opponents.length);
  const chosen = Array.from(order.subarray(0, rung.opponents))
    .sort((a, b) => a - b)
    .map((i) => opponents[i]!);
  return Array.from({ length: Math.ceil(rung.rounds / BLOCK_ROUNDS) }, (_, b) => ({
    name: b === 0 ? name : `${name}-${b}`,
    opponents: chosen,
    rounds: Math.min(BLOCK_ROUNDS, rung.rounds - b * BLOCK_ROUNDS),
  }));
}
