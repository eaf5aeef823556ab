// The battle of a command line of pMARS, and its results.

import type { BattleJob } from '../../corewar/battle.ts';
import { formatKothResults, formatResults } from '../../corewar/format-battle.ts';
import { createMars } from '../../corewar/mars/kernel-mars.ts';
import { playBattle } from '../../corewar/play-battle.ts';
import { resolveBattle } from '../../corewar/pmars-options.ts';
import { positionNumber } from '../../corewar/position-number.ts';
import { DEFAULT_FORMULA, parseScoreFormula, scoreBattle } from '../../corewar/scoring.ts';
import { nextSeriesSeed } from '../../corewar/series.ts';
import type { CoreSettings } from '../../corewar/settings.ts';
import type { Warrior } from '../../corewar/warrior.ts';
import type { PmarsAssembly } from './assemble-for-pmars.ts';
import type { PmarsCommand } from './parse-pmars-arguments.ts';
import type { PmarsIo } from './pmars-io.ts';

/**
 * Plays, or debugs, and prints the results.
 *
 * @returns points by warrior; null if the user left the debugger
 * @throws UserError if the settings are beyond this MARS
 */
export async function playForPmars(
  command: PmarsCommand,
  settings: CoreSettings,
  rounds: number,
  { warriors, listed, symbols }: Omit<PmarsAssembly, 'isComplete'>,
  io: PmarsIo,
): Promise<readonly number[] | null> {
  const { switches, texts, numbers } = command;
  const job = resolvePmarsJob(command, settings, rounds, warriors, io.time);
  const formula = parseScoreFormula(texts.get('=') ?? DEFAULT_FORMULA);
  const view = numbers.get('v');
  if (view !== undefined) await io.view(job, view);
  let outcomes: readonly (readonly number[])[];
  if (switches.has('e')) {
    const rules = switches.has('8') ? '88' : '94';
    const end = await io.debug({ job, symbols, rules, formula });
    if (end.isAborted) return null;
    outcomes = end.outcomes;
  } else outcomes = playBattle(createMars(settings), job).outcomes;
  const scores = scoreBattle(outcomes, formula);
  const table = { warriors: listed, outcomes, scores };
  io.writeOutput(
    switches.has('k')
      ? formatKothResults(table)
      : formatResults(table, { sorted: switches.has('o') }),
  );
  return scores;
}

/** Without `-f` and `-F`, pMARS's generator begins with the time in seconds. */
function resolvePmarsJob(
  { switches, texts }: PmarsCommand,
  settings: CoreSettings,
  rounds: number,
  warriors: readonly Warrior[],
  time: number,
): BattleJob {
  const text = texts.get('F');
  const fixedSeries = switches.has('f');
  const permute = switches.has('P');
  const isNumber = text !== undefined && /^\d*$/.test(text);
  const job = resolveBattle(warriors, settings, {
    rounds,
    fixedSeries,
    permute,
    ...(isNumber ? { position: positionNumber(text) } : {}),
    ...(text !== undefined && !isNumber ? { seedText: text } : {}),
  });
  if (text !== undefined || fixedSeries) return job;
  const kind = permute ? 'permuted-series' : 'series';
  return { ...job, placement: { kind, seed: nextSeriesSeed(time) } };
}
