// A round robin in a browser: the pairs, places and figures of `primordia hill`.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  type Hill,
  type HillWarrior,
  missingPairs,
  type PairResult,
  pairJob,
  pairKey,
  toPairResult,
  warriorContent,
} from '../../../src/arena/hill.ts';
import type { CoreSettings } from '../../../src/corewar/index.ts';
import {
  createBattlePlayer,
  createMars,
  planRounds,
  type RoundSetup,
  type Warrior,
} from '../../../src/corewar/index.ts';
import { assembleEntry, type Entry, type SettingChoice } from './battle-setup.ts';

/** Warriors of a hill, at most: pairs grow with the square. */
export const MAX_HILL = 40;
export const MAX_ROUNDS = 1000;

export type HillChoice = {
  readonly entries: readonly Entry[];
  readonly setting: SettingChoice;
  readonly settings: CoreSettings;
  readonly rounds: number;
  readonly seed: number;
};

/** Equal to `warriorId` of the arena, which asks Node for the hash. */
export function hashWarrior(warrior: Warrior): string {
  return bytesToHex(sha256(utf8ToBytes(warriorContent(warrior)))).slice(0, 16);
}

/** The hill of a choice, with nothing played; `faults` say in sentences which warriors are left out. */
export function openHill(choice: HillChoice): {
  readonly hill: Hill;
  /** The place in `entries` of each warrior of the hill. */
  readonly places: readonly number[];
  readonly faults: readonly string[];
} {
  const { entries, setting, settings, rounds, seed } = choice;
  const warriors: HillWarrior[] = [];
  const places: number[] = [];
  const faults: string[] = [];
  entries.forEach(({ name, source }, place) => {
    const { warrior, diagnostics } = assembleEntry(source, choice, { warriors: 2, rounds });
    if (warrior === null) {
      const error = diagnostics.find(({ severity }) => severity === 'error');
      faults.push(
        `${name} is left out: line ${error?.line ?? 1}, ${error?.message ?? 'it has errors'}.`,
      );
      return;
    }
    const id = hashWarrior(warrior);
    const twin = warriors.findIndex((other) => other.id === id);
    if (twin >= 0) {
      faults.push(`${name} is left out: it is the same as ${warriors[twin]!.warrior.name}.`);
      return;
    }
    warriors.push({ id, file: `${name}.red`, age: 1, warrior });
    places.push(place);
  });
  const rules = { setting, settings, rounds, seed };
  return { hill: { rules, warriors, results: new Map() }, places, faults };
}

/** Plays all pairs that are missing, one after the other. */
export function* playPairs(
  hill: Hill,
): Generator<{ readonly key: string; readonly result: PairResult }> {
  const play = createBattlePlayer(createMars);
  for (const pair of missingPairs(hill)) {
    const [a, b] = pair;
    const result = toPairResult(play(pairJob(pair, hill.rules)));
    yield { key: pairKey(a.id, b.id), result };
  }
}

export type PairRound = {
  /** The warrior with the lower id is the first. */
  readonly setup: RoundSetup;
  readonly winner: 'lower' | 'higher' | 'tie' | 'nobody';
};

/** The rounds of a pair, the lower id first, one by one. */
export function listRounds(
  pair: readonly [HillWarrior, HillWarrior],
  { rules }: Hill,
): PairRound[] {
  const job = pairJob(pair, rules);
  const mars = createMars(rules.settings);
  mars.load(job.warriors);
  return [...planRounds(job)].map(({ positions, first }) => {
    const setup = { positions, first };
    const [lower, higher] = mars.play(setup).alive;
    const winner = lower ? (higher ? 'tie' : 'lower') : higher ? 'higher' : 'nobody';
    return { setup, winner };
  });
}
