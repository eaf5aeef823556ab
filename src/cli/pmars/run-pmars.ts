// `pmars`: the battle that a command line of pMARS asks for, with pMARS's output and exit codes.

import { UserError } from '../../core/index.ts';
import { formatKothResults, formatResults } from '../../corewar/format-battle.ts';
import { createMars } from '../../corewar/mars/kernel-mars.ts';
import { playBattle } from '../../corewar/play-battle.ts';
import { resolveBattle } from '../../corewar/pmars-options.ts';
import { DEFAULT_FORMULA, parseScoreFormula, scoreBattle } from '../../corewar/scoring.ts';
import { nextSeriesSeed } from '../../corewar/series.ts';
import type { CoreSettings } from '../../corewar/settings.ts';
import type { Warrior } from '../../corewar/warrior.ts';
import { assembleForPmars } from './assemble-for-pmars.ts';
import { fromBinaryText, toBinaryText } from './binary-text.ts';
import { checkPmarsCommand } from './check-pmars-command.ts';
import { describePmarsUsage } from './describe-pmars-usage.ts';
import { type PmarsCommand, parsePmarsArguments } from './parse-pmars-arguments.ts';
import type { PmarsIo } from './pmars-io.ts';
import { pmarsRounds, pmarsSettings } from './pmars-settings.ts';
import { queryExitCode } from './query-exit-code.ts';

/** As pMARS's manual lists them; a source that cannot be read is an assembly error for the program itself. */
export const PMARS_EXIT_CODES = { done: 0, memory: -2, usage: 2, assembly: 3 } as const;

/**
 * Runs a command line of pMARS, without the program's name.
 *
 * @returns the exit code, as pMARS means it: a system cuts it to eight bits
 */
export function runPmars(argv: readonly string[], io: PmarsIo): number {
  const parsed = parsePmarsArguments(argv.map(toBinaryText), {
    readFile: (name) => readParameterFile(name, io),
    readStandardInput: io.readStandardInput,
  });
  if (parsed.kind === 'help') {
    io.writeOutput(toBinaryText(describePmarsUsage(parsed.version)));
    return PMARS_EXIT_CODES.done;
  }
  if (parsed.kind === 'error') return refuse(parsed.problems, parsed.version, io);
  const { command } = parsed;
  const problems = checkPmarsCommand(command);
  const played =
    problems.length > 0
      ? { code: refuse(problems, command.version, io), warriors: [], scores: undefined }
      : runCommand(command, io);
  const query = command.numbers.get('Q');
  if (query === undefined) return played.code;
  return queryExitCode(query, {
    version: command.version,
    scores: played.scores ?? command.files.map(() => 0),
    isSorted: command.switches.has('o'),
    pins: command.files.map((_, i) => played.warriors[i]?.pin ?? null),
  });
}

type Played = {
  readonly code: number;
  readonly warriors: readonly Warrior[];
  /** Undefined where nothing was played. */
  readonly scores: readonly number[] | undefined;
};

function runCommand(command: PmarsCommand, io: PmarsIo): Played {
  const settings = pmarsSettings(command);
  const rounds = pmarsRounds(command, settings);
  const { warriors, isComplete } = assembleForPmars(command, settings, rounds, io);
  if (!isComplete) return { code: PMARS_EXIT_CODES.assembly, warriors, scores: undefined };
  if (rounds === 0 || command.switches.has('A')) {
    return { code: PMARS_EXIT_CODES.done, warriors, scores: undefined };
  }
  try {
    const scores = play(command, settings, rounds, warriors, io);
    return { code: PMARS_EXIT_CODES.done, warriors, scores };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The command line is sound: what is left are sizes that this MARS does not have.
    io.writeError(`error: ${error.message}${error.hint ? ` (${error.hint})` : ''}\n`);
    return { code: PMARS_EXIT_CODES.memory, warriors, scores: undefined };
  }
}

function play(
  command: PmarsCommand,
  settings: CoreSettings,
  rounds: number,
  warriors: readonly Warrior[],
  io: PmarsIo,
): readonly number[] {
  const { switches, texts } = command;
  const position = texts.get('F');
  const fixedSeries = switches.has('f');
  const job = resolveBattle(warriors, settings, {
    ...{ rounds, fixedSeries, permute: switches.has('P') },
    ...(position !== undefined && { position: Number(position) }),
  });
  const isDrawn = position === undefined && !fixedSeries;
  const seed = nextSeriesSeed(io.time);
  const { outcomes } = playBattle(
    createMars(settings),
    isDrawn
      ? { ...job, placement: { kind: switches.has('P') ? 'permuted-series' : 'series', seed } }
      : job,
  );
  const scores = scoreBattle(outcomes, parseScoreFormula(texts.get('=') ?? DEFAULT_FORMULA));
  const table = { warriors, outcomes, scores };
  io.writeOutput(
    switches.has('k')
      ? formatKothResults(table)
      : formatResults(table, { sorted: switches.has('o') }),
  );
  return scores;
}

function refuse(problems: readonly string[], version: PmarsCommand['version'], io: PmarsIo): 2 {
  const lines = problems.map((problem) => `${fromBinaryText(problem)}\n`);
  io.writeError(`${describePmarsUsage(version)}\n${lines.join('')}`);
  return PMARS_EXIT_CODES.usage;
}

/** Words of options beyond this are no parameter file. */
function readParameterFile(name: string, io: PmarsIo): string | null {
  try {
    return Buffer.from(io.readFile(name)).toString('latin1');
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
