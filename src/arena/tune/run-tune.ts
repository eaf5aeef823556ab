// A search for a warrior's constants: successive halving over a Latin hypercube, then around what it found, then final
// rounds on places that had no part in the choice.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { foldIn, type Key, keyFromSeed, UserError } from '../../core/index.ts';
import { MAX_SOURCE, type Warrior } from '../../corewar/index.ts';
import { writeFileAtomic } from '../../files/atomic.ts';
import { takeLock } from '../../files/lock.ts';
import { readRegularFile } from '../../files/read-file.ts';
import { clearTemporaries } from '../../files/temporaries.ts';
import { watchForeignLock } from '../../files/watch-lock.ts';
import type { BattlePool } from '../battle-pool.ts';
import type { AssemblyRules } from '../read-warrior.ts';
import { warriorId } from '../warrior-id.ts';
import { type Candidate, drawCandidate } from './draw-candidates.ts';
import { distinctEntries, findBest, KEEP, MOST_BATTLES } from './find-best.ts';
import { countFinalBlocks, type HeldOut, judge, makeFinalBlocks, roundFinal } from './held-out.ts';
import { type Draft, openDraft } from './open-draft.ts';
import { parseConstants, replaceConstants, type TunedConstant } from './parse-constants.ts';
import { type Entry, type Opponent, type Playing, playBlocks } from './play-blocks.ts';
import { readTune, type TuneIdentity, writeTune } from './tune-file.ts';

export type TuneOptions = {
  /** The warrior with marked constants. */
  readonly source: Uint8Array;
  /** What errors call it. */
  readonly file: string;
  /** Where the search is kept, and the tuned warrior written. */
  readonly state: string;
  readonly out: string;
  readonly setting: string;
  readonly rules: AssemblyRules;
  readonly opponents: readonly Warrior[];
  /** Opponents that choose nothing; may be empty. */
  readonly validation: readonly Warrior[];
  /** Rounds of the search; the final ones are not among them. */
  readonly budget: number;
  /** Candidates of the search; null lets the budget decide. */
  readonly candidates: number | null;
  /** Per opponent, for each warrior of the result; rounded up to whole blocks. */
  readonly finalRounds: number;
  readonly seed: number;
  readonly pool: BattlePool;
  readonly signal?: AbortSignal | undefined;
  /** Rounds that are done, and `kept`, how many of them an earlier search has played. */
  readonly onProgress?:
    | ((done: number, total: number, more: { readonly kept: number }) => void)
    | undefined;
};

/** A warrior of the result. */
export type TuneRow = {
  readonly values: Candidate;
  /** Where it was judged on places that also chose it, and over how many rounds; null for random candidates. */
  readonly selection: { readonly score: number; readonly rounds: number } | null;
  readonly heldOut: HeldOut;
  /** Against the warriors of `validation`. */
  readonly validated: HeldOut | null;
};

export type TuneResult = {
  readonly constants: readonly TunedConstant[];
  /** The best of the search first: that one was written. The original may be among them. */
  readonly finalists: readonly TuneRow[];
  readonly original: TuneRow;
  /** Candidates that were drawn blindly: what no search at all reaches. */
  readonly random: readonly TuneRow[];
  /** Candidates of the search that were played, those around the best included, and those that do not assemble. */
  readonly tried: number;
  readonly unassembled: number;
  readonly finalRounds: number;
};

/** Candidates drawn blindly, to compare with. */
const RANDOM = 8;

/**
 * Searches, or resumes a search that was stopped: to the same result, with any number of threads.
 *
 * @throws UserError if the source, its marks or the opponents are no use, or the state is another search's; the
 *   signal's reason; where `out` is something that this search did not write
 */
export async function runTune(options: TuneOptions): Promise<TuneResult> {
  const { state, out } = options;
  await watchForeignLock(`${state}.lock`);
  const lock = takeLock(`${state}.lock`);
  try {
    const own = [path.basename(state), path.basename(out)];
    clearTemporaries(path.dirname(state), { owns: (name) => own.includes(name) });
    return await search(options, lock.requireFolder);
  } finally {
    lock.release();
  }
}

