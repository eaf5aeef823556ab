// `primordia battle`: a battle as in pMARS, or a table of pairs on all cores.

import type { Command } from 'commander';
import { readWarriors } from '../../arena/index.ts';
import { UserError } from '../../core/index.ts';
import {
  type BattleFlags,
  type BattleJob,
  type BattleTable,
  countRounds,
  createMars,
  DEFAULT_FORMULA,
  DEFAULT_PMARS_VERSION,
  formatKothResults,
  formatListing,
  formatPmarsLoadFile,
  formatResults,
  parseScoreFormula,
  playBattle,
  resolveBattle,
  type ScoreFormula,
  scoreBattle,
  type WarriorSymbols,
} from '../../corewar/index.ts';
import { readRegularText } from '../../files/read-file.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseInteger,
  parsePositiveInteger,
} from '../common-options.ts';
import { addCoreOptions, assemblyRules, type CoreOptions } from '../core-options.ts';
import { describeAssembly } from '../describe-assembly.ts';
import { expandParameterFiles } from '../expand-parameter-files.ts';
import { queryExitCode } from '../pmars/query-exit-code.ts';
import type { TextCursor } from '../pmars/text-cursor.ts';
import { parsePosition, readPosition } from '../position-option.ts';
import { runBatch } from '../run-battle-batch.ts';
import { runDebugger } from '../run-debugger.ts';
import { createStandardInput, type StandardInput } from '../standard-input.ts';
import { viewBattle } from '../view-battle.ts';
import { writeText } from '../write-text.ts';

/** pMARS's code for a battle that the user left in the debugger. */
const EXIT_ABORTED = 4;
/** Of a file of options. */
const MAX_PARAMETER_BYTES = 2 ** 20;

type BattleCommandFlags = CommonOptions &
  CoreOptions &
  Omit<BattleFlags, 'position'> & {
    readonly position?: string;
    readonly brief?: boolean;
    readonly koth?: boolean;
    readonly sort?: boolean;
    readonly formula: string;
    readonly batch?: string;
    readonly warriors?: string;
    readonly workers?: number;
    readonly assemble?: boolean;
    readonly verbose?: boolean;
    readonly enterDebugger?: boolean;
    readonly view?: number;
    readonly query?: number;
  };

export function addBattle(program: Command, exit: (code: number) => void): void {
  const battle = program
    .command('battle')
    .description('let warriors fight in a core; flags and output are those of pMARS')
    .argument('[warriors...]', 'files in Redcode; - for one from standard input, 3- for three')
    .option('-r, --rounds <n>', 'rounds to play; 0 only assembles (default: 1)', parseInteger)
    .option(
      '-F, --position <n>',
      'position of warrior 2 in round 1, and seed of the others; text is a seed only',
      parsePosition,
    )
    .option('-f, --fixed-series', 'positions derived from the warriors')
    .option('-P, --permute', 'all positions with either starter; two warriors')
    .option('--seed <n>', 'random seed of positions, without -F and -f (default: 0)', parseInteger)
    .option('-b, --brief', 'no listings')
    .option('-k, --koth', 'results as a KotH server reads them')
    .option('-o, --sort', 'sort results, best first')
    .option('-=, --formula <text>', 'points of a survivor', DEFAULT_FORMULA)
    .option('-A, --assemble', 'print load files instead of a battle')
    .option('-V, --verbose', 'print details of the assembly on standard error')
    .option('-e, --enter-debugger', 'begin in the debugger, as primordia debug does')
    .option(
      '-v, --view <mode>',
      'show the core in a terminal first; 103: speed 1 of 0 to 7',
      parseInteger,
    )
    .option('-Q, --query <n>', 'what the exit code reports; see docs/pmars.md', parseInteger)
    .option('-@, --options <file>', 'options and warriors from a file; - for standard input')
    .option('--batch <file>', 'CSV of pairs (first,second,second_position), one round each')
    .option('--warriors <folder>', 'folder of the warriors of --batch, as NAME.red')
    .option(
      '--workers <n>',
      'threads for --batch (default: one per processor)',
      parsePositiveInteger,
    )
    .addHelpText(
      'after',
      `
Two warriors: "Results: wins of the first, wins of the second, ties"; more: wins alone, wins of two, …, losses.
Warrior 1 is loaded at 0, and the warriors take turns to move first. The same command gives the same numbers: change --seed
for others.

Examples:
  primordia battle imp.red dwarf.red
  primordia battle -b -r 200 -F 1000 a.red b.red      the rounds that pMARS plays
  primordia battle -b -k -r 250 --setting 94nop a.red b.red
  primordia battle -b -o -r 100 -= '(S==1)*W' a.red b.red c.red
  primordia battle -@ hill.opt a.red b.red            options from a file
  primordia battle --batch pairs.csv --warriors hill/ > winners.csv`,
    );
  addCoreOptions(battle);
  const input = createStandardInput();
  readParameterFiles(battle, input.cursor);
  addCommonOptions(battle).action(async (files: string[], flags: BattleCommandFlags) => {
    if (flags.batch === undefined) return exit(await runBattle(files, flags, input));
    if (files.length > 0 || flags.warriors === undefined) {
      battle.error('error: --batch needs --warriors FOLDER, and no other warriors');
    }
    await runBatch({ ...flags, batch: flags.batch, warriors: flags.warriors! });
  });
}

