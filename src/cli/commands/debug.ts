// `primordia debug`: a battle one instruction at a time, from a terminal or a pipe.

import type { Command } from 'commander';
import { readWarriors } from '../../arena/index.ts';
import {
  type BattleFlags,
  countRounds,
  DEFAULT_FORMULA,
  formatResults,
  parseScoreFormula,
  resolveBattle,
  scoreBattle,
  type WarriorSymbols,
} from '../../corewar/index.ts';
import { addCommonOptions, type CommonOptions, parseInteger } from '../common-options.ts';
import { addCoreOptions, assemblyRules, type CoreOptions } from '../core-options.ts';
import { parsePosition, readPosition } from '../position-option.ts';
import { runDebugger } from '../run-debugger.ts';
import { writeText } from '../write-text.ts';

type DebugFlags = CommonOptions &
  CoreOptions &
  Omit<BattleFlags, 'position'> & { readonly position?: string; readonly formula: string };

export function addDebug(program: Command): void {
  const debug = program
    .command('debug')
    .description('run a battle step by step, as in the debugger of pMARS')
    .argument('<warriors...>', 'files in Redcode')
    .option('-r, --rounds <n>', 'rounds to play (default: 1)', parseInteger)
    .option(
      '-F, --position <n>',
      'position of warrior 2 in round 1, and seed of the others; text is a seed only',
      parsePosition,
    )
    .option('-f, --fixed-series', 'positions derived from the warriors')
    .option('-P, --permute', 'all positions with either starter; two warriors')
    .option('--seed <n>', 'random seed of positions, without -F and -f (default: 0)', parseInteger)
    .option('-=, --formula <text>', 'points of a survivor', DEFAULT_FORMULA)
    .addHelpText(
      'after',
      `
Commands come from standard input; help lists them, docs/debugger.md explains them. In a terminal, Tab completes commands
and labels, and Ctrl-C stops a running command. When the input ends, the battle is played to its end.

Examples:
  primordia debug dwarf.red
  primordia debug imp.red dwarf.red -F 4000 -r 2
  printf 'skip 5\\nregisters\\nlist pc,+3\\n' | primordia debug dwarf.red`,
    );
  addCoreOptions(debug);
  addCommonOptions(debug).action((files: string[], flags: DebugFlags) => runDebug(files, flags));
}

async function runDebug(files: readonly string[], flags: DebugFlags): Promise<void> {
  const formula = parseScoreFormula(flags.formula);
  const assembly = assemblyRules(flags);
  const rounds = countRounds(flags, assembly.settings);
  const rules = { ...assembly, warriors: files.length, rounds };
  const symbols: WarriorSymbols[] = [];
  const warriors = readWarriors(
    files,
    rules,
    (line) => writeText(process.stderr, `${line}\n`),
    (one) => symbols.push(one),
  );
  const job = resolveBattle(warriors, rules.settings, readPosition(flags));
  const { stdin, stdout } = process;
  if (stdin.isTTY && stdout.isTTY && !flags.json) {
    stdout.write('help lists the commands, quit leaves.\n');
  }
  const { isAborted, outcomes } = await runDebugger({
    job,
    symbols,
    formula,
    input: stdin,
    output: stdout,
    rules: rules.language === '88' ? '88' : '94',
    isJson: flags.json ?? false,
  });
  if (isAborted) return;
  const scores = scoreBattle(outcomes, formula);
  if (flags.json) stdout.write(`${JSON.stringify({ rounds: job.rounds, outcomes, scores })}\n`);
  else writeText(stdout, formatResults({ warriors, outcomes, scores }));
}
