// One round: MAP-Elites against fixed opponents. What a candidate is made from depends on the archive as it was a fixed
// number of candidates before, so that several can be under way, and on nothing that happens in time.

import { foldIn, type Key, randomInt, uniform } from '../core/index.ts';
import type { Warrior } from '../corewar/index.ts';
import {
  type Archive,
  type ArchiveLayout,
  createArchive,
  type Elite,
  findChampion,
  findNiche,
  insertElite,
  listElites,
} from './archive.ts';
import type { Candidate } from './candidate.ts';
import { type EvaluationPlan, evaluateWarrior, type PlayBattles } from './evaluate.ts';
import type { Mutator, Proposal } from './mutator.ts';

export type WarmUp = {
  readonly name: string;
  readonly source: string;
  readonly warrior: Warrior;
  /** Round whose champion it was; 0 for an initial opponent. */
  readonly champion: number;
};

export type RoundPlan = {
  readonly round: number;
  /** Key of the round. */
  readonly key: Key;
  readonly layout: ArchiveLayout;
  readonly evaluation: EvaluationPlan;
  readonly warmUps: readonly WarmUp[];
  readonly newAtStart: number;
  /** Candidates of the round, all told: warm-ups, new ones at its start, iterations. */
  readonly total: number;
  readonly newShare: number;
  /** The round ends when its best fitness is above it; null: after all iterations. See `findEnd`. */
  readonly fitnessThreshold: number | null;
  readonly inFlight: number;
};

export type RoundPorts = {
  /** Asked for nothing more once `signal` is aborted; what it was asked for is waited for. */
  readonly mutator: Mutator;
  readonly play: PlayBattles;
  /** The warrior of a source, for what was recorded. */
  readonly assemble: (source: string) => Warrior;
  /** Called for each candidate in order, before the next one that depends on it is made. */
  readonly record: (candidate: Candidate, archive: Archive) => void;
  readonly signal?: AbortSignal | undefined;
};

/** The archive of a round from what was recorded of it. */
export function replayRound(
  layout: ArchiveLayout,
  candidates: readonly Candidate[],
  assemble: RoundPorts['assemble'],
): Archive {
  return candidates.reduce(
    (archive, candidate) => replayCandidate(archive, candidate, assemble),
    createArchive(layout),
  );
}

function replayCandidate(
  archive: Archive,
  candidate: Candidate,
  assemble: RoundPorts['assemble'],
): Archive {
  // Only elites need their warriors: most candidates are not worth assembling again.
  if (!candidate.kept) return archive;
  return insertElite(archive, toElite(candidate, assemble(candidate.source!)));
}

function toElite({ index, source, evaluation }: Candidate, warrior: Warrior): Elite {
  return { index, source: source!, warrior, evaluation: evaluation! };
}

/**
 * Runs a round to its end, from where `recorded` leaves it.
 *
 * @returns the archive at the end
 * @throws the signal's reason, or what a mutator throws; all candidates recorded by then stay
 */
export async function runRound(
  plan: RoundPlan,
  recorded: readonly Candidate[],
  ports: RoundPorts,
): Promise<Archive> {
  let { total } = plan;
  // `archives[i]` is the archive before candidate i: only those that a candidate to come draws from are kept.
  const archives = new Map<number, Archive>();
  const oldest = Math.max(0, recorded.length - plan.inFlight + 1);
  let archive = createArchive(plan.layout);
  archives.set(0, archive);
  for (const [i, candidate] of recorded.entries()) {
    archive = replayCandidate(archive, candidate, ports.assemble);
    if (i + 1 >= oldest) archives.set(i + 1, archive);
    total = Math.min(total, findEnd(plan, i + 1, archive));
  }
  const stop = new AbortController();
  const signal = ports.signal ? AbortSignal.any([ports.signal, stop.signal]) : stop.signal;
  const underWay: Promise<Made>[] = [];
  let next = recorded.length;
  try {
    for (let index = recorded.length; index < total; index++) {
      while (next < total && next < index + plan.inFlight) {
        const seen = archives.get(Math.max(0, next - plan.inFlight + 1))!;
        archives.delete(next - plan.inFlight);
        const made = makeCandidate(plan, next, seen, { ...ports, signal });
        // A failure is met when its turn comes; until then it must not count as unhandled.
        made.catch(() => {});
        underWay.push(made);
        next++;
      }
      const { candidate, warrior } = await underWay.shift()!;
      const before = archive;
      if (warrior) archive = insertElite(before, toElite(candidate, warrior));
      archives.set(index + 1, archive);
      total = Math.min(total, findEnd(plan, index + 1, archive));
      ports.record({ ...candidate, kept: archive !== before }, archive);
    }
  } finally {
    stop.abort();
    await Promise.allSettled(underWay);
  }
  return archive;
}