/** Words of `-@ FILE` are options like those of the command line, wherever it is given. */
function readParameterFiles(battle: Command, readStandardInput: () => TextCursor): void {
  const parse = battle.parseOptions.bind(battle);
  battle.parseOptions = (argv) =>
    parse(
      expandParameterFiles(argv, {
        readFile: (name) => readRegularText(name, { maxBytes: MAX_PARAMETER_BYTES }),
        readStandardInput,
      }),
    );
}

/** @returns the exit code */
async function runBattle(
  files: readonly string[],
  flags: BattleCommandFlags,
  input: StandardInput,
): Promise<number> {
  if (files.length === 0) {
    throw new UserError('no warriors were named', { hint: 'primordia battle A.red B.red' });
  }
  const formula = parseScoreFormula(flags.formula);
  const assembly = assemblyRules(flags);
  const { settings } = assembly;
  const rules = { ...assembly, warriors: files.length, rounds: countRounds(flags, settings) };
  const language = rules.language === '88' ? '88' : '94';
  const symbols: WarriorSymbols[] = [];
  const warriors = readWarriors(files, rules, say, (one) => symbols.push(one), {
    readStandardInput: () => Buffer.from(input.cursor().nextWarrior(), 'latin1'),
  });
  if (flags.verbose) {
    for (const [i, one] of warriors.entries()) {
      writeText(process.stderr, describeAssembly(files[i]!, one, symbols[i]!, settings));
    }
  }
  const job = resolveBattle(warriors, settings, readPosition(flags));
  if (!flags.brief && !flags.json) {
    const format = flags.assemble ? formatPmarsLoadFile : formatListing;
    for (const [i, one] of warriors.entries()) {
      writeText(process.stdout, format(one, settings, language, symbols[i]!.traced));
    }
  }
  const version = flags.pmars ?? DEFAULT_PMARS_VERSION;
  const answer = (scores: readonly number[]) => {
    if (flags.query === undefined) return 0;
    const pins = warriors.map(({ pin }) => pin);
    return (
      queryExitCode(flags.query, { version, scores, pins, isSorted: flags.sort ?? false }) & 0xff
    );
  };
  if (job.rounds === 0 || flags.assemble) {
    if (flags.json) process.stdout.write(`${JSON.stringify({ warriors })}\n`);
    return answer(warriors.map(() => 0));
  }
  if (flags.view !== undefined) await viewBattle(job, flags.view, say);
  const played = flags.enterDebugger
    ? await debugBattle(job, { symbols, formula, language, isJson: flags.json ?? false }, input)
    : playBattle(createMars(settings), job);
  if (played === null) return EXIT_ABORTED;
  const { outcomes } = played;
  const scores = scoreBattle(outcomes, formula);
  const table: BattleTable = { warriors, outcomes, scores };
  if (flags.json) process.stdout.write(`${JSON.stringify(toJson(table, job.rounds))}\n`);
  else if (flags.koth) writeText(process.stdout, formatKothResults(table));
  else writeText(process.stdout, formatResults(table, { sorted: flags.sort ?? false }));
  return answer(scores);
}

/** Null if the user left it. */
async function debugBattle(
  job: BattleJob,
  {
    symbols,
    formula,
    language,
    isJson,
  }: {
    readonly symbols: readonly WarriorSymbols[];
    readonly formula: ScoreFormula;
    readonly language: '94' | '88';
    readonly isJson: boolean;
  },
  input: StandardInput,
): Promise<{ readonly outcomes: BattleTable['outcomes'] } | null> {
  const { isAborted, outcomes } = await runDebugger({
    job,
    symbols,
    formula,
    rules: language,
    isJson,
    input: input.stream(),
    output: process.stdout,
  });
  return isAborted ? null : { outcomes };
}

function say(line: string): void {
  writeText(process.stderr, `${line}\n`);
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
