// `pmars`: the battle that a command line of pMARS asks for, with pMARS's output and exit codes.

import { UserError } from '../../core/index.ts';
import { assembleForPmars } from './assemble-for-pmars.ts';
import { fromBinaryText, toBinaryText } from './binary-text.ts';
import { checkPmarsCommand } from './check-pmars-command.ts';
import { describePmarsUsage } from './describe-pmars-usage.ts';
import { type PmarsCommand, parsePmarsArguments } from './parse-pmars-arguments.ts';
import { playForPmars } from './play-for-pmars.ts';
import type { PmarsIo } from './pmars-io.ts';
import { pmarsRounds, pmarsSettings } from './pmars-settings.ts';
import { queryExitCode } from './query-exit-code.ts';

/** As pMARS's manual lists them; a source that cannot be read is an assembly error for the program itself. */
const PMARS_EXIT_CODES = { done: 0, memory: -2, usage: 2, assembly: 3, aborted: 4 } as const;

/**
 * Runs a command line of pMARS, without the program's name.
 *
 * @returns the exit code, as pMARS means it: a system cuts it to eight bits
 */
export async function runPmars(argv: readonly string[], io: PmarsIo): Promise<number> {
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
  const played: Played =
    problems.length > 0
      ? { code: refuse(problems, command.version, io), pins: [] }
      : await runCommand(command, io);
  const query = command.numbers.get('Q');
  if (query === undefined) return played.code;
  return queryExitCode(query, {
    version: command.version,
    scores: played.scores ?? command.files.map(() => 0),
    isSorted: command.switches.has('o'),
    pins: played.pins,
  });
}

type Played = {
  readonly code: number;
  /** Of the warriors that were begun with. */
  readonly pins: readonly (number | null)[];
  /** Undefined if nothing was played. */
  readonly scores?: readonly number[] | undefined;
};

async function runCommand(command: PmarsCommand, io: PmarsIo): Promise<Played> {
  const settings = pmarsSettings(command);
  const rounds = pmarsRounds(command, settings);
  const assembly = assembleForPmars(command, settings, rounds, io);
  const pins = assembly.warriors.map(({ pin }) => pin);
  if (!assembly.isComplete) return { code: PMARS_EXIT_CODES.assembly, pins: [...pins, null] };
  if (rounds === 0 || command.switches.has('A')) return { code: PMARS_EXIT_CODES.done, pins };
  try {
    const scores = await playForPmars(command, settings, rounds, assembly, io);
    const code = scores === null ? PMARS_EXIT_CODES.aborted : PMARS_EXIT_CODES.done;
    return { code, pins, scores: scores ?? undefined };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The command line is consistent; the remaining errors are sizes that this MARS does not support.
    io.writeError(`error: ${error.message}${error.hint ? ` (${error.hint})` : ''}\n`);
    return { code: PMARS_EXIT_CODES.memory, pins };
  }
}

function refuse(problems: readonly string[], version: PmarsCommand['version'], io: PmarsIo): 2 {
  const lines = problems.map((problem) => `${fromBinaryText(problem)}\n`);
  io.writeError(`${describePmarsUsage(version)}\n${lines.join('')}`);
  return PMARS_EXIT_CODES.usage;
}

function readParameterFile(name: string, io: PmarsIo): string | null {
  try {
    return Buffer.from(io.readFile(name)).toString('latin1');
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