/**
 * Number of candidates that a round has if it may end with `done` of them, as a threshold has it: asked before each
 * iteration but the first, so after the warm-ups, the new warriors and one step, as the authors' code asks. Those that
 * are under way then are part of the round: a language model may have been paid for them.
 */
function findEnd(plan: RoundPlan, done: number, archive: Archive): number {
  const { fitnessThreshold, warmUps, newAtStart, inFlight } = plan;
  if (fitnessThreshold === null || done <= warmUps.length + newAtStart) return Infinity;
  const best = findChampion(archive);
  const isAbove = best !== null && best.evaluation.fitness > fitnessThreshold;
  return isAbove ? done + inFlight - 1 : Infinity;
}

type Made = { readonly candidate: Candidate; readonly warrior: Warrior | null };

async function makeCandidate(
  plan: RoundPlan,
  index: number,
  archive: Archive,
  ports: RoundPorts,
): Promise<Made> {
  const key = foldIn(foldIn(plan.key, 'candidate'), index);
  const draft = await draftCandidate(plan, index, archive, key, ports);
  const { warrior } = draft;
  if (!warrior) return draft;
  ports.signal?.throwIfAborted();
  const battles = foldIn(key, 'battles');
  const evaluation = await evaluateWarrior(
    ...([warrior, plan.evaluation, battles, ports.play, ports.signal] as const),
  );
  const niche = findNiche(plan.layout, evaluation);
  return { candidate: { ...draft.candidate, evaluation, niche }, warrior };
}

async function draftCandidate(
  plan: RoundPlan,
  index: number,
  archive: Archive,
  key: Key,
  ports: RoundPorts,
): Promise<Made> {
  const base = { round: plan.round, index, evaluation: null, niche: null, kept: false } as const;
  const warmUp = plan.warmUps[index];
  if (warmUp) {
    const { name, source, warrior, champion } = warmUp;
    const made = { origin: 'warm-up', mutator: null, parents: [], champion } as const;
    const fine = { failure: null, errors: [], repaired: false } as const;
    return { candidate: { ...base, ...made, name, source, ...fine }, warrior };
  }
  const elites = listElites(archive);
  const atStart = index < plan.warmUps.length + plan.newAtStart;
  const asksNew =
    atStart || elites.length === 0 || uniform(foldIn(key, 'new'), 1)[0]! < plan.newShare;
  const parent = asksNew ? null : drawElite(elites, foldIn(key, 'parent'));
  const others = elites.filter((elite) => elite !== parent);
  const mate = asksNew || others.length === 0 ? null : drawElite(others, foldIn(key, 'mate'));
  const tag = `round ${plan.round}, candidate ${index}`;
  ports.signal?.throwIfAborted();
  const request = { key: foldIn(key, 'proposal'), tag, parent, mate, signal: ports.signal };
  const proposal: Proposal = await ports.mutator.propose(request);
  const { mutator, source, warrior, failure, errors, repaired } = proposal;
  const parents = [parent, proposal.usedMate ? mate : null].flatMap((elite) => elite?.index ?? []);
  return {
    candidate: {
      ...base,
      origin: parent ? 'mutation' : 'new',
      mutator,
      parents,
      champion: null,
      name: warrior?.name || tag,
      source,
      failure,
      errors,
      repaired,
    },
    warrior,
  };
}

function drawElite(elites: readonly Elite[], key: Key): Elite {
  return elites[randomInt(key, elites.length)]!;
}
