// `primordia battle --batch`: a table of pairs, one round each.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  createBattlePool,
  formatPairs,
  type Pair,
  pairJobs,
  pairWinner,
  readPairs,
  readWarrior,
} from '../arena/index.ts';
import { UserError } from '../core/index.ts';
import type { Warrior } from '../corewar/index.ts';
import type { CommonOptions } from './common-options.ts';
import { assemblyRules, type CoreOptions } from './core-options.ts';
import { writeText } from './write-text.ts';

export type BatchFlags = CommonOptions &
  CoreOptions & {
    readonly batch: string;
    readonly warriors: string;
    readonly workers?: number;
  };

/** Plays the table and prints it with its winners. */
export async function runBatch(flags: BatchFlags): Promise<void> {
  const { batch, warriors: folder } = flags;
  const rules = { ...assemblyRules(flags), warriors: 2 };
  const pairs = readPairs(readText(batch), batch, rules.settings);
  const known = new Map<string, Warrior>();
  const warriorOf = (name: string, { line }: Pair): Warrior => {
    const seen = known.get(name);
    if (seen) return seen;
    const file = path.join(folder, `${name}.red`);
    const where = `${batch}, line ${line}`;
    const { warrior, diagnostics } = explain(where, () => readWarrior(file, rules));
    for (const one of diagnostics) writeText(process.stderr, `${one}\n`);
    if (!warrior) throw new UserError(`${where}: ${file} cannot be assembled`);
    known.set(name, warrior);
    return warrior;
  };
  const jobs = pairJobs(pairs, rules.settings, warriorOf, batch);
  const pool = createBattlePool(flags.workers === undefined ? {} : { workers: flags.workers });
  try {
    const winners = (await pool.run(jobs)).map(pairWinner);
    if (!flags.json) writeText(process.stdout, formatPairs(pairs, winners));
    else {
      const rows = pairs.map(({ first, second, secondPosition }, i) =>
        JSON.stringify({ first, second, second_position: secondPosition, winner: winners[i] }),
      );
      process.stdout.write(rows.map((row) => `${row}\n`).join(''));
    }
  } finally {
    await pool.close();
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function explain<T>(where: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${where}: ${error.message}`, { cause: error });
  }
}
