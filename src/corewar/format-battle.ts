// How pMARS prints the results of a battle.

import type { Warrior } from './warrior.ts';

/** Scores and rounds of a battle, by warrior; `outcomes` as in `BattleResult`. */
export type BattleTable = {
  readonly warriors: readonly Pick<Warrior, 'name' | 'author'>[];
  readonly outcomes: readonly (readonly number[])[];
  readonly scores: readonly number[];
};

/**
 * Wins by number of survivors, 1 first, then losses; pMARS's order. It counts every round of a warrior that plays alone as
 * survived.
 */
function countsOf(outcomes: readonly number[]): number[] {
  if (outcomes.length === 2) return [outcomes[0]! + outcomes[1]!, 0];
  return [...outcomes.slice(1), outcomes[0]!];
}

/**
 * The results as pMARS prints them, with a newline at the end; `sorted` gives the highest score first.
 * Two warriors share a `Results:` line of wins of the first, wins of the second, and ties; a single one has none.
 */
export function formatResults(table: BattleTable, options: { sorted?: boolean } = {}): string {
  const { warriors, outcomes, scores } = table;
  const order = [...warriors.keys()];
  if (options.sorted) order.sort((a, b) => scores[b]! - scores[a]! || a - b);
  const isPair = warriors.length === 2;
  const isMelee = warriors.length > 2;
  const lines = order.flatMap((i) => {
    const { name, author } = warriors[i]!;
    const score = `${name} by ${author} scores ${scores[i]}`;
    return !isMelee ? [score] : [score, `  Results: ${countsOf(outcomes[i]!).join(' ')}`];
  });
  if (isPair) {
    const [a, b] = order as [number, number];
    lines.push(`Results: ${outcomes[a]![1]} ${outcomes[b]![1]} ${outcomes[0]![2]}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The lines of a KotH server: wins and ties of two warriors; else score, wins by survivors, losses. */
export function formatKothResults({ outcomes, scores }: BattleTable): string {
  const lines = outcomes.map((rounds, i) =>
    outcomes.length === 2
      ? `${rounds[1]} ${rounds[2]}`
      : [scores[i], ...countsOf(rounds)].join(' '),
  );
  return `${lines.join('\n')}\n`;
}
