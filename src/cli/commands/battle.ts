// `primordia battle`: warriors fight, as pMARS has them fight; or a table of pairs does, on all cores.

import { type Command, CommanderError } from 'commander';
import { readWarriors } from '../../arena/index.ts';
import { UserError } from '../../core/index.ts';
import {
  type BattleFlags,
  type BattleTable,
  createMars,
  DEFAULT_FORMULA,
  formatKothResults,
  formatListing,
  formatResults,
  parseScoreFormula,
  playBattle,
  resolveBattle,
  scoreBattle,
} from '../../corewar/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseInteger,
  parsePositiveInteger,
} from '../common-options.ts';
import { addCoreOptions, assemblyRules, type CoreOptions } from '../core-options.ts';
import { runBatch } from '../run-battle-batch.ts';
import { writeText } from '../write-text.ts';

type BattleCommandFlags = CommonOptions &
  CoreOptions &
  BattleFlags & {
    readonly brief?: boolean;
    readonly koth?: boolean;
    readonly sort?: boolean;
    readonly formula: string;
    readonly batch?: string;
    readonly warriors?: string;
    readonly workers?: number;
  };

export function addBattle(program: Command): void {
  const battle = program
    .command('battle')
    .description('let warriors fight in a core; flags and output are those of pMARS')
    .argument('[warriors...]', 'files in Redcode; - stands for standard input')
    .option('-r, --rounds <n>', 'rounds to play; 0 only assembles (default: 1)', parseInteger)
    .option('-F, --position <n>', 'of warrior 2 in round 1; seeds the others', parseInteger)
    .option('-f, --fixed-series', 'positions that follow from the warriors')
    .option('-P, --permute', 'all positions with either starter; two warriors')
    .option('--seed <n>', 'for positions that are drawn otherwise (default: 0)', parseInteger)
    .option('-b, --brief', 'no listings')
    .option('-k, --koth', 'results as a KotH server reads them')
    .option('-o, --sort', 'the best first')
    .option('-=, --formula <text>', 'points of a survivor', DEFAULT_FORMULA)
    .option('--batch <file>', 'CSV of pairs (first,second,second_position), one round each')
    .option('--warriors <folder>', 'where the warriors of --batch lie, as NAME.red')
    .option(
      '--workers <n>',
      'threads for --batch (default: one per processor)',
      parsePositiveInteger,
    )
    .addHelpText(
      'after',
      `
Two warriors: "Results: wins of the first, wins of the second, ties"; more: wins alone, wins of two, …, losses.
Warrior 1 stands at 0, the first move goes round. The same command gives the same numbers: change --seed for others.

Examples:
  primordia battle imp.red dwarf.red
  primordia battle -b -r 200 -F 1000 a.red b.red      the rounds that pMARS plays
  primordia battle -b -k -r 250 --setting 94nop a.red b.red
  primordia battle -b -o -r 100 -= '(S==1)*W' a.red b.red c.red
  primordia battle --batch pairs.csv --warriors hill/ > winners.csv`,
    );
  addCoreOptions(battle);
  addCommonOptions(battle).action(async (files: string[], flags: BattleCommandFlags) => {
    if (flags.batch === undefined) return runBattle(files, flags);
    if (files.length > 0 || flags.warriors === undefined) {
      throw new CommanderError(
        2,
        'usage',
        '--batch needs --warriors FOLDER, and no other warriors',
      );
    }
    await runBatch({ ...flags, batch: flags.batch, warriors: flags.warriors });
  });
}

function runBattle(files: readonly string[], flags: BattleCommandFlags): void {
  if (files.length === 0) {
    throw new UserError('no warriors were named', { hint: 'primordia battle A.red B.red' });
  }
  const formula = parseScoreFormula(flags.formula);
  const rules = {
    ...assemblyRules(flags),
    ...{ warriors: files.length, rounds: flags.rounds ?? 1 },
  };
  const { settings } = rules;
  const warriors = readWarriors(files, rules, (line) => writeText(process.stderr, `${line}\n`));
  const job = resolveBattle(warriors, settings, flags);
  if (!flags.brief && !flags.json) {
    const language = rules.language === '88' ? '88' : '94';
    for (const one of warriors) writeText(process.stdout, formatListing(one, settings, language));
  }
  if (job.rounds === 0) {
    if (flags.json) process.stdout.write(`${JSON.stringify({ warriors })}\n`);
    return;
  }
  const result = playBattle(createMars(settings), job);
  const scores = scoreBattle(result.outcomes, formula);
  const table: BattleTable = { warriors, outcomes: result.outcomes, scores };
  if (flags.json) process.stdout.write(`${JSON.stringify(toJson(table, result.rounds))}\n`);
  else if (flags.koth) writeText(process.stdout, formatKothResults(table));
  else writeText(process.stdout, formatResults(table, { sorted: flags.sort ?? false }));
}

function toJson({ warriors, outcomes, scores }: BattleTable, rounds: number) {
  const rows = warriors.map(({ name, author }, i) => ({
    name,
    author,
    score: scores[i],
    /** By number of survivors, 1 first. */
    survived: outcomes[i]!.slice(1),
    losses: outcomes[i]![0],
  }));
  return { rounds, warriors: rows };
}
