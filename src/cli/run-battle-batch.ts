// `primordia battle --batch`: a table of pairs, one round each.

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
import { inContext, UserError } from '../core/index.ts';
import type { Warrior } from '../corewar/index.ts';
import { readRegularText } from '../files/read-file.ts';
import type { CommonOptions } from './common-options.ts';
import { assemblyRules, type CoreOptions } from './core-options.ts';
import { createOutput } from './output.ts';
import { createWorkProgress } from './progress/work-progress.ts';
import { writeText } from './write-text.ts';

type BatchFlags = CommonOptions &
  CoreOptions & {
    readonly batch: string;
    readonly warriors: string;
    readonly workers?: number;
  };

/** Some millions of pairs. */
const MAX_TABLE_BYTES = 2 ** 28;

/** Plays the table and prints it with its winners. */
export async function runBatch(flags: BatchFlags): Promise<void> {
  const { batch, warriors: folder } = flags;
  const rules = { ...assemblyRules(flags), warriors: 2 };
  const pairs = readPairs(
    readRegularText(batch, { maxBytes: MAX_TABLE_BYTES }),
    batch,
    rules.settings,
  );
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
  const status = createOutput({}, process.stderr);
  try {
    const onProgress = createWorkProgress(status, 'pairs', { isQuick: true });
    const winners = (await pool.run(jobs, { onProgress })).map(pairWinner);
    status.clear();
    if (!flags.json) writeText(process.stdout, formatPairs(pairs, winners));
    else {
      const rows = pairs.map(({ first, second, secondPosition }, i) =>
        JSON.stringify({ first, second, second_position: secondPosition, winner: winners[i] }),
      );
      process.stdout.write(rows.map((row) => `${row}\n`).join(''));
    }
  } finally {
    status.clear();
    await pool.close();
  }
}

function explain<T>(where: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw inContext(where, error);
  }
}
