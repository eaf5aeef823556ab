// A hill: warriors that have all fought one another. Plain data; results are kept by pair, so that nothing is played twice.
// Runs in a browser too.

import { foldIn, keyFromSeed } from '../core/index.ts';
import type { BattleJob, BattleResult, CoreSettings, Warrior } from '../corewar/index.ts';

/** A warrior on a hill. `id` is made of what it is, `age` counts the challengers that it has survived, itself included. */
export type HillWarrior = {
  readonly id: string;
  readonly file: string;
  readonly age: number;
  readonly warrior: Warrior;
};

/** Rounds that the warrior with the lower id won, the other one won, and that were tied. */
export type PairResult = readonly [lowerWins: number, higherWins: number, ties: number];

export type HillRules = {
  readonly setting: string;
  readonly settings: CoreSettings;
  readonly rounds: number;
  readonly seed: number;
};

export type Hill = {
  readonly rules: HillRules;
  readonly warriors: readonly HillWarrior[];
  /** By `pairKey`. */
  readonly results: ReadonlyMap<string, PairResult>;
};

/** A row of the table, best first. Shares are percentages of all rounds; the score is 3 × wins + ties. */
export type HillRow = {
  readonly rank: number;
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  readonly score: number;
  readonly entry: HillWarrior;
};

/** What makes a warrior that warrior on a hill: equal for equal ones. Its id is a hash of this. */
export function warriorContent(warrior: Warrior): string {
  const { name, author, instructions, start, pin } = warrior;
  return JSON.stringify([name, author, start, pin, instructions]);
}

export function pairKey(a: string, b: string): string {
  return a < b ? `${a}:${b}` : `${b}:${a}`;
}

/** Pairs whose result is missing, the lower id first. */
export function missingPairs({ warriors, results }: Hill): [HillWarrior, HillWarrior][] {
  const pairs: [HillWarrior, HillWarrior][] = [];
  for (const [i, a] of warriors.entries()) {
    for (const b of warriors.slice(i + 1)) {
      if (!results.has(pairKey(a.id, b.id))) pairs.push(a.id < b.id ? [a, b] : [b, a]);
    }
  }
  return pairs;
}

/** The battle of a pair: its places follow from the seed and the two warriors, whoever else is on the hill. */
export function pairJob([a, b]: readonly [HillWarrior, HillWarrior], rules: HillRules): BattleJob {
  const key = foldIn(foldIn(foldIn(keyFromSeed(rules.seed), 'hill'), a.id), b.id);
  return {
    settings: rules.settings,
    warriors: [a.warrior, b.warrior],
    rounds: rules.rounds,
    placement: { kind: 'random', key },
    order: 'rotate',
  };
}

export function toPairResult({ outcomes }: BattleResult): PairResult {
  return [outcomes[0]![1]!, outcomes[1]![1]!, outcomes[0]![2]!];
}

/** The table of a hill, over the pairs that have been played. Equal scores: the older first, then the lower id. */
export function rankHill({ warriors, results, rules }: Hill): HillRow[] {
  const rows = warriors.map((entry) => {
    let [battles, wins, ties] = [0, 0, 0];
    for (const other of warriors) {
      const result = other === entry ? undefined : results.get(pairKey(entry.id, other.id));
      if (!result) continue;
      battles++;
      wins += entry.id < other.id ? result[0] : result[1];
      ties += result[2];
    }
    const rounds = Math.max(1, battles * rules.rounds);
    const losses = battles * rules.rounds - wins - ties;
    const percent = (count: number) => (100 * count) / rounds;
    return {
      wins: percent(wins),
      losses: percent(losses),
      ties: percent(ties),
      score: percent(3 * wins + ties),
      entry,
    };
  });
  rows.sort(
    (a, b) => b.score - a.score || b.entry.age - a.entry.age || (a.entry.id < b.entry.id ? -1 : 1),
  );
  return rows.map((row, i) => ({ rank: i + 1, ...row }));
}

/**
 * A hill after a challenge: above `size` warriors, the lowest are pushed off. If the challenger stays, all are one
 * challenge older.
 */
export function settleChallenge(
  hill: Hill,
  challengerId: string,
  size: number,
): { hill: Hill; pushedOff: readonly HillRow[] } {
  const rows = rankHill(hill);
  const pushedOff = rows.slice(size);
  const lost = new Set(pushedOff.map(({ entry }) => entry.id));
  const entered = !lost.has(challengerId);
  const warriors = hill.warriors
    .filter(({ id }) => !lost.has(id))
    .map((entry) =>
      entered && entry.id !== challengerId ? { ...entry, age: entry.age + 1 } : entry,
    );
  const results = [...hill.results].filter(([key]) => key.split(':').every((id) => !lost.has(id)));
  return { hill: { ...hill, warriors, results: new Map(results) }, pushedOff };
}

/** The table as hills print it. */
export function formatHill(rows: readonly HillRow[]): string {
  const width = Math.max(4, ...rows.map(({ entry }) => entry.warrior.name.length));
  const authors = Math.max(6, ...rows.map(({ entry }) => entry.warrior.author.length));
  const percent = (value: number) => String(Math.round(value)).padStart(3);
  const rankWidth = Math.max(3, String(rows.length).length);
  const head = [
    '#'.padStart(rankWidth),
    '  %W/ %L/ %T  ',
    'Name'.padEnd(width),
    ` ${'Author'.padEnd(authors)}`,
    '   Score',
    '  Age',
  ].join('');
  const lines = rows.map(({ rank, wins, losses, ties, score, entry }) =>
    [
      String(rank).padStart(rankWidth),
      ` ${percent(wins)}/${percent(losses)}/${percent(ties)}  `,
      entry.warrior.name.padEnd(width),
      ` ${entry.warrior.author.padEnd(authors)}`,
      score.toFixed(1).padStart(8),
      String(entry.age).padStart(5),
    ].join(''),
  );
  return [head, ...lines].join('\n');
}
