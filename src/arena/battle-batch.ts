// Many single rounds from a table of pairs: warrior 1 at 0 and first to move, warrior 2 where the table says.

import { UserError } from '../core/index.ts';
import type { BattleJob, BattleResult, CoreSettings, Warrior } from '../corewar/index.ts';
import { formatCsv, parseCsv } from './csv.ts';

export const PAIR_COLUMNS = ['first', 'second', 'second_position'] as const;

/** A line of the table. Names are those of files, without a folder. */
export type Pair = {
  readonly line: number;
  readonly first: string;
  readonly second: string;
  readonly secondPosition: number;
};

/**
 * The pairs of a CSV file with the columns first, second and second_position; others are ignored.
 *
 * @throws UserError with the line of what is wrong
 */
export function readPairs(text: string, file: string, { coreSize }: CoreSettings): Pair[] {
  const [header, ...rows] = parseCsv(text, file);
  if (!header) throw new UserError(`${file} is empty`, { hint: columnsHint() });
  const names = header.fields.map((name) => name.trim());
  const columns = PAIR_COLUMNS.map((name) => {
    const column = names.indexOf(name);
    if (column < 0) throw new UserError(`${file} has no column "${name}"`, { hint: columnsHint() });
    if (names.includes(name, column + 1)) {
      throw new UserError(`${file} has the column "${name}" twice`);
    }
    return column;
  });
  return rows.map(({ line, fields }) => {
    if (fields.length !== names.length) {
      const expected = `${names.length} as in the header`;
      throw new UserError(`${file}, line ${line}: ${fields.length} fields, not ${expected}`);
    }
    const [first, second, position] = columns.map((column) => fields[column]!.trim());
    for (const name of [first!, second!]) checkName(name, file, line);
    const secondPosition = /^\d{1,9}$/.test(position!) ? Number(position) : Number.NaN;
    if (!(secondPosition < coreSize)) {
      throw new UserError(
        `${file}, line ${line}: second_position "${shorten(position!)}" is not a whole number from 0 to ${coreSize - 1}`,
      );
    }
    return { line, first: first!, second: second!, secondPosition };
  });
}

/** Names lead to files: none may lead out of its folder. */
function checkName(name: string, file: string, line: number): void {
  if (name !== '' && !name.startsWith('.') && !/[/\\\0]/.test(name)) return;
  throw new UserError(`${file}, line ${line}: "${shorten(name)}" is not the name of a warrior`, {
    hint: 'give the name of its file, without folder and .red',
  });
}

/**
 * One job per pair.
 *
 * @throws UserError with the line where warriors overlap
 */
export function pairJobs(
  pairs: readonly Pair[],
  settings: CoreSettings,
  warriorOf: (name: string, pair: Pair) => Warrior,
  file: string,
): BattleJob[] {
  return pairs.map((pair) => {
    const warriors = [warriorOf(pair.first, pair), warriorOf(pair.second, pair)] as const;
    const [one, two] = warriors.map(({ instructions }) => instructions.length) as [number, number];
    const { secondPosition } = pair;
    if (secondPosition < one || secondPosition + two > settings.coreSize) {
      throw new UserError(
        `${file}, line ${pair.line}: ${pair.second} at ${secondPosition} overlaps ${pair.first} at 0`,
        { hint: `${pair.first} has ${one} instructions and ${pair.second} ${two}` },
      );
    }
    const placement = { kind: 'fixed', positions: [0, secondPosition] } as const;
    return { settings, warriors, rounds: 1, placement, order: 'first' };
  });
}

export type PairWinner = 'first' | 'second' | 'tie' | 'none';

/** Who won a battle of two with one round. */
export function pairWinner({ outcomes }: BattleResult): PairWinner {
  if (outcomes[0]![1]! > 0) return 'first';
  if (outcomes[1]![1]! > 0) return 'second';
  return outcomes[0]![2]! > 0 ? 'tie' : 'none';
}

/** The table with a column `winner`. */
export function formatPairs(pairs: readonly Pair[], winners: readonly PairWinner[]): string {
  const rows = pairs.map(({ first, second, secondPosition }, i) => [
    first,
    second,
    String(secondPosition),
    winners[i]!,
  ]);
  return formatCsv([[...PAIR_COLUMNS, 'winner'], ...rows]);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function columnsHint(): string {
  return `the first line must name the columns ${PAIR_COLUMNS.join(', ')}`;
}