async function search(options: TuneOptions, requireFolder: () => void): Promise<TuneResult> {
  const { source, file, state, out, pool, signal } = options;
  const constants = parseConstants(source, file);
  const draft = openDraft(options, constants);
  const opponents = toOpponents(options.opponents);
  const validation = toOpponents(options.validation);
  const finalRounds = roundFinal(options.finalRounds);
  const identity = identify(options, opponents, validation, finalRounds);
  const stored = readTune(state, identity);
  const { results } = stored;
  refuseOther(out, [stored.written]);
  const key = foldIn(keyFromSeed(options.seed), 'tune');
  const finals = (KEEP + RANDOM + 1) * (opponents.length + validation.length);
  if (finals * countFinalBlocks(finalRounds) > MOST_BATTLES) {
    throw new UserError(`${finalRounds.toLocaleString('en-US')} final rounds are too many`, {
      hint: 'take fewer --rounds or opponents',
    });
  }
  const total = options.budget + finals * finalRounds;
  let done = 0;
  let kept = 0;
  const playing: Playing = {
    settings: options.rules.settings,
    key,
    pool,
    results,
    signal,
    save: () => {
      requireFolder();
      writeTune(state, identity, stored);
    },
    onRounds: (rounds, how) => {
      done += rounds;
      if (how === 'kept') kept += rounds;
      options.onProgress?.(Math.min(done, total - 1), total, { kept });
    },
  };

  const { budget, candidates } = options;
  const found = await findBest({
    budget,
    candidates,
    constants,
    draft,
    opponents,
    playing,
    key,
  });
  const original = draft.original;
  const random = drawRandom(foldIn(key, 'random'), constants, draft);
  const entries = distinctEntries([original, ...found.best.map(({ entry }) => entry), ...random]);
  const heldOut = makeFinalBlocks('held-out', opponents, finalRounds);
  const validated = makeFinalBlocks('validate', validation, finalRounds);
  await playBlocks([...heldOut, ...(validation.length > 0 ? validated : [])], entries, playing);
  const toRow = (entry: Entry, selection: TuneRow['selection']): TuneRow => ({
    values: draft.valuesOf(entry),
    selection,
    heldOut: judge(heldOut, entry.name, original.name, results),
    validated: validation.length > 0 ? judge(validated, entry.name, original.name, results) : null,
  });
  const finalists = found.best.map(({ entry, selection }) => toRow(entry, selection));
  const tuned = replaceConstants(source, constants, finalists[0]!.values);
  const written = sha256(tuned);
  // It may have come while the search went on.
  refuseOther(out, [stored.written, written]);
  requireFolder();
  // The state first: a process that dies in between leaves no warrior that nobody knows.
  stored.written = written;
  writeTune(state, identity, stored);
  writeFileAtomic(out, tuned);
  options.onProgress?.(total, total, { kept });
  return {
    constants,
    finalists,
    tried: found.tried,
    finalRounds,
    unassembled: draft.unassembled(),
    original: toRow(original, found.original.selection),
    random: random.map((entry) => toRow(entry, null)),
  };
}

/** @throws UserError if the place of the tuned warrior holds anything else than `known`, by SHA-256 */
function refuseOther(out: string, known: readonly (string | null)[]): void {
  if (!existsSync(out)) return;
  // Other numbers make a source longer by far less than this.
  const found = readRegularFile(out, { maxBytes: 2 * MAX_SOURCE });
  if (known.includes(sha256(found))) return;
  throw new UserError(`${out} is not what this search wrote`, {
    hint: 'move it elsewhere, or choose another --out',
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function drawRandom(key: Key, constants: readonly TunedConstant[], draft: Draft): Entry[] {
  const entries = new Map<string, Entry>();
  for (let draw = 0; draw < 50 * RANDOM && entries.size < RANDOM; draw++) {
    const entry = draft.open(drawCandidate(foldIn(key, draw), constants));
    if (entry && entry !== draft.original) entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

/** In the order of their ids, so that the names of files do not matter. */
function toOpponents(warriors: readonly Warrior[]): Opponent[] {
  return warriors
    .map((warrior) => ({ id: warriorId(warrior), warrior }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function identify(
  options: TuneOptions,
  opponents: readonly Opponent[],
  validation: readonly Opponent[],
  finalRounds: number,
): TuneIdentity {
  const { source, setting, rules, seed, budget, candidates } = options;
  return {
    source: sha256(source),
    setting,
    settings: rules.settings,
    seed,
    budget,
    candidates,
    finalRounds,
    opponents: opponents.map(({ id }) => id),
    validation: validation.map(({ id }) => id),
  };
}
